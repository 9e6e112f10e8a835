package pages

import (
	"context"
	"io"
	"time"

	"gatepost/views/layout"
)

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
