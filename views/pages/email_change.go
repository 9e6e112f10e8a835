package pages

import (
	"context"
	"io"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// EmailChange is GET and POST /account/email: fields email, current_password; or cancel, which cancels the change that is waiting.
type EmailChange struct {
	layout.Page
	Email, New string
	MailOff    bool
	Waiting    *EmailWaiting
	Errors     ui.Errors
}

// EmailWaiting is a change that both addresses must confirm.
type EmailWaiting struct {
	New            string
	OldDone        bool
	NewDone        bool
	Asked, Expires time.Time
}

// Render writes the page.
func (m EmailChange) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Change email", layout.NavAccount, len(m.Errors) > 0)
	return emailChange(m).Render(ctx, w)
}

// EmailConfirm is GET and POST /email/{token}: field answer, confirm or stop.
type EmailConfirm struct {
	layout.Page
	Token     string
	Old, New  string
	ToOld     bool // the link went to the old address
	Confirmed bool // by this address; the other has not yet
	Expires   time.Time
	Error     string
}

// Render writes the page.
func (m EmailConfirm) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Confirm your email", "", m.Error != "")
	return emailConfirm(m).Render(ctx, w)
}

func (m EmailConfirm) other() string {
	if m.ToOld {
		return m.New
	}
	return m.Old
}
