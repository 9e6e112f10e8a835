package pages

import (
	"context"
	"io"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// TeamExposure is GET /team/exposure: who knows live secrets of the team.
type TeamExposure struct {
	layout.Page
	People []ExposedPerson
}

// ExposedPerson is one line of the exposure ledger.
type ExposedPerson struct {
	ID, Name string
	Left     bool // not in the team any more
	Secrets  int
	Last     time.Time // they came to know one
}

// Render writes the page.
func (m TeamExposure) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Exposure ledger", layout.NavTeam, false)
	return teamExposure(m).Render(ctx, w)
}

// PersonExposure is GET /team/exposure/{person}: what one person knows, and POST to its /rotate when something was
// wrong: field keep_old (0, 1h, 24h, 7d), all for the teams of the whole portal, and lost.
type PersonExposure struct {
	layout.Page
	ID, Name string
	AllTeams bool // for owners: every team's secrets
	Lost     bool // only secrets that the person may no longer know
	KeepOld  string
	Secrets  []ExposedSecret
	Errors   ui.Errors
}

// ExposedSecret is a live secret that the person knows, or could.
type ExposedSecret struct {
	SecretRow
	App, ClientID, Team string
	How                 []string // "made it", "opened it"
	Since               time.Time
	Only                bool // the app's only live one
}

func (e ExposedSecret) rotate() string {
	return "/apps/" + e.ClientID + "/secrets/rotate?secret=" + e.ID
}

// Render writes the page.
func (m PersonExposure) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("What "+m.Name+" knows", layout.NavTeam, len(m.Errors) > 0)
	return personExposure(m).Render(ctx, w)
}

var keepOlds = []ui.Option{
	{Value: "0", Label: "immediately"},
	{Value: "1h", Label: "in 1 hour"},
	{Value: "24h", Label: "in 24 hours"},
	{Value: "7d", Label: "in 7 days"},
}

func (m PersonExposure) keepOld() string {
	if m.KeepOld == "" {
		return "24h"
	}
	return m.KeepOld
}

func (m PersonExposure) lead() string {
	switch {
	case m.Lost && m.AllTeams:
		return "Live secrets of every team that " + m.Name + " created or may have seen, and may no longer know."
	case m.Lost:
		return "Live secrets of " + m.Team + " that " + m.Name + " created or may have seen, and may no longer know."
	}
	if m.AllTeams {
		return "Live secrets of every team."
	}
	return "Live secrets of " + m.Team + "."
}
