package app

import (
	"fmt"
	"slices"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// Verdict says in one line what the evidence of a secret means. Kind is one of the constants
// below.
type Verdict struct{ Kind, Text string }

// Kinds of verdicts.
const (
	VerdictInUse      = "in_use"
	VerdictMoving     = "moving"     // every caller has used a newer one, but one may hold a token still
	VerdictQuiet      = "quiet"      // unused, not for long enough
	VerdictSafe       = "safe"       // nothing is known that would fail without it
	VerdictNeverUsed  = "never_used" // and new
	VerdictOnlyOne    = "only_one"   // the app's only live one
	VerdictDrilling   = "drilling"
	VerdictPlayground = "playground" // ends by itself within the hour
)

const (
	// quietAfter is how long a secret is unused before its callers are spoken of in the past;
	// safeAfter before a job that runs once a week is out of the question too.
	quietAfter = 24 * time.Hour
	safeAfter  = 14 * 24 * time.Hour
)

// judge gives the verdict on one of an app's live secrets, which are newest first.
func judge(app db.App, secrets []Evidence, i int, now time.Time) Verdict {
	e, ahead := secrets[i], waiting(secrets, i, now)
	unused := now.Sub(e.LastAt)
	switch {
	case e.Secret.Drilled(now):
		return Verdict{VerdictDrilling, "refused by a drill for another " + hub.Span(e.Secret.DrillUntil.Sub(now))}
	case e.Secret.Playground:
		return Verdict{VerdictPlayground, "made for the playground, ends by itself in " + hub.Span(e.Secret.ExpiresAt.Sub(now))}
	case app.AuthMethod != db.AuthSecret:
		return Verdict{VerdictSafe, "safe to retire: the app shows who it is by its keys, and no secret of it is taken"}
	case onlyOne(secrets):
		return Verdict{VerdictOnlyOne, "the app's only live secret, " + onlyWords(e, now) + ": rotate it, don't revoke it"}
	case e.LastAt.IsZero() && ahead == "" && now.Sub(e.Secret.CreatedAt) >= safeAfter:
		return Verdict{VerdictSafe, "safe to retire: never used since it was made " + hub.Ago(now.Sub(e.Secret.CreatedAt))}
	case e.LastAt.IsZero():
		return Verdict{VerdictNeverUsed, "never used yet, made " + hub.Ago(now.Sub(e.Secret.CreatedAt)) + ahead}
	case unused >= safeAfter && ahead != "":
		return Verdict{VerdictQuiet, "unused for " + hub.Span(unused) + ahead}
	case unused >= safeAfter:
		return Verdict{VerdictSafe, "safe to retire: unused for " + hub.Span(unused)}
	}
	still, moved := standing(e, now)
	settle := app.TokenLifetime
	switch {
	case len(still) == 0 && unused >= settle:
		return Verdict{VerdictSafe, fmt.Sprintf("safe to retire: %s a newer secret now, unused for %s", hub.Count(moved, "its only caller uses", "its %d callers use"), hub.Span(unused))}
	case len(still) == 0:
		return Verdict{VerdictMoving, fmt.Sprintf("%s a newer secret now, last %s: wait another %s, a token's lifetime, to be sure",
			hub.Count(moved, "its only caller uses", "its %d callers use"), hub.Ago(unused), hub.Span(settle-unused))}
	case now.Sub(still[0].LastAt) >= max(quietAfter, 2*settle):
		return Verdict{VerdictQuiet, fmt.Sprintf("unused for %s, by %s until then: %s; a drill shows whether anything still needs it",
			hub.Span(unused), hub.Count(len(still), "1 caller", "%d callers"), still[0].words())}
	}
	text := fmt.Sprintf("%s it: %s, last %s", hub.Count(len(still), "1 caller still uses", "%d callers still use"), still[0].words(), hub.Ago(now.Sub(still[0].LastAt)))
	if moved > 0 {
		text += fmt.Sprintf("; %s moved to a newer one", hub.Count(moved, "1 has", "%d have"))
	}
	return Verdict{VerdictInUse, text}
}

// standing tells the callers of the last days that have not moved to a newer secret, the
// latest first, from those that have.
func standing(e Evidence, now time.Time) (still []Caller, moved int) {
	for _, c := range e.Callers {
		switch {
		case now.Sub(c.LastAt) >= safeAfter:
		case c.Moved:
			moved++
		default:
			still = append(still, c)
		}
	}
	return still, moved
}

// onlyOne says whether the app has one live secret, beside those of the playground.
func onlyOne(secrets []Evidence) bool {
	n := 0
	for _, e := range secrets {
		if !e.Secret.Playground {
			n++
		}
	}
	return n == 1
}

func onlyWords(e Evidence, now time.Time) string {
	if e.LastAt.IsZero() {
		return "never used yet"
	}
	still, _ := standing(e, now)
	if unused := now.Sub(e.LastAt); len(still) == 0 || unused >= quietAfter {
		return "unused for " + hub.Span(unused)
	}
	return fmt.Sprintf("used by %s, last %s", hub.Count(len(still), "1 caller", "%d callers"), hub.Ago(now.Sub(still[0].LastAt)))
}

// waiting says of the newest secret which older one, that is used, ends before anybody has put
// the newest in place: until then it is needed, however long it was not used.
func waiting(secrets []Evidence, i int, now time.Time) string {
	lasting := func(e Evidence) bool { return !e.Secret.Playground }
	if slices.ContainsFunc(secrets[:i], lasting) {
		return ""
	}
	for _, older := range secrets[i+1:] {
		s, unused := older.Secret, now.Sub(older.LastAt)
		if !lasting(older) || s.ExpiresAt.IsZero() || unused >= safeAfter {
			continue
		}
		used := "is in use"
		if unused >= quietAfter {
			used = "was used " + hub.Ago(unused)
		}
		return fmt.Sprintf(": put it in place before ..%s, which %s, ends in %s", s.Hint, used, hub.Span(s.ExpiresAt.Sub(now)))
	}
	return ""
}

func (c Caller) words() string {
	switch {
	case c.Address == "":
		return "several"
	case c.UserAgent == "":
		return c.Address
	}
	agent := []rune(c.UserAgent)
	if len(agent) > 40 {
		agent = append(agent[:39], '…')
	}
	return c.Address + " (" + string(agent) + ")"
}
