package mail

import (
	"time"

	"gatepost/views/words"
)

// SecretMade tells a team's admins about a new secret of an app.
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
		subject: "New secret " + hint(m.Hint) + " of " + clean(m.App),
		lines:   []string{hello(m.Name), made(m.Notice, labelled(m.Hint, m.Label), clean(m.App), m.Expires), "The app's existing secrets keep working."},
		link:    m.Link, action: "See the app's secrets",
		after: []string{"If nobody on your team created it, revoke it."},
	}.mail(brand)
}

// SecretRotated tells a team's admins that a new secret replaces an old one. Without OldHint the app had none.
type SecretRotated struct {
	Notice
	App, Hint, OldHint string
	OldExpires         time.Time // not after At: it has expired; zero: it doesn't expire
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
		old = "The old secret " + hint(m.OldHint) + " keeps working until someone revokes it."
	case !m.OldExpires.After(m.At):
		old = "The old secret " + hint(m.OldHint) + " has expired. Requests with it get a 401."
	default:
		old = "The old secret " + hint(m.OldHint) + " works until " + date(m.OldExpires) + ". After that, requests with it get a 401."
	}
	return letter{
		subject: "A secret of " + clean(m.App) + " was rotated",
		lines:   []string{hello(m.Name), made(m.Notice, hint(m.Hint), clean(m.App), m.Expires), old},
		link:    m.Link, action: "See who still uses the old secret",
	}.mail(brand)
}

// SecretRevoked tells a team's admins that a secret of an app was revoked.
type SecretRevoked struct {
	Notice
	App, Hint string
}

// Kind names the letter in the outbox.
func (SecretRevoked) Kind() string { return "secret_revoked" }

// Mail returns subject, text and HTML.
func (m SecretRevoked) Mail(brand string) (subject, text, html string) {
	return letter{
		subject: "The secret " + hint(m.Hint) + " of " + clean(m.App) + " was revoked",
		lines:   []string{hello(m.Name), "The secret " + hint(m.Hint) + " of " + clean(m.App) + " was revoked" + m.done() + " From now on, requests with it get a 401."},
		link:    m.Link, action: "See the app's secrets",
	}.mail(brand)
}

// SecretExpiring warns a team's admins before a secret expires. With By it tells them who set this expiry.
type SecretExpiring struct {
	Notice
	App, Hint string
	Expires   time.Time
	Days      int // until then, rounded; 0: less than one
}

// Kind names the letter in the outbox.
func (SecretExpiring) Kind() string { return "secret_expiring" }

// Until returns when the secret expires: after that, the warning is useless.
func (m SecretExpiring) Until() time.Time { return m.Expires }

// Mail returns subject, text and HTML.
func (m SecretExpiring) Mail(brand string) (subject, text, html string) {
	days := words.Count(m.Days, "day", "days")
	if m.Days == 0 {
		days = "less than a day"
	}
	expires := "The secret " + hint(m.Hint) + " of " + clean(m.App) + " expires on " + date(m.Expires) + ". After that, requests with it get a 401."
	if m.By != "" {
		expires += " This expiry was set" + m.done()
	}
	return letter{
		subject: "The secret " + hint(m.Hint) + " of " + clean(m.App) + " expires in " + days,
		lines: []string{
			hello(m.Name),
			expires,
			"Rotate it before then: add a new secret, move every caller to it, and retire the old one when nothing uses it anymore.",
		},
		link: m.Link, action: "See who uses it",
	}.mail(brand)
}

// AppDeleted tells a team's admins that an app was deleted.
type AppDeleted struct {
	Notice
	App string
}

// Kind names the letter in the outbox.
func (AppDeleted) Kind() string { return "app_deleted" }

// Mail returns subject, text and HTML.
func (m AppDeleted) Mail(brand string) (subject, text, html string) {
	return letter{
		subject: "The app " + clean(m.App) + " was deleted",
		lines:   []string{hello(m.Name), "The app " + clean(m.App) + " was deleted" + m.done() + " From now on, requests with its secrets or tokens get a 401."},
		link:    m.Link, action: "Open the audit log",
	}.mail(brand)
}

// TokensRevoked tells a team's admins that all tokens of an app were revoked.
type TokensRevoked struct {
	Notice
	App string
}

// Kind names the letter in the outbox.
func (TokensRevoked) Kind() string { return "tokens_revoked" }

// Mail returns subject, text and HTML.
func (m TokensRevoked) Mail(brand string) (subject, text, html string) {
	return letter{
		subject: "All tokens of " + clean(m.App) + " were revoked",
		lines:   []string{hello(m.Name), "All tokens of " + clean(m.App) + " were revoked" + m.done() + " Requests with one of them get a 401, and callers need a new token."},
		link:    m.Link, action: "See the app's tokens",
	}.mail(brand)
}

// HandedOver tells a person that a teammate is handing them a secret. The teammate sends the link that opens it: no
// mail contains it.
type HandedOver struct {
	Notice
	App, Team string
}

// Kind names the letter in the outbox.
func (HandedOver) Kind() string { return "handed_over" }

// Mail returns subject, text and HTML.
func (m HandedOver) Mail(brand string) (subject, text, html string) {
	return letter{
		subject: "You're being handed a secret of " + clean(m.App),
		lines: []string{
			hello(m.Name),
			"A secret of " + clean(m.App) + ", an app of " + clean(m.Team) + ", was handed to you" + m.done(),
			clean(m.By) + " will send you the link that opens it. It works once, only for you, and expires after 24 hours. It isn't in this email because it contains the key to the secret.",
		},
		link: m.Link, action: "See the app's secrets",
	}.mail(brand)
}

// HandoverOpened is the receipt for the sender of a handed-over secret.
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
		subject: "The secret " + hint(m.Hint) + " of " + clean(m.App) + " was opened",
		lines:   []string{hello(m.Name), "The secret " + hint(m.Hint) + " of " + clean(m.App) + " that you handed over was opened" + m.done() + " The link no longer works."},
		link:    m.Link, action: "See the hand-over",
	}.mail(brand)
}

// made says which secret was created, and when it expires if it does.
func made(n Notice, secret, app string, expires time.Time) string {
	s := "The secret " + secret + " of " + app + " was created" + n.done()
	if !expires.IsZero() {
		s += " It expires on " + date(expires) + "."
	}
	return s
}

// hint names a secret by its last characters, as pages do: "…k3f9".
func hint(h string) string { return "…" + h }

func labelled(h, label string) string {
	if label = clean(label); label == "" {
		return hint(h)
	}
	return hint(h) + " (" + label + ")"
}
