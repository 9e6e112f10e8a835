package layout

import "time"

// Page is what every page's model embeds. Brand, Asset and Now are always set; Person is nil when nobody is signed in.
type Page struct {
	Title   string // of the browser tab, without the brand
	Theme   string // "system" (also ""), "light", "dark"
	Brand   string
	Asset   func(name string) string // address of a static file with its content hash
	Current string                   // navigation key: one of the Nav constants
	Path    string                   // this page's path and query, for the return after signing in or switching
	Person  *Person
	Teams   []Team
	Team    string // name of the current team
	Role    string // in the current team: admin, developer, viewer
	Flash   []Flash
	Now     time.Time

	// MoveOn is an address that the browser opens as soon as the page is there, without an entry in its history; "" stays.
	MoveOn string

	// CanSeeTeam is full access to the current team: it shows Team in the navigation, and </> API in the menu.
	CanSeeTeam bool
	// IssuerWarning is a red notice for owners: which setting to change when requests arrive under another host.
	IssuerWarning string
	// Build is the version in the footer of owners' pages; other pages have no footer.
	Build string
}

// The navigation keys of Page.Current.
const (
	NavDashboard  = "dashboard"
	NavApps       = "apps"
	NavPlayground = "playground"
	NavDocs       = "docs"
	NavReference  = "reference"
	NavTeam       = "team"
	NavAccount    = "account"
	NavOwner      = "owner"
	NavPeople     = "people"
	NavKeys       = "keys"
	NavAPIs       = "apis"
	NavPortal     = "portal"
	NavAudit      = "audit"
	NavMail       = "mail"
	NavFailures   = "failures"
	NavComponents = "components"
)

// Person is who is signed in.
type Person struct {
	Name, Initials, Email string
	Owner                 bool
}

// Team is one line of the team switcher.
type Team struct {
	ID, Name string
	Current  bool
}

// Flash says what happened, and is shown once, on the next page. Tone is info, ok, warn or bad.
type Flash struct {
	Tone, Title, Text string
	Href, Action      string
}

// IsOwner reports whether the person is an owner of the portal.
func (p Page) IsOwner() bool { return p.Person != nil && p.Person.Owner }

func (p Page) theme() string {
	if p.Theme == "" {
		return "system"
	}
	return p.Theme
}

func (p Page) title() string {
	if p.Title == "" {
		return p.Brand
	}
	return p.Title + " · " + p.Brand
}

func (p Page) asset(name string) string {
	if p.Asset == nil {
		return "/static/" + name
	}
	return p.Asset(name)
}

type navItem struct{ key, label, href, icon string }

func (p Page) nav() []navItem {
	items := []navItem{
		{NavPlayground, "Playground", "/playground", "play"},
		{NavDocs, "Docs", "/docs", "book"},
		{NavReference, "API reference", "/swagger-ui/index.html", "braces"},
	}
	if p.Person != nil {
		items = append([]navItem{
			{NavDashboard, "Dashboard", "/dashboard", "home"},
			{NavApps, "Apps", "/apps", "apps"},
		}, items...)
	}
	switch {
	case p.Person == nil:
	case p.CanSeeTeam:
		items = append(items, navItem{NavTeam, "Team", "/team", "people"})
	case p.Team != "":
		items = append(items, navItem{NavTeam, "Devices", "/team/devices", "devices"})
	}
	return items
}

func (p Page) ownerNav() []navItem {
	if !p.IsOwner() {
		return nil
	}
	return []navItem{
		{NavOwner, "Teams", "/owner/teams", "people"},
		{NavPeople, "People", "/owner/people", "person"},
		{NavKeys, "Signing keys", "/owner/keys", "key"},
		{NavAPIs, "APIs", "/owner/apis", "server"},
		{NavAudit, "Audit log", "/owner/audit", "clock"},
		{NavFailures, "Refused requests", "/owner/failures", "alert"},
		{NavMail, "Mail", "/owner/mail", "mail"},
		{NavPortal, "Settings", "/owner/settings", "sliders"},
		{NavComponents, "Components", "/owner/components", "grid"},
	}
}

type themeItem struct{ value, label, icon string }

var themes = []themeItem{
	{"system", "System", "half-disc"},
	{"light", "Light", "sun"},
	{"dark", "Dark", "moon"},
}

// Named returns the page with this title and navigation key, unless its handler has set them. The title of a page that
// is shown again with errors says so first, for people who use a screen reader.
func (p Page) Named(title, nav string, failed bool) Page {
	if p.Title == "" {
		p.Title = title
	}
	if p.Current == "" {
		p.Current = nav
	}
	if failed {
		p.Title = "Error: " + p.Title
	}
	return p
}
