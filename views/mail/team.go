package mail

// RoleChanged tells a person what they are in a team from now on.
type RoleChanged struct {
	Notice
	Team, Role, Was string
}

// Kind names the letter in the outbox.
func (RoleChanged) Kind() string { return "role_changed" }

// Mail returns subject, text and HTML.
func (m RoleChanged) Mail(brand string) (subject, text, html string) {
	may := map[string]string{
		"admin":     "You may invite and remove people, change roles, and manage every app of the team.",
		"developer": "You may make apps, rotate their secrets, and use the playground.",
		"viewer":    "You see the devices that were granted to you, and the docs.",
	}
	lines := []string{hello(m.Name), "Your role in the team " + m.Team + " was changed from " + m.Was + " to " + m.Role + m.done()}
	if s := may[m.Role]; s != "" {
		lines = append(lines, s)
	}
	return letter{
		subject: "You are " + m.Role + " of " + m.Team + " on " + brand + " now",
		lines:   lines,
		link:    m.Link, action: "Open the team",
	}.mail(brand)
}

// OwnerChanged tells a person that they own the portal from now on, or no more.
type OwnerChanged struct {
	Notice
	Owner bool
}

// Kind names the letter in the outbox.
func (OwnerChanged) Kind() string { return "owner_changed" }

// Mail returns subject, text and HTML.
func (m OwnerChanged) Mail(brand string) (subject, text, html string) {
	if m.Owner {
		return letter{
			subject: "You are an owner of " + brand + " now",
			lines:   []string{hello(m.Name), "You were made an owner of " + brand + m.done(), "You may change its settings and signing keys, and everything in every team."},
			link:    m.Link, action: "Open " + brand,
		}.mail(brand)
	}
	return letter{
		subject: "You are no owner of " + brand + " any more",
		lines:   []string{hello(m.Name), "You are no owner of " + brand + " any more: that was changed" + m.done(), "Your teams and what you are in them stay as they are."},
		link:    m.Link, action: "Open " + brand,
	}.mail(brand)
}

// PersonRemoved tells a team's admins, and the person, that somebody is no member any more.
type PersonRemoved struct {
	Notice
	Team   string
	Person string // who was removed; empty: who reads it
}

// Kind names the letter in the outbox.
func (PersonRemoved) Kind() string { return "person_removed" }

// Mail returns subject, text and HTML.
func (m PersonRemoved) Mail(brand string) (subject, text, html string) {
	if m.Person == "" {
		return letter{
			subject: "You were removed from " + m.Team + " on " + brand,
			lines: []string{
				hello(m.Name), "You were removed from the team " + m.Team + m.done(),
				"You see its apps and devices no more, and the tokens that acted for you in it have ended.",
			},
			link: m.Link, action: "Open " + brand,
		}.mail(brand)
	}
	return letter{
		subject: m.Person + " was removed from " + m.Team,
		lines: []string{
			hello(m.Name), m.Person + " was removed from the team " + m.Team + m.done(),
			"Secrets that they made, saw or were handed work on until somebody rotates them.",
		},
		link: m.Link, action: "See what they could have seen",
	}.mail(brand)
}

// AppTransferred tells the admins of both teams that an app has changed hands.
type AppTransferred struct {
	Notice
	App, Team, Was string // Team has it now, Was had it
}

// Kind names the letter in the outbox.
func (AppTransferred) Kind() string { return "app_transferred" }

// Mail returns subject, text and HTML.
func (m AppTransferred) Mail(brand string) (subject, text, html string) {
	return letter{
		subject: "The app " + m.App + " moved to " + m.Team,
		lines: []string{
			hello(m.Name), "The app " + m.App + " moved from the team " + m.Was + " to the team " + m.Team + m.done(),
			"Its client id and its secrets stay as they are: the people of " + m.Was + " may still have them.",
		},
		link: m.Link, action: "Open the app",
	}.mail(brand)
}
