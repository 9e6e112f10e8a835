package pages

import (
	"context"
	"io"

	"gatepost/views/layout"
)

// What a Gone page is about.
const (
	GoneInvitation = "invitation"
	GoneOwner      = "owner" // the link of the first owner, once there is one
	GoneReset      = "reset"
	GoneEmail      = "email"
)

// Gone answers an activation or reset link that is used, expired or unknown; it never tells which. That a link was
// the first owner's is told.
type Gone struct {
	layout.Page
	Kind string
}

// Render writes the page.
func (m Gone) Render(ctx context.Context, w io.Writer) error {
	msg := Message{Page: m.Page, Heading: "This link no longer works", Href: "/login", Action: "Sign in"}
	switch m.Kind {
	case GoneOwner:
		msg.Heading = "This portal already has an owner"
		msg.Text = "This link only creates the first owner. If that's you, sign in. Otherwise, ask an owner for an invitation. If nobody can sign in as owner, the operator can run gatepost user reset-link, or gatepost user add --owner."
	case GoneReset:
		msg.Text = "Reset links work once and expire soon. Request a new one."
		msg.Href, msg.Action = "/forgot", "Request a new link"
	case GoneEmail:
		msg.Text = "A confirmation link works once, expires after 24 hours, and stops working when the change is cancelled or another one is started. Your account keeps its address until both are confirmed."
	default:
		msg.Text = "An invitation works once and expires after 3 days. If your account is active, sign in. Otherwise, ask the person who invited you for a new one."
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
		m.Href, m.Action = "/", "Go to the start page"
		if m.Person != nil {
			m.Action = "Go to the dashboard"
		}
	}
	if m.Todo == "" && m.Status == 404 {
		m.Todo = "The address may be mistyped, or the page was deleted."
	}
	return errorPage(m).Render(ctx, w)
}
