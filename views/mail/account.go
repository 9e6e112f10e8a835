package mail

import (
	"time"

	"gatepost/views/words"
)

// Invitation asks a person to activate their account.
type Invitation struct {
	InvitedBy, Team, Role string
	Link                  string
	Expires               time.Time
}

// Kind names the letter in the outbox.
func (Invitation) Kind() string { return "invitation" }

// Until returns when the link expires: after that, the letter is useless.
func (m Invitation) Until() time.Time { return m.Expires }

// Mail returns subject, text and HTML.
func (m Invitation) Mail(brand string) (subject, text, html string) {
	who, team := clean(m.InvitedBy), clean(m.Team)
	if who == "" {
		who = "The owner of " + brand
	}
	l := letter{
		subject: "You're invited to " + team + " on " + brand,
		lines: []string{
			who + " invited you to join the team " + team + " on " + brand + " as " + withArticle(m.Role) + ".",
			"Follow the link to accept. If you're new to " + brand + ", you choose a password there. If you already have an account, you enter its password.",
		},
		link: m.Link, action: "Accept invitation",
		after: []string{
			"The link works once and expires on " + date(m.Expires) + ".",
			"If you weren't expecting this, ignore this email: no account is created, and you don't join any team.",
		},
	}
	if team == "" {
		l.subject = "You're invited to " + brand
		l.lines[0] = who + " invited you to " + brand + "."
	}
	return l.mail(brand)
}

// Reset lets a person choose a new password.
type Reset struct {
	Name, Link string
	Expires    time.Time
	From       string // the address that asked; empty: By created the link for the person
	By         string
}

// Kind names the letter in the outbox.
func (Reset) Kind() string { return "reset" }

// Until returns when the link expires.
func (m Reset) Until() time.Time { return m.Expires }

// Mail returns subject, text and HTML.
func (m Reset) Mail(brand string) (subject, text, html string) {
	asked := "Someone at " + m.From + " asked to reset the password of your account. Follow the link to choose a new one."
	if m.By != "" {
		asked = clean(m.By) + " created this link for you to choose a new password."
	}
	return letter{
		subject: "Reset your password on " + brand,
		lines:   []string{hello(m.Name), asked},
		link:    m.Link, action: "Choose a new password",
		after: []string{
			"The link works once and expires on " + date(m.Expires) + ". Using it ends all your sessions, personal tokens and calendar addresses, and the access of every app that you authorized.",
			"If you didn't ask for this, ignore this email: your password stays the same.",
		},
	}.mail(brand)
}

// PasswordChanged tells a person that their password was changed, and what that ended. Link leads to the page for a
// forgotten password.
type PasswordChanged struct {
	Notice
	Reset bool // by a link
	Ended words.Ended
}

// Kind names the letter in the outbox.
func (PasswordChanged) Kind() string { return "password_changed" }

// Mail returns subject, text and HTML.
func (m PasswordChanged) Mail(brand string) (subject, text, html string) {
	how := "changed"
	if m.Reset {
		how = "reset with a link"
	}
	l := letter{
		subject: "Your password on " + brand + " was " + how,
		lines:   []string{hello(m.Name), "Your password was " + how + m.done(), m.Ended.Text()},
		link:    m.Link, action: "Reset password",
		after: []string{"If it wasn't you, reset your password with the link above and tell an admin of your team."},
	}
	if m.Reset {
		l.lines = append(l.lines, "Passkeys and authenticator apps stay. Sign in, open User section, Security, and remove any that you didn't add.")
	}
	return l.mail(brand)
}

// SecondFactorChanged tells a person what became of their second factors. Link leads to /account/security.
type SecondFactorChanged struct {
	Notice
	What string // "Two-factor sign-in was turned on", "A passkey was added": without a full stop
}

// Kind names the letter in the outbox.
func (SecondFactorChanged) Kind() string { return "second_factor_changed" }

// Mail returns subject, text and HTML.
func (m SecondFactorChanged) Mail(brand string) (subject, text, html string) {
	return letter{
		subject: m.What + " for your account on " + brand,
		lines:   []string{hello(m.Name), m.What + m.done()},
		link:    m.Link, action: "Review how you sign in",
		after: []string{"If it wasn't you, change your password immediately and tell an admin of your team."},
	}.mail(brand)
}

