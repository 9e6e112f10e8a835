package pages

import (
	"context"
	"io"
	"time"

	"gatepost/views/layout"
)

// PasskeyRow is a passkey of the person. Synced says that the device keeps it in a cloud.
type PasskeyRow struct {
	ID, Name   string
	Made, Used time.Time
	Synced     bool
}

// PasskeyNew answers POST /account/security/passkeys/begin: fields name, passkey; it posts to
// /account/security/passkeys/finish. Options are for the browser.
type PasskeyNew struct {
	layout.Page
	Name, Options string
	First         bool // signing in by password asks for it from then on
}

// Render writes the page.
func (m PasskeyNew) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Add a passkey", layout.NavAccount, false)
	return passkeyNew(m).Render(ctx, w)
}
