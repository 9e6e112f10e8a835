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
	Version      ui.Version // of the first form
	AuditVersion ui.Version
}

// Form is what the first form shows.
func (m PortalSettings) Form() ui.Form {
	return ui.Form{Fields: []ui.FormField{
		ui.TickField("personal_tokens_without_end", "Allow API tokens without an expiry", m.NoExpiry), ui.TickField("iotconnect_off", "Turn off password logins over the API", m.VendorLoginOff),
		ui.TickField("long_passwords", "Require passwords of 15 characters or more", m.LongPasswords),
	}}
}

// AuditForm is what the form of the audit log shows.
func (m PortalSettings) AuditForm() (f ui.Form) {
	for _, k := range m.AuditKeep {
		field := ui.TextField(k.Field, k.label(), k.Days)
		field.Word = func(days string) string {
			if days == "" || days == "0" {
				return "Forever"
			}
			return days + " days"
		}
		f.Fields = append(f.Fields, field)
	}
	return f
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
	m.Page = m.Named("Portal settings", layout.NavPortal, m.Version.Conflict != nil || m.AuditVersion.Conflict != nil || m.SecondFactor.Version.Conflict != nil)
	return portalSettings(m).Render(ctx, w)
}
