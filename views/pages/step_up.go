package pages

import (
	"context"
	"io"

	"gatepost/views/layout"
)

// HiddenField is a field of a form that waits.
type HiddenField struct{ Name, Value string }

// StepUp asks a signed-in person for their password or a passkey, before a page (Next) or before the form that
// they sent, whose Fields wait on it: fields confirm_password, confirm_code (asked for with Code: the password alone
// isn't enough), confirm_passkey. Error is about the field Field. With Dropped a secret or a password
// was in that form, which is not kept.
type StepUp struct {
	layout.Page
	Email, Action, Next, Cancel string
	Fields                      []HiddenField
	Dropped, Passkey            bool
	Code, TOTP                  bool // TOTP: there is an authenticator app, otherwise only recovery codes
	Field, Error, RetryIn       string
}

// Render writes the page.
func (m StepUp) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Confirm it's you", "", m.Error+m.RetryIn != "")
	m.Person = nil // no way aside from this page: what was typed would be lost
	return stepUp(m).Render(ctx, w)
}

// errorOf is the error of a field, or "".
func (m StepUp) errorOf(field string) string {
	if m.Field != field {
		return ""
	}
	return m.Error
}
