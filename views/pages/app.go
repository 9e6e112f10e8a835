package pages

import (
	"context"
	"io"
	"strconv"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
	"gatepost/views/words"
)

// AppHead is what every tab of an app begins with.
type AppHead struct {
	Name, ClientID   string
	State, StateText string // as in AppCard
	Kind             string // "Server-to-server"
	HasSecrets       bool   // a native app has none
	LiveSecrets      int
	LiveTokens       int
	CanPlay          bool   // offers the playground for this app
	Flow             string // the playground's flow for it; client-credentials when empty
}

// The tabs of an app.
const (
	TabSettings = "settings"
	TabSecrets  = "secrets"
	TabTokens   = "tokens"
	TabActivity = "activity"
)

// AppSettings is GET and POST /apps/{client_id}: fields name, description, redirect_uris (one a line),
// access (unlimited, once), scopes (repeated), token_lifetime and refresh_grace (seconds), auth_method (client_secret, private_key_jwt),
// jwks, jwks_uri, introspection (empty, team, portal), query_parameters (on); from owners also mint_burst and mint_rate.
type AppSettings struct {
	layout.Page
	App               AppHead
	Name, Description string
	Scopes            []ui.ScopeGroup
	TokenLifetime     int    // seconds
	RefreshGrace      int    // seconds
	HasRedirects      bool   // a person signs in: web and native apps
	RedirectURIs      string // one a line
	Access            string // unlimited (also ""), once
	Confidential      bool   // authenticates with a secret or a key: server and web apps
	AuthMethod        string // client_secret (also ""), private_key_jwt
	JWKS, JWKSURI     string
	CanTeam           bool   // may let the app introspect tokens of its team
	CanPortal         bool   // may let it introspect every token of the portal
	Introspection     string // "", team, portal
	QueryParameters   bool   // legacy: takes parameters of the token endpoint in the query
	MintBurst         int    // tokens in a burst
	MintRate          int    // and more per second; only owners see and change both
	MadeBy            string
	MadeAt            time.Time
	Errors            ui.Errors
	Version           ui.Version
	CanEdit           bool
	Reason            string // why not, and who can
	CanDelete         bool
	CanTransfer       bool   // the visitor manages the app's team
	DeleteText        string // what breaks: "2 live secrets stop working immediately. Last used 14 s ago from 203.0.113.9."
}

// Render writes the page.
func (m AppSettings) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named(m.App.Name, layout.NavApps, len(m.Errors) > 0 || m.Version.Conflict != nil)
	return appSettings(m).Render(ctx, w)
}

// Form is what the form shows. A field that is added to the form is added here too.
func (m AppSettings) Form() ui.Form {
	fields := []ui.FormField{ui.TextField("name", "Name", m.Name), ui.TextField("description", "Description", m.Description)}
	if m.HasRedirects {
		fields = append(fields, ui.TextField("redirect_uris", "Redirect URIs", m.RedirectURIs), ui.ChoiceField("access", "How long it acts for a person", accessChoices(m.Access, false)))
	}
	scopes := ui.FormField{Name: "scopes", Label: "Scopes"}
	for _, g := range m.Scopes {
		for _, s := range g.Scopes {
			if s.Checked && !s.Off {
				scopes.Values = append(scopes.Values, s.Name)
			}
		}
	}
	fields = append(fields, scopes, ui.PickField("token_lifetime", "Access tokens last", strconv.Itoa(m.TokenLifetime), lifetimes(m.TokenLifetime)))
	if m.HasRedirects {
		fields = append(fields, ui.PickField("refresh_grace", "Refresh grace", strconv.Itoa(m.RefreshGrace), graces(m.RefreshGrace)))
	}
	if m.Confidential {
		fields = append(fields, ui.ChoiceField("auth_method", "How it authenticates", m.authMethods()), ui.TextField("jwks", "Public keys", m.JWKS),
			ui.TextField("jwks_uri", "URL of its keys", m.JWKSURI))
		if f := ui.ChoiceField("introspection", "Introspection", m.introspections()); len(f.Values) > 0 { // otherwise nothing is sent
			fields = append(fields, f)
		}
	}
	if m.HasRedirects {
		fields = append(fields, ui.TickField("query_parameters", "Accept parameters in the query string", m.QueryParameters))
	}
	if m.CanPortal {
		fields = append(fields, ui.TextField("mint_burst", "Tokens in a burst", strconv.Itoa(m.MintBurst)), ui.TextField("mint_rate", "Tokens per second", strconv.Itoa(m.MintRate)))
	}
	return ui.Form{Fields: fields}
}

