package pages

import (
	"context"
	"io"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// PortalSettings is GET and POST /owner/settings: fields personal_tokens_without_end and
// iotconnect_off; POST /owner/settings/second-factor; POST /owner/settings/audit: the fields of AuditKeep.
type PortalSettings struct {
	layout.Page
	NoExpiry       bool
	VendorLoginOff bool // people can't sign in by password over the API
	LongPasswords  bool // new passwords need 15 characters

	SecondFactor SecondFactorRule
	AuditKeep    []AuditKeep
	Errors       ui.Errors
}

// AuditKeep is how long the audit events of a kind are kept, as the form has it: empty for forever.
type AuditKeep struct{ Field, Kind, Days string }

// label says what the kind is made of.
func (k AuditKeep) label() string {
	return map[string]string{
		"sign_ins": "Sign-ins and sessions", "security": "Credentials, rights and consents", "changes": "Other changes", "devices": "Devices",
	}[k.Kind]
}

// Render writes the page.
func (m PortalSettings) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Portal settings", layout.NavPortal, false)
	return portalSettings(m).Render(ctx, w)
}
