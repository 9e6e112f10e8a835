package mail

// Reported tells a team's admins, and the person whose it was, that somebody who held a credential had it revoked.
type Reported struct {
	Notice
	Credential string // "client secret …k3f9"
	Owner      string // the app, person or team whose it was
}

// Kind names the letter in the outbox.
func (Reported) Kind() string { return "reported" }

// Mail returns subject, text and HTML.
func (m Reported) Mail(brand string) (subject, text, html string) {
	return letter{
		subject: "A credential of " + clean(m.Owner) + " was reported and revoked",
		lines: []string{
			hello(m.Name), "The " + m.Credential + " of " + clean(m.Owner) + " was reported" + m.done() + " It no longer works, and neither does anything that was issued for it.",
			"Whoever holds a credential can report it, without signing in. If nobody on your team reported it, it has leaked. Find out where before you create a new one.",
		},
		link: m.Link, action: "Open " + brand,
	}.mail(brand)
}
