package pages

import (
	"context"
	"io"
	"strconv"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// AppSecrets is GET /apps/{client_id}/secrets, the rotation board of an app, and POST to it when something was wrong:
// fields label, secret_expires, once.
type AppSecrets struct {
	layout.Page
	App       AppHead
	Board     []LiveSecret // newest first
	Ended     []SecretRow
	Drills    []DrillRow // the latest first
	Receipts  []Receipt
	CanAdd    bool
	AddReason string // why not: "Five live secrets are the most an app may have. Revoke one first."
	Label     string
	Expires   string // as in AppNew
	Once      string
	Errors    ui.Errors
}

// Render writes the page.
func (m AppSecrets) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named(m.App.Name+" secrets", layout.NavApps, len(m.Errors) > 0)
	return appSecrets(m).Render(ctx, w)
}

// first is the place of the secret that the page is about: the newest, beside those of the playground.
func (m AppSecrets) first() int {
	for i, s := range m.Board {
		if !s.Playground {
			return i
		}
	}
	return -1
}

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
	return ui.Spark{Values: c.Days, Label: "Used on " + count(used, "day") + " of 30, " + count(today, "time") + " today"}
}

func (s LiveSecret) page(action string) string {
	return "/apps/" + s.ClientID + "/secrets/" + s.ID + "/" + action
}

func (s LiveSecret) rotate() string { return "/apps/" + s.ClientID + "/secrets/rotate?secret=" + s.ID }

// evidence is what stands over the callers.
func (s LiveSecret) evidence() string {
	callers := "No caller in 30 days"
	if n := len(s.Callers); n > 0 {
		callers = count(n, "caller") + " in 30 days"
	}
	if s.LiveTokens == 0 {
		return callers + ", no live token"
	}
	return callers + ", " + count(s.LiveTokens, "token") + " that still " + verb(s.LiveTokens, "lives", "live")
}

// overdue says that the secret is older than the team's rule.
func (s LiveSecret) overdue(now time.Time) bool { return !s.Due.IsZero() && !now.Before(s.Due) }

// icon is the shape beside the verdict, which its tone also has.
func (s LiveSecret) icon() string {
	switch s.VerdictTone {
	case "ok":
		return "check"
	case "warn", "bad":
		return "alert"
	}
	return "info"
}

// TeamRotation is GET /team/rotation: the board over all apps of the team.
type TeamRotation struct {
	layout.Page
	TeamID   string
	Admin    bool   // sees rules, exposure and audit
	Summary  string // "7 live secrets in 3 apps: 1 safe to retire, 2 end within 30 d."
	Apps     []RotationApp
	Calendar time.Time // when the visitor's address of the calendar was made; zero: there is none
}

// RotationApp is an app on the team's board.
type RotationApp struct {
	Name, ClientID string
	Secrets        []LiveSecret
	Manage         bool
}

// Render writes the page.
func (m TeamRotation) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Rotation", layout.NavTeam, false)
	return teamRotation(m).Render(ctx, w)
}

// CalendarMade answers POST /account/calendars/{team}: the only page that shows the address.
type CalendarMade struct {
	layout.Page
	TeamName, Address string
}

// Render writes the page.
func (m CalendarMade) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Calendar of "+m.TeamName, layout.NavTeam, false)
	return calendarMade(m).Render(ctx, w)
}

// DrillRow is a brownout drill in a list.
type DrillRow struct {
	ID, Hint, By string
	At, Ends     time.Time
	Running      bool
}

func (d DrillRow) length() string {
	if d.Ends.Sub(d.At) < time.Second {
		return "less than a second"
	}
	return ui.Seconds(int(d.Ends.Sub(d.At) / time.Second))
}

// Drill is GET /apps/{client_id}/drills/{id}: the drill that runs, or what came of it. While it runs the browser loads
// it again by itself.
type Drill struct {
	layout.Page
	App     AppHead
	Secret  SecretRow
	Drill   DrillRow
	Left    string // "2:31"
	Manage  bool
	Failed  []DrillFailure
	Retires bool // the secret still lives, so that it can be retired
}

// DrillFailure is who was refused in a drill.
type DrillFailure struct {
	Address, Agent string
	Times          int
	First, Last    time.Time
}

// Render writes the page.
func (m Drill) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Drill of "+m.Secret.Hint, layout.NavApps, false)
	return drill(m).Render(ctx, w)
}

var drillMinutes = func() (out []ui.Option) {
	for n := 1; n <= 5; n++ {
		out = append(out, ui.Option{Value: strconv.Itoa(n), Label: ui.Seconds(60 * n)})
	}
	return out
}()
