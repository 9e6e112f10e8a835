package pages

import (
	"context"
	"io"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// Forgot is GET and POST /forgot: field email.
type Forgot struct {
	layout.Page
	Email  string
	Errors ui.Errors
}

// Render writes the page.
func (m Forgot) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Reset your password", "", len(m.Errors) > 0)
	return forgot(m).Render(ctx, w)
}

// ForgotSent answers POST /forgot, the same for every address.
type ForgotSent struct {
	layout.Page
	Email   string
	MailOff bool // no mail server is set: an admin can make a link
}

// Render writes the page.
func (m ForgotSent) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Check your mail", "", false)
	return forgotSent(m).Render(ctx, w)
}

// Reset is GET and POST /reset/{token}: field password.
type Reset struct {
	layout.Page
	Email       string
	Errors      ui.Errors
	MinPassword int
}

// Render writes the page.
func (m Reset) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Choose a new password", "", len(m.Errors) > 0)
	return reset(m).Render(ctx, w)
}

// AfterReset is GET /account/security/after-reset: what the last reset of the password ended, and the second
// factors, each with a button that removes it.
type AfterReset struct {
	Security
	At      time.Time
	Address string
	Ended   []string // such as "2 sessions"
}

// Render writes the page.
func (m AfterReset) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("What was ended", layout.NavAccount, false)
	return afterReset(m).Render(ctx, w)
}
