package mail

import "time"

// Invitation asks a person to activate their account.
type Invitation struct {
	InvitedBy, Team, Role string
	Link                  string
	Expires               time.Time
}

// Kind names the letter in the outbox.
func (Invitation) Kind() string { return "invitation" }

// Until is when the link ends, and with it the letter's use.
func (m Invitation) Until() time.Time { return m.Expires }

// Mail returns subject, text and HTML.
func (m Invitation) Mail(brand string) (subject, text, html string) {
	who := m.InvitedBy
	if who == "" {
		who = "The owner of " + brand
	}
	l := letter{
		subject: who + " invited you to " + m.Team + " on " + brand,
		lines: []string{
			who + " invited you to the team " + m.Team + " on " + brand + ", as " + m.Role + ".",
			"Follow the link to accept: a new account sets its password there, one that you have is asked for its own.",
		},
		link: m.Link, action: "Accept invitation",
		after: []string{
			"The link works once and ends on " + date(m.Expires) + ".",
			"If you did not expect this, do nothing: no account is made, and you join no team.",
		},
	}
	if m.Team == "" {
		l.subject = who + " invited you to " + brand
		l.lines[0] = who + " invited you to " + brand + "."
	}
	return l.mail(brand)
}

// Reset lets a person choose a new password.
type Reset struct {
	Name, Link string
	Expires    time.Time
	From       string // the address that asked; empty: By made the link for the person
	By         string
}

// Kind names the letter in the outbox.
func (Reset) Kind() string { return "reset" }

// Until is when the link ends.
func (m Reset) Until() time.Time { return m.Expires }

// Mail returns subject, text and HTML.
func (m Reset) Mail(brand string) (subject, text, html string) {
	asked := "Someone at " + m.From + " asked for a new password for your account. Follow the link to choose one."
	if m.By != "" {
		asked = m.By + " made this link for you to choose a new password."
	}
	return letter{
		subject: "Reset your password on " + brand,
		lines:   []string{hello(m.Name), asked},
		link:    m.Link, action: "Choose a new password",
		after: []string{
			"The link works once and ends on " + date(m.Expires) + ". Every session of yours ends when it is used.",
			"If it was not you, do nothing: your password stays as it is.",
		},
	}.mail(brand)
}

// PasswordChanged tells a person that it happened. Link leads to the page for a forgotten password.
type PasswordChanged struct{ Notice }

// Kind names the letter in the outbox.
func (PasswordChanged) Kind() string { return "password_changed" }

// Mail returns subject, text and HTML.
func (m PasswordChanged) Mail(brand string) (subject, text, html string) {
	return letter{
		subject: "Your password on " + brand + " was changed",
		lines:   []string{hello(m.Name), "Your password was changed" + m.done() + " Every other session of yours has ended."},
		link:    m.Link, action: "Reset password",
		after: []string{"If it was not you, reset it with the link above and tell an admin of your team."},
	}.mail(brand)
}

// SecondFactorChanged tells a person what became of their second factors. Link leads to /account/security.
type SecondFactorChanged struct {
	Notice
	What string // "Two-factor sign-in was turned on", "A passkey was added": no full stop
}

// Kind names the letter in the outbox.
func (SecondFactorChanged) Kind() string { return "second_factor_changed" }

// Mail returns subject, text and HTML.
func (m SecondFactorChanged) Mail(brand string) (subject, text, html string) {
	return letter{
		subject: m.What + " for your account on " + brand,
		lines:   []string{hello(m.Name), m.What + m.done()},
		link:    m.Link, action: "See how you sign in",
		after: []string{"If it was not you, change your password at once and tell an admin of your team."},
	}.mail(brand)
}

// NewBrowser tells a person of a sign-in from a browser that the portal had not seen. Link leads to /account/sessions.
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
		lines:   []string{hello(m.Name), "Somebody signed in to your account with a browser that we had not seen before" + m.done(), "Browser: " + m.Agent},
		link:    m.Link, action: "See your sessions",
		after: []string{"If it was you, there is nothing to do. If not, end that session and change your password."},
	}.mail(brand)
}

// AccountDisabled tells a person that they can't sign in any more.
type AccountDisabled struct{ Notice }

// Kind names the letter in the outbox.
func (AccountDisabled) Kind() string { return "account_disabled" }

// Mail returns subject, text and HTML.
func (m AccountDisabled) Mail(brand string) (subject, text, html string) {
	return letter{
		subject: "Your account on " + brand + " was disabled",
		lines:   []string{hello(m.Name), "Your account was disabled" + m.done(), "Your sessions and your tokens have ended. An owner of " + brand + " can enable it again."},
	}.mail(brand)
}

// EmailConfirm asks at both addresses whether an account's address is to change. It is sent to Old when ToOld, else to New.
type EmailConfirm struct {
	Notice
	Old, New string
	ToOld    bool
	Expires  time.Time
}

// Kind names the letter in the outbox.
func (EmailConfirm) Kind() string { return "email_confirm" }

// Until is when the link ends.
func (m EmailConfirm) Until() time.Time { return m.Expires }

// Mail returns subject, text and HTML.
func (m EmailConfirm) Mail(brand string) (subject, text, html string) {
	l := letter{
		subject: "Confirm your new address for " + brand,
		lines: []string{
			hello(m.Name),
			"You asked to sign in to " + brand + " with " + m.New + " in place of " + m.Old + ". Confirm that this address is yours.",
			"The change is made when both addresses have confirmed it.",
		},
		link: m.Link, action: "Confirm address",
		after: []string{"The link works once and ends on " + date(m.Expires) + ".", "If it was not you, do nothing: nothing changes."},
	}
	if m.ToOld {
		l.subject = "Confirm that your address on " + brand + " changes"
		l.lines[1] = "Somebody signed in as you asked" + Notice{At: m.At, From: m.From}.done() + " Your address is to change from " + m.Old + " to " + m.New + "."
		l.action = "Confirm change"
		l.after[1] = "If it was not you, do not follow the link, and change your password at once."
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
		subject: "Your address on " + brand + " was changed",
		lines:   []string{hello(m.Name), "The address of your account was changed from " + m.Old + " to " + m.New + m.done(), "Sign in with " + m.New + " from now on."},
		link:    m.Link, action: "Open your account",
		after: []string{"If it was not you, tell an owner of " + brand + " at once."},
	}.mail(brand)
}

// TestMail shows an owner that mails arrive.
type TestMail struct{ Notice }

// Kind names the letter in the outbox.
func (TestMail) Kind() string { return "test" }

// Mail returns subject, text and HTML.
func (m TestMail) Mail(brand string) (subject, text, html string) {
	return letter{
		subject: "Test mail from " + brand,
		lines:   []string{hello(m.Name), "This test was asked for" + m.done(), "You read it, so the portal's mails arrive."},
		link:    m.Link, action: "See the outbox",
	}.mail(brand)
}
