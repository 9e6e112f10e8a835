package pages

import (
	"context"
	"io"
	"strings"

	"gatepost/views/layout"
)

// Onward ends a form whose answer leads to an app: it moves on to To as soon as it is there, and has a link for
// browsers that don't. App is set after a consent, with Allowed: To is then the app's redirect URI with the answer.
// Without it, To is the request that the app sent the person with.
type Onward struct {
	layout.Page
	To, App string
	Allowed bool
}

// Render writes the page.
func (m Onward) Render(ctx context.Context, w io.Writer) error {
	m.MoveOn, m.Person, m.Flash = m.To, nil, nil
	m.Page = m.Named(m.heading(), "", false)
	return onward(m).Render(ctx, w)
}

func (m Onward) heading() string {
	switch {
	case m.App == "":
		return "Continuing"
	case m.Allowed:
		return "Access allowed"
	}
	return "Access denied"
}

func (m Onward) text() string {
	switch {
	case m.App == "":
		return "Returning you to the app's request."
	case m.opensProgram():
		return m.App + " should open now. If it doesn't, open it with the button. You can close this page afterwards."
	}
	return "Taking you back to " + m.App + "."
}

func (m Onward) action() string {
	switch {
	case m.App == "":
		return "Continue"
	case m.opensProgram():
		return "Open " + m.App
	}
	return "Continue to " + m.App
}

// opensProgram says that the redirect URI has a scheme of a program, so that this page stays where it is.
func (m Onward) opensProgram() bool {
	return !strings.HasPrefix(m.To, "https://") && !strings.HasPrefix(m.To, "http://")
}
