package pages

import (
	"context"
	"io"

	"gatepost/views/layout"
)

// PortalSettings is GET and POST /owner/settings: fields personal_tokens_without_end and
// iotconnect_off; POST /owner/settings/second-factor.
type PortalSettings struct {
	layout.Page
	NoExpiry       bool
	VendorLoginOff bool // people can't sign in by password over the API
	LongPasswords  bool // new passwords need 15 characters

	SecondFactor SecondFactorRule
}

// Render writes the page.
func (m PortalSettings) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Portal settings", layout.NavPortal, false)
	return portalSettings(m).Render(ctx, w)
}
