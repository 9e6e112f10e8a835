package pages

import (
	"context"
	"io"
	"strings"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// SecretRetire is GET and POST /apps/{client_id}/secrets/{id}/retire, which changes when a secret expires: fields expires_at (1h,
// 24h, 7d, time, never), until (2006-01-02T15:04, UTC).
type SecretRetire struct {
	layout.Page
	App    AppHead
	Secret LiveSecret
	End    string
	Until  string
	Errors ui.Errors

	Version ui.Version
}

// Form is what the form shows.
func (m SecretRetire) Form() ui.Form {
	until := ui.TextField("until", "Time, in UTC", m.Until)
	until.Word = func(at string) string { return strings.Replace(at, "T", " ", 1) }
	return ui.Form{Fields: []ui.FormField{ui.ChoiceField("expires_at", "When it expires", m.ends().Items), until}}
}

func (m SecretRetire) ends() ui.Choices {
	return endChoices("expires_at", "When it expires", m.End, m.Errors.For("expires_at"), ui.Choice{Value: "never", Title: "Never", Text: "Until it is revoked."})
}

// Render writes the page.
func (m SecretRetire) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Expiry of secret "+m.Secret.Hint, layout.NavApps, len(m.Errors) > 0 || m.Version.Conflict != nil)
	return secretRetire(m).Render(ctx, w)
}
