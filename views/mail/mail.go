package mail

import (
	"context"
	"strings"
	"time"

	"gatepost/views/words"
)

// Notice is what every notice says: whom it is for, who did what it reports, when and from where, and
// which page shows it.
type Notice struct {
	Name string // of the reader
	By   string // who did it; empty if only the reader can have
	From string // the address it was done from; empty where that means nothing
	At   time.Time
	Link string
}

// done completes a sentence with who did it, when and from where.
func (n Notice) done() string {
	s := ""
	if n.By != "" {
		s += " by " + clean(n.By)
	}
	if !n.At.IsZero() {
		s += " on " + date(n.At)
	}
	if n.From != "" {
		s += " from " + n.From
	}
	return s + "."
}

// letter is what all mails consist of: lines, a link as a button, more lines.
type letter struct {
	subject      string
	lines, after []string
	link, action string // no button without a link
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
	// Writing to a strings.Builder never fails, so neither does rendering into it.
	_ = l.page(brand).Render(context.Background(), &page)
	// Names from before they were checked lose here what nobody sees.
	return words.Harmless(oneLine(l.subject)), words.Harmless(body.String()), words.Harmless(page.String())
}

func hello(name string) string {
	if name = clean(name); name == "" {
		return "Hello,"
	}
	return "Hello " + name + ","
}

func date(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

// withArticle returns a role with its article: "a developer", "an admin".
func withArticle(role string) string {
	if strings.HasPrefix(role, "a") {
		return "an " + role
	}
	return "a " + role
}

// oneLine removes line breaks, so that a name can't forge a header or a line of the text.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
