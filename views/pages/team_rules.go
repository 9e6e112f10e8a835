package pages

import (
	"context"
	"io"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// TeamRules is GET and POST /team/rules: fields max_secret_days, max_token_days (empty: no limit), warn_days (numbers
// with spaces between).
type TeamRules struct {
	layout.Page
	SecretDays, TokenDays, WarnDays string
	CanEdit                         bool
	WhoCan                          string // who could, where CanEdit is false
	Violations                      []Violation
	Errors                          ui.Errors
	TeamID                          string
	Version                         ui.Version
}

// Violation is something that breaks a rule and goes on working.
type Violation struct {
	Text, Detail string
	Href, Action string // what to do about it; empty: it is somebody else's
}

// Render writes the page.
func (m TeamRules) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Rules", layout.NavTeam, len(m.Errors) > 0 || m.Version.Conflict != nil)
	return teamRules(m).Render(ctx, w)
}

// Form is what the form shows.
func (m TeamRules) Form() ui.Form {
	limit := func(name, label, value string) ui.FormField {
		f := ui.TextField(name, label, value)
		f.Word = func(days string) string {
			if days == "" {
				return "No limit"
			}
			return days
		}
		return f
	}
	return ui.Form{Of: m.TeamID, Fields: []ui.FormField{
		limit("max_secret_days", "Maximum client secret age, in days", m.SecretDays), limit("max_token_days", "Maximum API token lifetime, in days", m.TokenDays),
		ui.TextField("warn_days", "Days of warnings", m.WarnDays),
	}}
}
