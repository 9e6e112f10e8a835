package pages

import (
	"context"
	"io"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// Login is GET and POST /login: fields email, password, next.
type Login struct {
	layout.Page
	Email, Next string
	Error       string // one sentence that does not tell whether the account exists
	RetryIn     string // "5 min": too many attempts
	Passkeys    bool   // this address can have them: the form that posts to /login/passkey/finish, fields next, passkey
	NoPeople    bool   // nobody has an account yet: says where the owner link was printed
}

// Render writes the page.
func (m Login) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Sign in", "", m.Error+m.RetryIn != "")
	return login(m).Render(ctx, w)
}

// Activate is GET and POST /activate/{token}: fields name, password, and for the first owner also email.
type Activate struct {
	layout.Page
	Owner                 bool // the link that makes the first owner
	HasAccount            bool // the address has an active account: its own password joins the team
	InvitedBy, Team, Role string
	Name, Email           string
	Errors                ui.Errors
	Ends                  time.Time
	MinPassword           int // 12 when zero
}

// Render writes the page.
func (m Activate) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Activate your account", "", len(m.Errors) > 0)
	return activate(m).Render(ctx, w)
}

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

// What a Gone page is about.
const (
	GoneInvitation = "invitation"
	GoneReset      = "reset"
	GoneEmail      = "email"
)

// Gone answers an activation or reset link that is used, expired or unknown; it never tells which.
type Gone struct {
	layout.Page
	Kind string
}

// Render writes the page.
func (m Gone) Render(ctx context.Context, w io.Writer) error {
	msg := Message{Page: m.Page, Heading: "This link no longer works", Href: "/login", Action: "Sign in"}
	switch m.Kind {
	case GoneReset:
		msg.Text = "A reset link works once and for a short time. Ask for a new one."
		msg.Href, msg.Action = "/forgot", "Ask for a new link"
	case GoneEmail:
		msg.Text = "A link that confirms an address works once and for 24 hours, and ends when the change is stopped or another is begun. Your account has the address that it had, unless both were confirmed."
	default:
		msg.Text = "An invitation works once and for 72 hours. If your account is active, sign in. Otherwise ask the person who invited you for a new one."
	}
	return msg.Render(ctx, w)
}

// Message is a small page of one title, one text and at most one action.
type Message struct {
	layout.Page
	Heading, Text string
	Href, Action  string
}

// Render writes the page.
func (m Message) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named(m.Heading, "", false)
	return message(m).Render(ctx, w)
}

// Error is the page of a failure: what happened, what to do, the id to quote, the way back.
type Error struct {
	layout.Page
	Status              int
	Heading, What, Todo string
	ErrorID             string
	Href, Action        string // the way back; the start page when empty
}

// Render writes the page.
func (m Error) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named(m.Heading, "", false)
	if m.Href == "" {
		m.Href, m.Action = "/", "To the start page"
		if m.Person != nil {
			m.Action = "To the dashboard"
		}
	}
	if m.Todo == "" && m.Status == 404 {
		m.Todo = "The address may be mistyped, or what stood here was deleted."
	}
	return errorPage(m).Render(ctx, w)
}
