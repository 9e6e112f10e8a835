// Package mail holds the texts of the mails that the portal sends: links that make or change an account, and notices
// of what was done. Each is a struct whose method Mail gives the subject, the plain text and a simple HTML body. Links
// come from GATEPOST_URL and stand in full, so that they can be read before they are followed.
package mail

import (
	"context"
	"strings"
	"time"
)

// Notice is what every notice says: to whom, who did it, when, from where, and the page that shows it.
type Notice struct {
	Name string // of who reads it
	By   string // who did it; empty where only the reader can have
	From string // the address that it was done from; empty where that means nothing
	At   time.Time
	Link string
}

// done ends a sentence with who, when and from where.
func (n Notice) done() string {
	s := ""
	if n.By != "" {
		s += " by " + n.By
	}
	if !n.At.IsZero() {
		s += " on " + date(n.At)
	}
	if n.From != "" {
		s += " from " + n.From
	}
	return s + "."
}

// letter is what all mails are made of: lines, a link, lines.
type letter struct {
	subject      string
	lines, after []string
	link, action string // without a link there is no button
}

func (l letter) mail(brand string) (subject, text, html string) {
	var body strings.Builder
	for _, s := range l.lines {
		body.WriteString(oneLine(s) + "\n\n")
	}
	if l.link != "" {
		body.WriteString(l.action + ":\n" + l.link + "\n\n")
	}
	for _, s := range l.after {
		body.WriteString(oneLine(s) + "\n\n")
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

// oneLine keeps names with line breaks from forging the mail's head, or lines of its text.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
