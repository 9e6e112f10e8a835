package pages

import (
	"context"
	"io"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// SignIn is GET and POST /login: fields email, password, next, kept.
type SignIn struct {
	layout.Page
	Email, Next string
	Error       string // one sentence that does not tell whether the account exists
	RetryIn     string // "5 min": too many attempts
	Passkeys    bool   // this address can have them: the form that posts to /login/passkey/finish, fields next, passkey
	NoPeople    bool   // nobody has an account yet: says where the owner link was printed
	// Again says that an app asks the person, who is signed in, to sign in once more.
	Again bool
	// Account and AccountName are who is signed in and may go on as that, where an app lets people choose; "" if not.
	Account, AccountName string
	// SignedOut says that a form came after its session had ended. Kept is the form, and Dropped says that a secret or a
	// password in it was not kept.
	SignedOut, Dropped bool
	Kept               string
}

// Render writes the page.
func (m SignIn) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named(m.heading(), "", m.Error+m.RetryIn != "")
	return signIn(m).Render(ctx, w)
}

func (m SignIn) heading() string {
	switch {
	case m.Again:
		return "Sign in again"
	case m.Account != "":
		return "Choose an account"
	}
	return "Sign in"
}

// savedText says what became of the form that came too late.
func (m SignIn) savedText() string {
	if m.Dropped {
		return "Sign in to continue. Your input is saved, except for secrets and passwords, and you can submit it afterwards."
	}
	return "Sign in to continue. Your input is saved, and you can submit it afterwards."
}

// weight is that of the button: with an account to continue as, that is the primary action.
func (m SignIn) weight() string {
	if m.Account != "" {
		return ui.Secondary
	}
	return ui.Primary
}
