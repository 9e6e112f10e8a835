package words

import (
	"fmt"
	"time"
)

// Verdict is what the evidence of a live secret means. Kind decides the sentence, and which of
// the other values it uses.
type Verdict struct {
	Kind    string        // one of the constants below
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
	VerdictMoving     = "moving"
	VerdictQuiet      = "quiet"
	VerdictSafe       = "safe"
	VerdictNeverUsed  = "never_used"
	VerdictOnlyOne    = "only_one"
	VerdictDrilling   = "drilling"
	VerdictPlayground = "playground"
)

// quiet is how long a secret is unused before its callers are spoken of in the past.
const quiet = 24 * time.Hour

// Text is the verdict in one line, without a capital letter or a full stop.
func (v Verdict) Text() string {
	switch v.Kind {
	case VerdictDrilling:
		return "refused by a drill for another " + Span(v.Left)
	case VerdictPlayground:
		return "made for the playground, expires automatically in " + Span(v.Left)
	case VerdictOnlyOne:
		return "the app's only live secret, " + v.use() + ": rotate it, don't revoke it"
	case VerdictNeverUsed:
		return "never used yet, made " + Ago(v.Age) + v.ahead()
	case VerdictSafe:
		return "safe to retire: " + v.safe()
	case VerdictMoving:
		return fmt.Sprintf("%s, last %s: wait another %s, a token's lifetime, to be sure", v.moved(), Ago(v.Unused), Span(v.Left))
	case VerdictQuiet:
		return v.quiet()
	}
	text := fmt.Sprintf("%s it: %s, last %s", Count(v.Callers, "caller still uses", "callers still use"), v.caller(), Ago(v.CallerIdle))
	if v.Moved > 0 {
		text += "; " + Count(v.Moved, "has", "have") + " moved to a newer one"
	}
	return text
}

func (v Verdict) safe() string {
	switch {
	case v.ByKeys:
		return "the app authenticates with its keys, and no secret of it is accepted"
	case !v.Used:
		return "never used since it was made " + Ago(v.Age)
	case v.Moved > 0:
		return v.moved() + ", unused for " + Span(v.Unused)
	}
	return "unused for " + Span(v.Unused)
}

func (v Verdict) quiet() string {
	text := "unused for " + Span(v.Unused)
	if v.OlderHint != "" {
		return text + v.ahead()
	}
	return fmt.Sprintf("%s, by %s until then: %s; a drill shows whether anything still needs it", text, Count(v.Callers, "caller", "callers"), v.caller())
}

func (v Verdict) moved() string {
	if v.Moved == 1 {
		return "its only caller uses a newer secret now"
	}
	return fmt.Sprintf("its %d callers use a newer secret now", v.Moved)
}

// use says who used the app's only secret.
func (v Verdict) use() string {
	switch {
	case !v.Used:
		return "never used yet"
	case v.Callers == 0 || v.Unused >= quiet:
		return "unused for " + Span(v.Unused)
	}
	return "used by " + Count(v.Callers, "caller", "callers") + ", last " + Ago(v.CallerIdle)
}

// ahead says which older secret is to be replaced by this one, and until when.
func (v Verdict) ahead() string {
	if v.OlderHint == "" {
		return ""
	}
	used := "is in use"
	if v.OlderUnused >= quiet {
		used = "was used " + Ago(v.OlderUnused)
	}
	return fmt.Sprintf(": put it in place before ..%s, which %s, expires in %s", v.OlderHint, used, Span(v.OlderLeft))
}

func (v Verdict) caller() string {
	switch {
	case v.CallerAddress == "":
		return "several"
	case v.CallerAgent == "":
		return v.CallerAddress
	}
	agent := []rune(v.CallerAgent)
	if len(agent) > 40 {
		agent = append(agent[:39], '…')
	}
	return v.CallerAddress + " (" + string(agent) + ")"
}
