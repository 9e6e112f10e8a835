package pages

import (
	"context"
	"io"

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
}

// Render writes the page.
func (m SecretRetire) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Expiry of secret "+m.Secret.Hint, layout.NavApps, len(m.Errors) > 0)
	return secretRetire(m).Render(ctx, w)
}
