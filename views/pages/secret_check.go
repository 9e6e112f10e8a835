package pages

import (
	"context"
	"io"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// SecretCheck is GET and POST /apps/{client_id}/secrets/prove: field client_secret, which never comes back on a page.
type SecretCheck struct {
	layout.Page
	App    AppHead
	Saved  *SecretRow // the one that it is; nil: not asked yet, or wrong
	Errors ui.Errors
}

// Render writes the page.
func (m SecretCheck) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Check that a secret is saved", layout.NavApps, len(m.Errors) > 0)
	return secretCheck(m).Render(ctx, w)
}

// label says more of the secret than its hint.
func (m SecretCheck) label() string {
	if m.Saved.Label == "" {
		return ""
	}
	return ", " + m.Saved.Label
}