func (m AppSettings) authMethods() []ui.Choice {
	byKey := m.AuthMethod == "private_key_jwt"
	return []ui.Choice{
		{Value: "client_secret", Title: "Client secret", Text: "Sent by HTTP Basic or in the form.", Icon: "key", Checked: !byKey, Off: !m.CanEdit},
		{Value: "private_key_jwt", Title: "Private key", Text: "It signs a short assertion with a key that never leaves it (private_key_jwt).", Icon: "braces", Checked: byKey, Off: !m.CanEdit},
	}
}

func (m AppSettings) introspections() []ui.Choice {
	all := []ui.Choice{
		{Title: "None", Text: "It can't ask about any token.", Off: !m.CanEdit},
		{Value: "team", Title: "Tokens of this team", Text: "Those of the team's apps, and the API tokens of its members.", Off: !m.CanTeam},
		{Value: "portal", Title: "Every token of the portal", Text: "For a service that all teams call.", Off: !m.CanPortal},
	}
	for i := range all {
		all[i].Checked = all[i].Value == m.Introspection
	}
	if m.CanEdit && !m.CanTeam {
		all[1].Reason = "An admin of the team can turn this on."
	}
	if m.CanEdit && !m.CanPortal {
		all[2].Reason = "An owner of the portal can turn this on."
	}
	return all
}

// lifetimes are the choices for an app's access tokens, with the present one among them.
func lifetimes(now int) []ui.Option {
	return durations(now, words.Lifetime, 60, 300, 900, 1800, 3600, 14400, 43200, 86400)
}

// graces are the choices for how long a used refresh token still answers.
func graces(now int) []ui.Option {
	out := durations(now, words.Lifetime, 0, 5, 10, 20, 30, 60)
	out[0].Label = "None"
	return out
}

// durations are choices in seconds, with the present one among them.
func durations(now int, label func(time.Duration) string, choices ...int) []ui.Option {
	var out []ui.Option
	placed := false
	add := func(s int) {
		out = append(out, ui.Option{Value: strconv.Itoa(s), Label: label(time.Duration(s) * time.Second)})
	}
	for _, s := range choices {
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

// tabs are the pages of the app, with the number of live secrets and tokens.
func (a AppHead) tabs(current string) ui.TabLinks {
	base := a.href()
	items := []ui.TabLink{{Label: "Settings", Href: base, Current: current == TabSettings}}
	if a.HasSecrets {
		items = append(items, ui.TabLink{Label: "Secrets", Href: base + "/secrets", Current: current == TabSecrets, Count: strconv.Itoa(a.LiveSecrets)})
	}
	return ui.TabLinks{Label: "App", Items: append(items,
		ui.TabLink{Label: "Tokens", Href: base + "/tokens", Current: current == TabTokens, Count: strconv.Itoa(a.LiveTokens)},
		ui.TabLink{Label: "Activity", Href: base + "/activity", Current: current == TabActivity},
	)}
}

func (a AppHead) href() string { return "/apps/" + a.ClientID }

// play is the playground's flow that suits the app.
func (a AppHead) play() string {
	flow := a.Flow
	if flow == "" {
		flow = "client-credentials"
	}
	return "/playground/" + flow + "?app=" + a.ClientID
}
