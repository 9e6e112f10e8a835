package mail

import (
	"time"

	"gatepost/views/words"
)

// SecretMade tells a team's admins of a new secret of an app.
type SecretMade struct {
	Notice
	App, Hint, Label string
	Expires          time.Time // zero: never
}

// Kind names the letter in the outbox.
func (SecretMade) Kind() string { return "secret_made" }

// Mail returns subject, text and HTML.
func (m SecretMade) Mail(brand string) (subject, text, html string) {
	return letter{
		subject: "New secret " + hint(m.Hint) + " of " + m.App,
		lines:   []string{hello(m.Name), made(m.Notice, labelled(m.Hint, m.Label), m.App, m.Expires), "The secrets that the app had go on working."},
		link:    m.Link, action: "See the app's secrets",
		after: []string{"If nobody of your team made it, revoke it."},
	}.mail(brand)
}

// SecretRotated tells a team's admins that a new secret takes the place of an old one. Without OldHint the app had none.
type SecretRotated struct {
	Notice
	App, Hint, OldHint string
	OldExpires         time.Time // not after At: it has ended
	Expires            time.Time // of the new one; zero: never
}

// Kind names the letter in the outbox.
func (SecretRotated) Kind() string { return "secret_rotated" }

// Mail returns subject, text and HTML.
func (m SecretRotated) Mail(brand string) (subject, text, html string) {
	old := "The app had no live secret before."
	switch {
	case m.OldHint == "":
	case m.OldExpires.IsZero():
		old = "The old secret " + hint(m.OldHint) + " goes on working until somebody ends it."
	case !m.OldExpires.After(m.At):
		old = "The old secret " + hint(m.OldHint) + " has ended: who still uses it gets 401."
	default:
		old = "The old secret " + hint(m.OldHint) + " works until " + date(m.OldExpires) + ". Who uses it after that gets 401."
	}
	return letter{
		subject: "Secret of " + m.App + " rotated",
		lines:   []string{hello(m.Name), made(m.Notice, hint(m.Hint), m.App, m.Expires), old},
		link:    m.Link, action: "See who still uses the old one",
	}.mail(brand)
}

// SecretRevoked tells a team's admins that a secret of an app has ended.
type SecretRevoked struct {
	Notice
	App, Hint string
}

// Kind names the letter in the outbox.
func (SecretRevoked) Kind() string { return "secret_revoked" }

// Mail returns subject, text and HTML.
func (m SecretRevoked) Mail(brand string) (subject, text, html string) {
	return letter{
		subject: "The secret " + hint(m.Hint) + " of " + m.App + " was revoked",
		lines:   []string{hello(m.Name), "The secret " + hint(m.Hint) + " of " + m.App + " was revoked" + m.done() + " Who still uses it gets 401 from now on."},
		link:    m.Link, action: "See the app's secrets",
	}.mail(brand)
}

// SecretExpiring warns a team's admins before a secret ends. With By it is the news that somebody has chosen this end.
type SecretExpiring struct {
	Notice
	App, Hint string
	Expires   time.Time
	Days      int // until then; 0: less than one
}

// Kind names the letter in the outbox.
func (SecretExpiring) Kind() string { return "secret_expiring" }

// Until is when the secret ends: a warning after it warns of nothing.
func (m SecretExpiring) Until() time.Time { return m.Expires }

// Mail returns subject, text and HTML.
func (m SecretExpiring) Mail(brand string) (subject, text, html string) {
	days := words.Count(m.Days, "day", "days")
	if m.Days == 0 {
		days = "less than a day"
	}
	ends := "The secret " + hint(m.Hint) + " of " + m.App + " ends on " + date(m.Expires) + ". Who still uses it then gets 401."
	if m.By != "" {
		ends += " This end was chosen" + m.done()
	}
	return letter{
		subject: "The secret " + hint(m.Hint) + " of " + m.App + " ends in " + days,
		lines: []string{
			hello(m.Name),
			ends,
			"Rotate it before: add a new secret, move every caller to it, and retire the old one when nothing uses it.",
		},
		link: m.Link, action: "See who uses it",
	}.mail(brand)
}

// AppDeleted tells a team's admins that an app is gone.
type AppDeleted struct {
	Notice
	App string
}

// Kind names the letter in the outbox.
func (AppDeleted) Kind() string { return "app_deleted" }

// Mail returns subject, text and HTML.
func (m AppDeleted) Mail(brand string) (subject, text, html string) {
	return letter{
		subject: "The app " + m.App + " was deleted",
		lines:   []string{hello(m.Name), "The app " + m.App + " was deleted" + m.done() + " Who still uses its secrets or tokens gets 401 from now on."},
		link:    m.Link, action: "See what happened",
	}.mail(brand)
}

// TokensRevoked tells a team's admins that all tokens of an app have ended.
type TokensRevoked struct {
	Notice
	App string
}

// Kind names the letter in the outbox.
func (TokensRevoked) Kind() string { return "tokens_revoked" }

// Mail returns subject, text and HTML.
func (m TokensRevoked) Mail(brand string) (subject, text, html string) {
	return letter{
		subject: "All tokens of " + m.App + " were revoked",
		lines:   []string{hello(m.Name), "All tokens of " + m.App + " were revoked" + m.done() + " Who still uses one gets 401 and needs a new one."},
		link:    m.Link, action: "See the app's tokens",
	}.mail(brand)
}

// HandedOver tells a person that a teammate hands them a secret. The link that opens it comes from the teammate: no
// mail has it.
type HandedOver struct {
	Notice
	App, Team string
}

// Kind names the letter in the outbox.
func (HandedOver) Kind() string { return "handed_over" }

// Mail returns subject, text and HTML.
func (m HandedOver) Mail(brand string) (subject, text, html string) {
	return letter{
		subject: m.By + " hands you a secret of " + m.App,
		lines: []string{
			hello(m.Name),
			"A secret of " + m.App + ", an app of " + m.Team + ", was handed to you" + m.done(),
			m.By + " gives you the link that opens it. It works once, for you alone, and for 24 hours. It is not in this mail, because the key to the secret is in it.",
		},
		link: m.Link, action: "See the app's secrets",
	}.mail(brand)
}

// HandoverOpened is the receipt for who handed a secret over.
type HandoverOpened struct {
	Notice        // By opened it
	App    string // whose secret it is
	Hint   string
}

// Kind names the letter in the outbox.
func (HandoverOpened) Kind() string { return "handover_opened" }

// Mail returns subject, text and HTML.
func (m HandoverOpened) Mail(brand string) (subject, text, html string) {
	return letter{
		subject: m.By + " opened the secret " + hint(m.Hint) + " of " + m.App,
		lines:   []string{hello(m.Name), "The secret " + hint(m.Hint) + " of " + m.App + " that you handed over was opened" + m.done() + " The link works no more."},
		link:    m.Link, action: "See the app's secrets",
	}.mail(brand)
}

// made says which secret was made, and when it ends if it does.
func made(n Notice, secret, app string, expires time.Time) string {
	s := "The secret " + secret + " of " + app + " was made" + n.done()
	if !expires.IsZero() {
		s += " It ends on " + date(expires) + "."
	}
	return s
}

func hint(h string) string { return ".." + h }

func labelled(h, label string) string {
	if label == "" {
		return hint(h)
	}
	return hint(h) + " (" + label + ")"
}
