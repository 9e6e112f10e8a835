package app

import (
	"slices"
	"time"

	"gatepost/db"
)

// Verdict is what the evidence of a secret means. Kind is one of the constants below and decides
// which of the other values count. The sentence is made by package views/words, whose Verdict has
// the same fields.
type Verdict struct {
	Kind    string
	ByKeys  bool          // the app authenticates with its keys
	Age     time.Duration // since the secret was made
	Used    bool          // ever
	Unused  time.Duration // since its last use
	Left    time.Duration // until a drill or the secret itself is over, or a caller's last token is
	Callers int           // recent ones that have not moved to a newer secret
	// The latest of the callers, by address and program; both empty stand for several together.
	CallerAddress, CallerAgent string
	CallerIdle                 time.Duration // since that caller's last use
	Moved                      int           // callers that use a newer secret now
	// An older secret that is in use and expires before anybody has put this one in place.
	OlderHint              string
	OlderUnused, OlderLeft time.Duration
}

// Kinds of verdicts.
const (
	VerdictInUse      = "in_use"
	VerdictMoving     = "moving"     // every caller has used a newer one, but one may hold a token still
	VerdictQuiet      = "quiet"      // unused, not for long enough
	VerdictSafe       = "safe"       // nothing is known that would fail without it
	VerdictNeverUsed  = "never_used" // and new
	VerdictOnlyOne    = "only_one"   // the app's only live one
	VerdictDrilling   = "drilling"
	VerdictPlayground = "playground" // expires automatically within the hour
)

const (
	// quietAfter is how long a secret is unused before its callers are spoken of in the past;
	// safeAfter before a job that runs once a week is out of the question too.
	quietAfter = 24 * time.Hour
	safeAfter  = 14 * 24 * time.Hour
)

// judge returns the verdict on one of an app's live secrets, which are newest first.
func judge(app db.App, secrets []Evidence, i int, now time.Time) Verdict {
	e := secrets[i]
	v := Verdict{Age: now.Sub(e.Secret.CreatedAt), Used: !e.LastAt.IsZero()}
	if v.Used {
		v.Unused = now.Sub(e.LastAt)
	}
	older, ahead := olderInUse(secrets, i, now)
	switch {
	case e.Secret.Drilled(now):
		v.Kind, v.Left = VerdictDrilling, e.Secret.DrillUntil.Sub(now)
		return v
	case e.Secret.Playground:
		v.Kind, v.Left = VerdictPlayground, e.Secret.ExpiresAt.Sub(now)
		return v
	case app.AuthMethod != db.AuthSecret:
		v.Kind, v.ByKeys = VerdictSafe, true
		return v
	case onlyOne(secrets):
		v.Kind = VerdictOnlyOne
		v.standing(e, now)
		return v
	}
	if ahead {
		s := older.Secret
		v.OlderHint, v.OlderUnused, v.OlderLeft = s.Hint, now.Sub(older.LastAt), s.ExpiresAt.Sub(now)
	}
	switch {
	case !v.Used && (ahead || v.Age < safeAfter):
		v.Kind = VerdictNeverUsed
	case !v.Used:
		v.Kind = VerdictSafe
	case v.Unused >= safeAfter && ahead:
		v.Kind = VerdictQuiet
	case v.Unused >= safeAfter:
		v.Kind = VerdictSafe
	default:
		v.OlderHint, v.OlderUnused, v.OlderLeft = "", 0, 0
		v.inUse(e, app.TokenLifetime, now)
	}
	return v
}

// inUse decides about a secret that was used in the last days. A caller may hold a token for a
// token's lifetime after its last use.
func (v *Verdict) inUse(e Evidence, lifetime time.Duration, now time.Time) {
	v.standing(e, now)
	switch {
	case v.Callers == 0 && v.Unused >= lifetime:
		v.Kind = VerdictSafe
	case v.Callers == 0:
		v.Kind, v.Left = VerdictMoving, lifetime-v.Unused
	case v.CallerIdle >= max(quietAfter, 2*lifetime):
		v.Kind = VerdictQuiet
	default:
		v.Kind = VerdictInUse
	}
}

// standing tells the callers of the last days that have not moved to a newer secret, the latest
// first, from those that have.
func (v *Verdict) standing(e Evidence, now time.Time) {
	for _, c := range e.Callers {
		switch idle := now.Sub(c.LastAt); {
		case idle >= safeAfter:
		case c.Moved:
			v.Moved++
		default:
			if v.Callers == 0 {
				v.CallerAddress, v.CallerAgent, v.CallerIdle = c.Address, c.UserAgent, idle
			}
			v.Callers++
		}
	}
}

// onlyOne says whether the app has one live secret, besides those of the playground.
func onlyOne(secrets []Evidence) bool {
	n := 0
	for _, e := range secrets {
		if !e.Secret.Playground {
			n++
		}
	}
	return n == 1
}

// olderInUse finds, for the newest secret, an older one in use that expires before anybody has put
// the newest in place: until then the newest is needed, however long it was not used.
func olderInUse(secrets []Evidence, i int, now time.Time) (Evidence, bool) {
	lasting := func(e Evidence) bool { return !e.Secret.Playground }
	if slices.ContainsFunc(secrets[:i], lasting) {
		return Evidence{}, false
	}
	for _, older := range secrets[i+1:] {
		if lasting(older) && !older.Secret.ExpiresAt.IsZero() && now.Sub(older.LastAt) < safeAfter {
			return older, true
		}
	}
	return Evidence{}, false
}
