package pages

import (
	"context"
	"io"
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