// NewBrowser tells a person about a sign-in with a browser that is new to the portal. Link leads to /account/sessions.
type NewBrowser struct {
	Notice
	Agent string // the browser in words, or its User-Agent
}

// Kind names the letter in the outbox.
func (NewBrowser) Kind() string { return "new_browser" }

// Mail returns subject, text and HTML.
func (m NewBrowser) Mail(brand string) (subject, text, html string) {
	return letter{
		subject: "New sign-in to your account on " + brand,
		lines:   []string{hello(m.Name), "Someone signed in to your account with a new browser" + m.done(), "Browser: " + clean(m.Agent)},
		link:    m.Link, action: "Review your sessions",
		after: []string{"If it was you, there's nothing you need to do. If it wasn't, end that session and change your password."},
	}.mail(brand)
}

// AccountDisabled tells a person that they can no longer sign in.
type AccountDisabled struct{ Notice }

// Kind names the letter in the outbox.
func (AccountDisabled) Kind() string { return "account_disabled" }

// Mail returns subject, text and HTML.
func (m AccountDisabled) Mail(brand string) (subject, text, html string) {
	return letter{
		subject: "Your account on " + brand + " was disabled",
		lines:   []string{hello(m.Name), "Your account was disabled" + m.done(), "You're signed out everywhere, and your tokens no longer work. An owner of " + brand + " can enable your account again."},
	}.mail(brand)
}

// EmailConfirm asks both addresses to confirm that an account's address changes. With ToOld it is for Old, otherwise for New.
type EmailConfirm struct {
	Notice
	Old, New string
	ToOld    bool
	Expires  time.Time
}

// Kind names the letter in the outbox.
func (EmailConfirm) Kind() string { return "email_confirm" }

// Until returns when the link expires.
func (m EmailConfirm) Until() time.Time { return m.Expires }

// Mail returns subject, text and HTML.
func (m EmailConfirm) Mail(brand string) (subject, text, html string) {
	l := letter{
		subject: "Confirm your new email address for " + brand,
		lines: []string{
			hello(m.Name),
			"You asked to sign in to " + brand + " with " + m.New + " instead of " + m.Old + ". Confirm that this address is yours.",
			"Your address changes once both addresses have confirmed it.",
		},
		link: m.Link, action: "Confirm address",
		after: []string{"The link works once and expires on " + date(m.Expires) + ".", "If it wasn't you, ignore this email: nothing changes."},
	}
	if m.ToOld {
		l.subject = "Confirm the change of your email address on " + brand
		l.lines[1] = "Someone who signed in to your account asked to change its email address from " + m.Old + " to " + m.New + Notice{At: m.At, From: m.From}.done()
		l.action = "Confirm change"
		l.after[1] = "If it wasn't you, don't follow the link, and change your password immediately."
	}
	return l.mail(brand)
}

// EmailChanged tells both addresses that an account's address has changed.
type EmailChanged struct {
	Notice
	Old, New string
}

// Kind names the letter in the outbox.
func (EmailChanged) Kind() string { return "email_changed" }

// Mail returns subject, text and HTML.
func (m EmailChanged) Mail(brand string) (subject, text, html string) {
	return letter{
		subject: "Your email address on " + brand + " was changed",
		lines:   []string{hello(m.Name), "The email address of your account was changed from " + m.Old + " to " + m.New + m.done(), "From now on, sign in with " + m.New + "."},
		link:    m.Link, action: "Open your account",
		after: []string{"If it wasn't you, tell an owner of " + brand + " immediately."},
	}.mail(brand)
}

// TestMail shows an owner that emails arrive.
type TestMail struct{ Notice }

// Kind names the letter in the outbox.
func (TestMail) Kind() string { return "test" }

// Mail returns subject, text and HTML.
func (m TestMail) Mail(brand string) (subject, text, html string) {
	return letter{
		subject: "Test email from " + brand,
		lines:   []string{hello(m.Name), "This test email was requested" + m.done(), "If you can read it, the portal's emails arrive."},
		link:    m.Link, action: "Open the outbox",
	}.mail(brand)
}
