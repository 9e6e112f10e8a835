package pages

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"gatepost/views/layout"
	"gatepost/views/ui"
	"gatepost/views/words"
)

// SecretRevoke is GET and POST /apps/{client_id}/secrets/{id}/revoke. Facts say what breaks, from recorded use. With
// TypeName the app's name is asked for in the field confirm_name.
type SecretRevoke struct {
	layout.Page
	App      AppHead
	Secret   SecretRow
	Facts    []string
	TypeName bool
	// LiveTokens are those that the secret issued. With any, the page asks what becomes of them: field tokens, keep or
	// revoke.
	LiveTokens int
	Tokens     string // keep (also ""), revoke
	Errors     ui.Errors
}

// Render writes the page.
func (m SecretRevoke) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Revoke secret "+m.Secret.Hint, layout.NavApps, len(m.Errors) > 0)
	return secretRevoke(m).Render(ctx, w)
}

// tokensChoice asks what becomes of the tokens that the secret issued; nil when there is none.
func (m SecretRevoke) tokensChoice() templ.Component {
	if m.LiveTokens == 0 {
		return nil
	}
	return ui.Choices{Name: "tokens", Legend: "It issued " + words.Count(m.LiveTokens, "token", "tokens") + " that still " + words.Choose(m.LiveTokens, "works", "work"), Error: m.Errors.For("tokens"), Row: true, Items: []ui.Choice{
		{Value: "keep", Title: "Keep the tokens", Text: "They keep working until they expire.", Checked: m.Tokens != "revoke"},
		{Value: "revoke", Title: "Revoke the tokens too", Text: "For a secret that leaked. " + revokedLate, Checked: m.Tokens == "revoke"},
	}}
}

// revokedLate says when a revoked token stops to work, and where it does not.
const revokedLate = "This portal and every service that introspects refuse them immediately; a service that only checks the signature accepts them until they expire."

func (m SecretRevoke) confirmName() string {
	if m.TypeName {
		return m.App.Name
	}
	return ""
}
