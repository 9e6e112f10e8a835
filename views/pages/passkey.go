package pages

import (
	"context"
	"io"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// PasskeyRow is a passkey of the person. Synced says that the device keeps it in a cloud.
type PasskeyRow struct {
	ID, Name   string
	Made, Used time.Time
	Synced     bool

	NewName, Error string // in the form that renames it
	Version        ui.Version
}

// Form is what the form of the name shows.
func (k PasskeyRow) Form() ui.Form {
	name := ui.TextField("name", "Passkey name", k.NewName)
	name.ID = "name-" + k.ID
	return ui.Form{Fields: []ui.FormField{name}}
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
