package pages

import (
	"context"
	"io"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// ProveSecret is GET and POST /apps/{client_id}/secrets/prove: field client_secret, which never comes back on a page.
type ProveSecret struct {
	layout.Page
	App    AppHead
	Proved *SecretRow // the one that it is; nil: not asked yet, or wrong
	Errors ui.Errors
}

// Render writes the page.
func (m ProveSecret) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Prove that a secret is saved", layout.NavApps, len(m.Errors) > 0)
	return proveSecret(m).Render(ctx, w)
}

// proved says more of the secret than its hint.
func (m ProveSecret) proved() string {
	if m.Proved.Label == "" {
		return ""
	}
	return ", " + m.Proved.Label
}
