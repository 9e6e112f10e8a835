package pages

import (
	"context"
	"io"

	"gatepost/views/layout"
)

// SignIn is GET and POST /login: fields email, password, next.
type SignIn struct {
	layout.Page
	Email, Next string
	Error       string // one sentence that does not tell whether the account exists
	RetryIn     string // "5 min": too many attempts
	Passkeys    bool   // this address can have them: the form that posts to /login/passkey/finish, fields next, passkey
	NoPeople    bool   // nobody has an account yet: says where the owner link was printed
}

// Render writes the page.
func (m SignIn) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Sign in", "", m.Error+m.RetryIn != "")
	return signIn(m).Render(ctx, w)
}
