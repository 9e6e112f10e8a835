package mail

// RoleChanged tells a person that they have a new role in a team.
type RoleChanged struct {
	Notice
	Team, Role, Was string
}

// Kind names the letter in the outbox.
func (RoleChanged) Kind() string { return "role_changed" }

// Mail returns subject, text and HTML.
func (m RoleChanged) Mail(brand string) (subject, text, html string) {
	can := map[string]string{
		"admin":     "You can invite and remove people, change roles, and manage every app of the team.",
		"developer": "You can create apps, rotate their secrets, and use the playground.",
		"viewer":    "You can see the devices shared with you, and the docs.",
	}
	lines := []string{hello(m.Name), "Your role in the team " + clean(m.Team) + " was changed from " + m.Was + " to " + m.Role + m.done()}
	if s := can[m.Role]; s != "" {
		lines = append(lines, s)
	}
	return letter{
		subject: "You're now " + withArticle(m.Role) + " of " + clean(m.Team) + " on " + brand,
		lines:   lines,
		link:    m.Link, action: "Open team",
	}.mail(brand)
}

// OwnerChanged tells a person that they became an owner of the portal, or no longer are one.
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
			subject: "You're now an owner of " + brand,
			lines:   []string{hello(m.Name), "You were made an owner of " + brand + m.done(), "You can change its settings and signing keys, and everything in every team."},
			link:    m.Link, action: "Open " + brand,
		}.mail(brand)
	}
	return letter{
		subject: "You're no longer an owner of " + brand,
		lines:   []string{hello(m.Name), "Your ownership of " + brand + " was revoked" + m.done(), "Your teams and your roles in them stay the same."},
		link:    m.Link, action: "Open " + brand,
	}.mail(brand)
}

// PersonRemoved tells a team's admins, and the person, that somebody was removed from the team.
type PersonRemoved struct {
	Notice
	Team   string
	Person string // who was removed; empty: the reader
}

// Kind names the letter in the outbox.
func (PersonRemoved) Kind() string { return "person_removed" }

// Mail returns subject, text and HTML.
func (m PersonRemoved) Mail(brand string) (subject, text, html string) {
	if m.Person == "" {
		return letter{
			subject: "You were removed from " + clean(m.Team) + " on " + brand,
			lines: []string{
				hello(m.Name), "You were removed from the team " + clean(m.Team) + m.done(),
				"You can no longer see its apps and devices, and the tokens that acted for you in it have been revoked.",
			},
			link: m.Link, action: "Open " + brand,
		}.mail(brand)
	}
	return letter{
		subject: "A person was removed from " + clean(m.Team),
		lines: []string{
			hello(m.Name), clean(m.Person) + " was removed from the team " + clean(m.Team) + m.done(),
			"The secrets that they created, saw or were handed keep working until someone rotates them.",
		},
		link: m.Link, action: "See what they could have seen",
	}.mail(brand)
}

// AppTransferred tells the admins of both teams that an app was transferred.
type AppTransferred struct {
	Notice
	App, Team, Was string // Team has it now, Was had it
}

// Kind names the letter in the outbox.
func (AppTransferred) Kind() string { return "app_transferred" }

// Mail returns subject, text and HTML.
func (m AppTransferred) Mail(brand string) (subject, text, html string) {
	return letter{
		subject: "The app " + clean(m.App) + " was transferred to " + clean(m.Team),
		lines: []string{
			hello(m.Name), "The app " + clean(m.App) + " was transferred from the team " + clean(m.Was) + " to the team " + clean(m.Team) + m.done(),
			"Its client id and secrets stay the same, so people of " + clean(m.Was) + " may still have them.",
		},
		link: m.Link, action: "Open app",
	}.mail(brand)
}
