package pages

import (
	"time"

	"gatepost/views/ui"
	"gatepost/views/words"
)

// LiveSecret is a live secret on a rotation board: the row as a sentence, its verdict in one line, the evidence, and
// what can be done with it.
type LiveSecret struct {
	SecretRow
	ClientID    string
	Verdict     string // "Safe to retire: unused for 14 d"
	VerdictTone string // ok, warn, bad, or "" for what is neither
	Callers     []SecretCaller
	LiveTokens  int
	SavedBy     string
	SavedAt     time.Time // zero: nobody has proved that they have it
	Known       []string  // "Ana made it", "Ben was handed it"
	Due         time.Time // by the team's rule for the age; zero: no rule
	DrillID     string    // of the drill that runs; else empty
	CanDrill    bool      // another secret carries the app meanwhile
	Playground  bool
	Manage      bool
}

// SecretCaller is who used a secret in the last 30 days.
type SecretCaller struct {
	Address, Agent string // "203.0.113.9", "curl/8.5.0"; both empty: further callers together
	Uses           int
	Last           time.Time
	Days           []int
	Moved          bool // uses a newer secret since
}

func (c SecretCaller) chart() ui.Spark {
	used, today := 0, 0
	for i, n := range c.Days {
		if n > 0 {
			used++
		}
		if i == len(c.Days)-1 {
			today = n
		}
	}
	return ui.Spark{Values: c.Days, Label: "Used on " + words.Count(used, "day", "days") + " of 30, " + words.Count(today, "time", "times") + " today"}
}

func (s LiveSecret) page(action string) string {
	return "/apps/" + s.ClientID + "/secrets/" + s.ID + "/" + action
}

func (s LiveSecret) rotate() string { return "/apps/" + s.ClientID + "/secrets/rotate?secret=" + s.ID }

// evidence sums up the callers.
func (s LiveSecret) evidence() string {
	callers := "No caller in 30 days"
	if n := len(s.Callers); n > 0 {
		callers = words.Count(n, "caller", "callers") + " in 30 days"
	}
	if s.LiveTokens == 0 {
		return callers + ", no live token"
	}
	return callers + ", " + words.Count(s.LiveTokens, "live token", "live tokens")
}

// overdue says that the secret is older than the team's rule.
func (s LiveSecret) overdue(now time.Time) bool { return !s.Due.IsZero() && !now.Before(s.Due) }

// icon is the shape next to the verdict; each tone has its own.
func (s LiveSecret) icon() string {
	switch s.VerdictTone {
	case "ok":
		return "check"
	case "warn", "bad":
		return "alert"
	}
	return "info"
}
