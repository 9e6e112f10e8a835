package pages

import (
	"context"
	"io"
	"strconv"
	"strings"
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
	Demanded    string // who asks for a second factor that the person does not have yet; else empty
}

// PasskeyRow is a passkey of the person. Synced says that the device keeps it in a cloud.
type PasskeyRow struct {
	ID, Name   string
	Made, Used time.Time
	Synced     bool
}

// Render writes the page.
func (m Security) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Security", layout.NavAccount, len(m.Errors) > 0)
	return security(m).Render(ctx, w)
}

func (m Security) hasFactor() bool { return !m.TOTPSince.IsZero() || len(m.Passkeys) > 0 }

func (m Security) codesText() string {
	switch m.CodesLeft {
	case 0:
		return "You have none left. Without them a lost phone locks you out."
	case 1:
		return "You have one left."
	}
	return "You have " + strconv.Itoa(m.CodesLeft) + " left. Each signs you in once when your phone is not at hand."
}

// TOTPSetup answers POST /account/security/totp: the QR code and the key. It posts to the same address: setup, code.
type TOTPSetup struct {
	layout.Page
	QRSize int    // modules of a side, with the quiet zone
	QRPath string // SVG path of the dark modules
	Key    string // the same key to type
	State  string
	Errors ui.Errors
}

// Render writes the page.
func (m TOTPSetup) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Set up an authenticator app", layout.NavAccount, len(m.Errors) > 0)
	return totpSetup(m).Render(ctx, w)
}

func (m TOTPSetup) box() string {
	return "0 0 " + strconv.Itoa(m.QRSize) + " " + strconv.Itoa(m.QRSize)
}

// groups is the key in groups of four, as people type it.
func (m TOTPSetup) groups() string {
	out := ""
	for i, r := range m.Key {
		if i > 0 && i%4 == 0 {
			out += " "
		}
		out += string(r)
	}
	return out
}

// RecoveryCodes shows new recovery codes, once. Done is what has just happened: "The authenticator app is set up." Next
// is where the person goes on.
type RecoveryCodes struct {
	layout.Page
	Done  string
	Codes []string
	Next  string
}

// Render writes the page.
func (m RecoveryCodes) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Save your recovery codes", "", false)
	return recoveryCodes(m).Render(ctx, w)
}

func (m RecoveryCodes) text() string {
	out := ""
	for i, c := range m.Codes {
		if i > 0 {
			out += "\n"
		}
		out += c
	}
	return out
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

// SecondStep is GET and POST /login/second: fields code or recovery_code; the passkey's form posts to
// /login/passkey/finish.
type SecondStep struct {
	layout.Page
	TOTP, Passkey, Recovery bool // what the person has
	Error                   string
	RetryIn                 string
	Lost                    bool // the recovery code's form is open
}

// Render writes the page.
func (m SecondStep) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Second step", "", m.Error+m.RetryIn != "")
	return secondStep(m).Render(ctx, w)
}

// HiddenField is a field of a form that waits.
type HiddenField struct{ Name, Value string }

// Confirm asks a signed-in person for their password or a passkey, before a page (Next) or before the form that
// they sent, whose Fields wait on it: fields confirm_password, confirm_passkey. With Dropped a secret or a password
// was in that form, which is not kept.
type Confirm struct {
	layout.Page
	Email, Action, Next, Cancel string
	Fields                      []HiddenField
	Dropped, Passkey            bool
	Error, RetryIn              string
}

// Render writes the page.
func (m Confirm) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Confirm that it is you", "", m.Error+m.RetryIn != "")
	m.Person = nil // no way aside from this page: what was typed would be lost
	return confirm(m).Render(ctx, w)
}

// SecondFactorRule is whether a team or the portal asks for a second factor: field required, posted to Action.
// Without are those whom it concerns and who have none.
type SecondFactorRule struct {
	Action, Whom string // "every member of the team"
	Required     bool
	Without      []string
}

func (m SecondFactorRule) without() string {
	const most = 8
	switch n := len(m.Without); {
	case n == 0:
		return "Everyone has one already."
	case n == 1:
		return m.Without[0] + " has none yet."
	case n > most:
		return strings.Join(m.Without[:most], ", ") + " and " + strconv.Itoa(n-most) + " more have none yet."
	default:
		return strings.Join(m.Without[:n-1], ", ") + " and " + m.Without[n-1] + " have none yet."
	}
}
