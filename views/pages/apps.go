package pages

import (
	"context"
	"io"
	"strconv"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// Apps is GET /apps: the team's apps.
type Apps struct {
	layout.Page
	Apps      []AppCard
	CanCreate bool
	// WhoCan says who could change that, where CanCreate is false: "Ana Conti, admin of the team, can give you the
	// role developer."
	WhoCan string
}

// Render writes the page.
func (m Apps) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Apps", layout.NavApps, false)
	return apps(m).Render(ctx, w)
}

// AppNew is GET /apps/new, and POST /apps when something was wrong: fields name, description, kind, scope (repeated),
// secret_expires, once.
type AppNew struct {
	layout.Page
	Name, Description string
	Kinds             []ui.Choice
	Scopes            []ui.ScopeGroup
	Expires           string // never (also ""), 30d, 90d, 180d, 365d
	Once              string
	Errors            ui.Errors
}

// Render writes the page.
func (m AppNew) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("New API app", layout.NavApps, len(m.Errors) > 0)
	return appNew(m).Render(ctx, w)
}

// AppHead is what stands over every tab of an app.
type AppHead struct {
	Name, ClientID   string
	State, StateText string // as in AppCard
	Kind             string // "Server-to-server"
	LiveSecrets      int
	CanPlay          bool // offers the playground for this app
}

// The tabs of an app.
const (
	TabSettings = "settings"
	TabSecrets  = "secrets"
	TabActivity = "activity"
)

// AppSettings is GET and POST /apps/{client_id}: fields name, description, scope (repeated), token_lifetime (seconds).
type AppSettings struct {
	layout.Page
	App               AppHead
	Name, Description string
	Scopes            []ui.ScopeGroup
	TokenLifetime     int // seconds
	MadeBy            string
	MadeAt            time.Time
	Errors            ui.Errors
	CanEdit           bool
	Reason            string // why not, and who can
	CanDelete         bool
	DeleteText        string // what breaks: "2 live secrets stop working at once. Last used 14 s ago from 203.0.113.9."
}

// Render writes the page.
func (m AppSettings) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named(m.App.Name, layout.NavApps, len(m.Errors) > 0)
	return appSettings(m).Render(ctx, w)
}

// AppActivity is GET /apps/{client_id}/activity.
type AppActivity struct {
	layout.Page
	App                   AppHead
	Tokens                []ui.Bar
	Tokens24h, TokensText string // as in Dashboard
	Callers               []Caller
	Events                []ui.Event
}

// Caller is an address and program that used the app's secrets.
type Caller struct {
	Address, Agent string
	SecretHint     string // "k3f9"
	Last           time.Time
	Uses24h        int
}

// Render writes the page.
func (m AppActivity) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named(m.App.Name+" activity", layout.NavApps, false)
	return appActivity(m).Render(ctx, w)
}

// AppDelete is GET and POST /apps/{client_id}/delete: field confirm_name. Facts say what breaks, from recorded use.
type AppDelete struct {
	layout.Page
	App    AppHead
	Facts  []string
	Errors ui.Errors
}

// Render writes the page.
func (m AppDelete) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Delete "+m.App.Name, layout.NavApps, len(m.Errors) > 0)
	return appDelete(m).Render(ctx, w)
}

var expiries = []ui.Option{
	{Value: "never", Label: "No end: until it is revoked"},
	{Value: "30d", Label: "30 days"},
	{Value: "90d", Label: "90 days"},
	{Value: "180d", Label: "180 days"},
	{Value: "365d", Label: "365 days"},
}

func expiry(v string) string {
	if v == "" {
		return "never"
	}
	return v
}

// lifetimes are the choices for an app's access tokens, with the present one among them.
func lifetimes(now int) []ui.Option {
	var out []ui.Option
	placed := false
	add := func(s int) {
		out = append(out, ui.Option{Value: strconv.Itoa(s), Label: ui.Seconds(s)})
	}
	for _, s := range []int{60, 300, 900, 1800, 3600, 14400, 43200, 86400} {
		if !placed && now > 0 && now <= s {
			if now < s {
				add(now)
			}
			placed = true
		}
		add(s)
	}
	return out
}

// tabs are the pages of the app, with the number of live secrets beside theirs.
func (a AppHead) tabs(current string) ui.TabLinks {
	base := "/apps/" + a.ClientID
	return ui.TabLinks{Label: "App", Items: []ui.TabLink{
		{Label: "Settings", Href: base, Current: current == TabSettings},
		{Label: "Secrets", Href: base + "/secrets", Current: current == TabSecrets, Count: strconv.Itoa(a.LiveSecrets)},
		{Label: "Activity", Href: base + "/activity", Current: current == TabActivity},
	}}
}
