package pages

import (
	"context"
	"io"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// TeamSettings is GET and POST /team/settings: field name; POST /team/settings/second-factor.
type TeamSettings struct {
	layout.Page
	Name, SolutionKey, ID string
	MadeAt                time.Time
	Errors                ui.Errors
	SecondFactor          SecondFactorRule
	Version               ui.Version
}

// Form is what the form of the name shows.
func (m TeamSettings) Form() ui.Form {
	return ui.Form{Of: m.ID, Fields: []ui.FormField{ui.TextField("name", "Team name", m.Name)}}
}

// Render writes the page.
func (m TeamSettings) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Team settings", layout.NavTeam, len(m.Errors) > 0 || m.Version.Conflict != nil || m.SecondFactor.Version.Conflict != nil)
	return teamSettings(m).Render(ctx, w)
}
