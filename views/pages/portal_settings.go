package pages

import (
	"context"
	"io"

	"gatepost/views/layout"
)

// OwnerSettings is GET and POST /owner/settings: fields personal_tokens_without_end and
// iotconnect_off; POST /owner/settings/second-factor.
type OwnerSettings struct {
	layout.Page
	NoEnd         bool
	LoginOff      bool // people can't sign in by password over the API
	LongPasswords bool // new passwords need 15 characters

	SecondFactor SecondFactorRule
}

// Render writes the page.
func (m OwnerSettings) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Portal settings", layout.NavPortal, false)
	return ownerSettings(m).Render(ctx, w)
}
