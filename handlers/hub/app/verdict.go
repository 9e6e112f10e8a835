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
	Left    time.Duration // until a drill is over, or until the secret or a caller's last token expires
	Callers int           // recent ones that have not moved to a newer secret
	// The most recent of these callers. If both are empty, it is the sum of several.
	CallerAddress, CallerAgent string
	CallerIdle                 time.Duration // since that caller's last use
	Moved                      int           // callers that use a newer secret now
	// An older secret that is in use and will expire, while nobody uses this one yet.
	OlderHint              string
	OlderUnused, OlderLeft time.Duration
}

// Kinds of verdicts.
const (
	VerdictInUse      = "in_use"
	VerdictMoving     = "moving"     // every caller has used a newer one, but one may still hold a token
	VerdictQuiet      = "quiet"      // unused, but not for long enough
	VerdictSafe       = "safe"       // nothing known would fail without it
	VerdictNeverUsed  = "never_used" // and new
	VerdictOnlyOne    = "only_one"   // the app's only live one
	VerdictDrilling   = "drilling"
	VerdictPlayground = "playground" // expires automatically within the hour
)

const (
	// A secret is quiet when nobody has used it for quietAfter. After safeAfter even a job that runs
	// once a week would have used it.
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
	older, awaited := olderInUse(secrets, i, now)
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
		v.countCallers(e, now)
		return v
	}
	if awaited {
		s := older.Secret
		v.OlderHint, v.OlderUnused, v.OlderLeft = s.Hint, now.Sub(older.LastAt), s.ExpiresAt.Sub(now)
	}
	switch {
	case !v.Used && (awaited || v.Age < safeAfter):
		v.Kind = VerdictNeverUsed
	case !v.Used:
		v.Kind = VerdictSafe
	case v.Unused >= safeAfter && awaited:
		v.Kind = VerdictQuiet
	case v.Unused >= safeAfter:
		v.Kind = VerdictSafe
	default:
		v.OlderHint, v.OlderUnused, v.OlderLeft = "", 0, 0
		v.inUse(e, app.TokenLifetime, now)
	}
	return v
}

// inUse sets the kind for a secret that was used recently. A caller may hold a token for as long as a
// token lives after its last use of the secret.
func (v *Verdict) inUse(e Evidence, lifetime time.Duration, now time.Time) {
	v.countCallers(e, now)
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

// countCallers counts the recent callers that have moved to a newer secret and those that haven't, and
// notes the most recent of the latter.
func (v *Verdict) countCallers(e Evidence, now time.Time) {
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

// onlyOne reports whether the app has only one live secret, not counting playground secrets.
func onlyOne(secrets []Evidence) bool {
	n := 0
	for _, e := range secrets {
		if !e.Secret.Playground {
			n++
		}
	}
	return n == 1
}

// olderInUse returns an older secret in use that will expire, if secret i is the newest: then the newest
// one is needed even if it was never used, since somebody still needs to deploy it.
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
