package mail

import (
	"strings"
	"time"
)

// Change is a setting before and after it was changed, in words.
type Change struct{ What, Before, After string }

// ReachChanged tells a team's admins that somebody changed what an app's credentials reach. Wider says that they reach
// more than before, or that others could use them.
type ReachChanged struct {
	Notice
	App     string
	Changes []Change
	Wider   bool
}

// Kind names the letter in the outbox.
func (ReachChanged) Kind() string { return "reach_changed" }

// Mail returns subject, text and HTML.
func (m ReachChanged) Mail(brand string) (subject, text, html string) {
	l := letter{
		subject: "Access settings of " + clean(m.App) + " were changed",
		lines:   []string{hello(m.Name), "What the app " + clean(m.App) + " can reach was changed" + m.done()},
		link:    m.Link, action: "Open app",
	}
	for _, c := range m.Changes {
		l.lines = append(l.lines, c.What+": "+c.Before+" → "+c.After)
	}
	if m.Wider {
		l.after = []string{"If nobody on your team meant to do this, change it back, rotate the app's secrets and revoke its tokens."}
	}
	return l.mail(brand)
}

// AdminAdded tells a team's admins that somebody was invited as an admin, or made one.
type AdminAdded struct {
	Notice
	Team   string
	Person string // the address of an invited person, the name of a member
	Was    string // the role of a member until now; empty: the person was invited
}

// Kind names the letter in the outbox.
func (AdminAdded) Kind() string { return "admin_added" }

// Mail returns subject, text and HTML.
func (m AdminAdded) Mail(brand string) (subject, text, html string) {
	l := letter{
		subject: "A new admin of " + clean(m.Team) + " was invited",
		lines: []string{
			hello(m.Name), m.Person + " was invited to the team " + clean(m.Team) + " as an admin" + m.done(),
			"Admins can invite and remove people, change roles, and manage every app of the team.",
		},
		link: m.Link, action: "Open team",
		after: []string{"If nobody on your team meant to do this, cancel the invitation."},
	}
	if m.Was != "" {
		l.subject = "The team " + clean(m.Team) + " has a new admin"
		l.lines[1] = "The role of " + clean(m.Person) + " in the team " + clean(m.Team) + " was changed from " + m.Was + " to admin" + m.done()
		l.after = []string{"If nobody on your team meant to do this, change the role back."}
	}
	return l.mail(brand)
}

// TokenMade tells the admins of a person's teams that the person has a new personal token that can change things.
type TokenMade struct {
	Notice
	Token, Hint string
	Person      string // whose it is
	Scopes      []string
	Expires     time.Time // zero: never
}

// Kind names the letter in the outbox.
func (TokenMade) Kind() string { return "token_made" }

// Mail returns subject, text and HTML.
func (m TokenMade) Mail(brand string) (subject, text, html string) {
	expires := "It never expires."
	if !m.Expires.IsZero() {
		expires = "It expires on " + date(m.Expires) + "."
	}
	return letter{
		subject: "A new API token of " + clean(m.Person) + " can make changes",
		lines: []string{
			hello(m.Name), "The API token " + hint(m.Hint) + " (" + clean(m.Token) + ") was created" + m.done(),
			"A program that has it acts as " + clean(m.Person) + " in all of their teams, within these scopes: " + strings.Join(m.Scopes, ", ") + ". " + expires,
		},
		link: m.Link, action: "Open team",
		after: []string{"If " + clean(m.Person) + " didn't create it, they can revoke it under API tokens. To cut it off from your team, remove them from the team."},
	}.mail(brand)
}
