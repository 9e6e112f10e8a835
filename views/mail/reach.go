package mail

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
		subject: "Access settings of " + m.App + " were changed",
		lines:   []string{hello(m.Name), "What the app " + m.App + " can reach was changed" + m.done()},
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
