package pages

import (
	"context"
	"io"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// OwnerTeams is GET and POST /owner/teams: field name.
type OwnerTeams struct {
	layout.Page
	Items  []OwnerTeam
	Name   string
	Errors ui.Errors
}

// OwnerTeam is one team of the portal.
type OwnerTeam struct {
	ID, Name, SolutionKey string
	Members, Apps         int
	MadeAt                time.Time
}

// Render writes the page.
func (m OwnerTeams) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Teams", layout.NavOwner, len(m.Errors) > 0)
	return ownerTeams(m).Render(ctx, w)
}
