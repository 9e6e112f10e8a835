// Package mail holds the texts of the mails that the portal sends: invitation, password reset, and the notices of what
// was changed. Each is a struct whose method Mail gives the subject, the plain text and a simple HTML body. Links come
// from GATEPOST_URL and stand in full, so that they can be read before they are followed.
package mail

import (
	"context"
	"strings"
	"time"
)

// Invitation asks a person to activate their account.
type Invitation struct {
	Brand, To             string
	InvitedBy, Team, Role string
	Link                  string
	Ends                  time.Time
}

// Mail returns subject, text and HTML.
func (m Invitation) Mail() (subject, text, html string) {
	who := m.InvitedBy
	if who == "" {
		who = "The owner of " + m.Brand
	}
	return letter{
		subject: who + " invited you to " + m.Team + " on " + m.Brand,
		lines: []string{
			who + " invited you to the team " + m.Team + " on " + m.Brand + ", as " + m.Role + ".",
			"Follow the link to set a password. Your account is active then.",
		},
		link: m.Link, action: "Activate account",
		after: []string{
			"The link works once and ends on " + date(m.Ends) + ".",
			"If you did not expect this, do nothing: no account is made.",
		},
	}.mail(m.Brand)
}

// Reset lets a person choose a new password.
type Reset struct {
	Brand, Name, Link string
	Ends              time.Time
	From              string // the address that asked
}

// Mail returns subject, text and HTML.
func (m Reset) Mail() (subject, text, html string) {
	return letter{
		subject: "Reset your password on " + m.Brand,
		lines:   []string{hello(m.Name), "Someone at " + m.From + " asked for a new password for your account. Follow the link to choose one."},
		link:    m.Link, action: "Choose a new password",
		after: []string{
			"The link works once and ends on " + date(m.Ends) + ". Every session of yours ends when it is used.",
			"If it was not you, do nothing: your password stays as it is.",
		},
	}.mail(m.Brand)
}

// PasswordChanged tells a person that it happened.
type PasswordChanged struct {
	Brand, Name string
	At          time.Time
	From        string // the address it was done from
	ForgotLink  string
}

// Mail returns subject, text and HTML.
func (m PasswordChanged) Mail() (subject, text, html string) {
	return letter{
		subject: "Your password on " + m.Brand + " was changed",
		lines:   []string{hello(m.Name), "Your password was changed on " + date(m.At) + " from " + m.From + ". Every other session of yours has ended."},
		link:    m.ForgotLink, action: "Reset password",
		after: []string{"If it was not you, reset it with the link above and tell an admin of your team."},
	}.mail(m.Brand)
}

// Destroyed tells who looks after an app that it, or a secret of it, is gone.
type Destroyed struct {
	Brand, Name string
	What        string // "The app Hub sync was deleted" or "Secret k3f9 of Hub sync was revoked"
	By, From    string
	At          time.Time
	Link        string // the team's audit, or the app
}

// Mail returns subject, text and HTML.
func (m Destroyed) Mail() (subject, text, html string) {
	return letter{
		subject: m.What,
		lines:   []string{hello(m.Name), m.What + " by " + m.By + " on " + date(m.At) + " from " + m.From + ". Who still uses it gets 401 from now on."},
		link:    m.Link, action: "See what happened",
	}.mail(m.Brand)
}

// letter is what all mails are made of: lines, one link, lines.
type letter struct {
	subject      string
	lines, after []string
	link, action string
}

func (l letter) mail(brand string) (subject, text, html string) {
	var body strings.Builder
	for _, s := range l.lines {
		body.WriteString(s + "\n\n")
	}
	body.WriteString(l.action + ":\n" + l.link + "\n\n")
	for _, s := range l.after {
		body.WriteString(s + "\n\n")
	}
	body.WriteString("-- \n" + brand + "\n")
	var page strings.Builder
	// A strings.Builder takes every write, so rendering into it can't fail.
	_ = l.page(brand).Render(context.Background(), &page)
	return oneLine(l.subject), body.String(), page.String()
}

func hello(name string) string {
	if name == "" {
		return "Hello."
	}
	return "Hello " + name + "."
}

func date(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

// oneLine keeps names with line breaks out of the mail's head.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
