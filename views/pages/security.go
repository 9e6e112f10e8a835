package pages

import (
	"context"
	"io"
	"strconv"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// Security is GET and POST /account/security: how the person signs in. Fields current_password, new_password;
// for a passkey's name: name.
type Security struct {
	layout.Page
	Email       string
	ChangedAt   time.Time // the password
	Errors      ui.Errors
	MinPassword int

	TOTPSince   time.Time // zero: no authenticator app
	Passkeys    []PasskeyRow
	PasskeysOff bool // this address can't have any
	CodesLeft   int
	End         PasswordEnd
	Demanded    string // who asks for a second factor that the person does not have yet; else empty
}

// PasswordEnd is what a new password ends: fields end_sessions, end_personal_tokens, end_calendars, end_apps.
type PasswordEnd struct{ Sessions, PersonalTokens, Calendars, Apps bool }

// Render writes the page.
func (m Security) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Security", layout.NavAccount, len(m.Errors) > 0)
	return security(m).Render(ctx, w)
}

func (m Security) hasFactor() bool { return !m.TOTPSince.IsZero() || len(m.Passkeys) > 0 }

func (m Security) codesText() string {
	switch m.CodesLeft {
	case 0:
		return "You have none left. Without them, losing your phone locks you out."
	case 1:
		return "You have one left."
	}
	return "You have " + strconv.Itoa(m.CodesLeft) + " left. Each signs you in once when you don't have your phone."
}
