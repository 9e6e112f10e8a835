package pages

import (
	"context"
	"io"

	"gatepost/views/layout"
)

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
