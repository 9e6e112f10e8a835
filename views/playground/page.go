package playground

import (
	"context"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// Page is GET /playground/{flow}?app=&dialect=&auth=&scope=&redirect=&audience=: real requests to this portal,
// with an app of the visitor's. Choice is what the address asks for, as ReadChoice reads it; what it can't mean is
// left out. Nothing secret is ever a part of it.
type Page struct {
	layout.Page
	Issuer    string // "https://portal.example.com", without a slash at the end
	Apps      []App
	Choice    Choice
	Audiences []Audience // that a token may be for, besides the portal
	CanCreate bool       // apps
	WhoCan    string     // who can add an app, where there is none and CanCreate is false
}

// App is an app that the visitor may try.
type App struct {
	ClientID, Name string
	Scopes         []ui.Scope // of the app: Name and Text
	Public         bool       // has no secret
	CanSecret      bool       // the visitor may make a playground secret of it
	Reason         string     // why not, and who can
	Cant           string     // why it can't do the page's flow; empty when it can
	Fix, FixHref   string     // what changes that, and where
	Refreshes      bool       // gets refresh tokens
	Introspects    bool       // may ask about tokens
	Redirects      []string   // its registered redirect URIs
	CantAdd        string     // why the visitor may not add one, and who can
}

// Audience is an API that tokens may be for (RFC 8707).
type Audience struct{ Name, Audience string }

// The dialects of the flows, and the ways to send an app's credentials.
const (
	Nextome   = "nextome"
	Nxtsoft   = "nxtsoft"
	Netrex    = "netrex"
	AuthBody  = "body"
	AuthBasic = "basic"
)

// CallbackPath is the path of the page that authorization codes for the playground come to.
const CallbackPath = "/playground/callback"

// Render writes the page.
func (m Page) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named(m.flow().title+" · Playground", layout.NavPlayground, false)
	return page(m).Render(ctx, w)
}

func (m Page) flow() flow { return flows[m.Choice.Flow] }

// app is the one that the choice names, or the first that can do the flow, or the first.
func (m Page) app() App {
	is := func(a App) bool { return a.ClientID == m.Choice.App }
	if !slices.ContainsFunc(m.Apps, is) {
		is = func(a App) bool { return a.Cant == "" }
	}
	switch i := slices.IndexFunc(m.Apps, is); {
	case i >= 0:
		return m.Apps[i]
	case len(m.Apps) > 0:
		return m.Apps[0]
	}
	return App{}
}

// strange says whether the address names an app that isn't one of the visitor's.
func (m Page) strange() bool {
	return m.flow().withApp && m.Choice.App != "" && m.app().ClientID != m.Choice.App
}

// AppOptions are the choices among apps, for a field that selects one.
func AppOptions(apps []App) []ui.Option {
	var out []ui.Option
	for _, a := range apps {
		label := a.Name
		if a.Cant != "" {
			label += " (can't do this flow)"
		}
		out = append(out, ui.Option{Value: a.ClientID, Label: label})
	}
	return out
}

// usesApp says whether the request is one of the app's.
func (m Page) usesApp() bool {
	return m.flow().withApp && !(m.Choice.Flow == FlowRevoke && m.Choice.Dialect == Netrex)
}

// secretly says whether the request carries the client secret.
func (m Page) secretly() bool {
	return m.usesApp() && (!m.app().Public || m.Choice.Dialect == Nextome)
}

// choosesAuth says whether there are two ways to send the client secret.
func (m Page) choosesAuth() bool { return m.secretly() && m.Choice.Dialect != Nextome }

func (m Page) dialects() []ui.Choice {
	var out []ui.Choice
	for _, d := range m.flow().dialects {
		out = append(out, ui.Choice{Value: d, Title: d, Text: dialectTexts[m.Choice.Flow+" "+d], Checked: d == m.Choice.Dialect})
	}
	return out
}

func (m Page) auths() []ui.Choice {
	return []ui.Choice{
		{Value: AuthBody, Title: "In the form", Checked: m.Choice.Auth == AuthBody},
		{Value: AuthBasic, Title: "HTTP Basic", Checked: m.Choice.Auth == AuthBasic},
	}
}

// scopes are those of the app. nextome has no parameter for them.
func (m Page) scopes() ui.ScopePicker {
	p := ui.ScopePicker{Legend: "Ask only for these", Hint: "None ticked: the token carries them all."}
	switch {
	case m.Choice.Dialect == Nextome:
		p = ui.ScopePicker{Legend: "The token carries them all", Hint: "nextome has no way to ask for fewer."}
	case m.Choice.Flow == FlowRefresh:
		p.Hint = "None ticked: all scopes of the refresh token. Fewer scopes limit only this access token."
	}
	var list []ui.Scope
	for _, s := range m.app().Scopes {
		s.Checked = slices.Contains(m.Choice.Scopes, s.Name)
		if m.Choice.Dialect == Nextome {
			s.Checked, s.Off = true, true
		}
		list = append(list, s)
	}
	p.Groups = []ui.ScopeGroup{{Scopes: list}}
	return p
}

// scopeSummary says what the token will carry.
func (m Page) scopeSummary() string {
	if m.Choice.Dialect != Nextome && len(m.asked()) > 0 {
		return strings.Join(m.asked(), " ")
	}
	if m.Choice.Flow == FlowRefresh {
		return "the same as before"
	}
	if n := len(m.app().Scopes); n != 1 {
		return "all " + strconv.Itoa(n) + " scopes of the app"
	}
	return m.app().Scopes[0].Name
}

// asked are the scopes of the choice that the app has: those that the request asks for.
func (m Page) asked() (out []string) {
	for _, s := range m.app().Scopes {
		if m.flow().scoped && slices.Contains(m.Choice.Scopes, s.Name) {
			out = append(out, s.Name)
		}
	}
	return out
}

// callback is the playground's own redirect URI.
func (m Page) callback() string { return m.Issuer + CallbackPath }

// chosen is the index of the redirect URI that the code goes to: the one that the address names, or the
// playground's own. It is -1 when that is not registered.
func (m Page) chosen() int {
	list := m.app().Redirects
	if i := m.Choice.Redirect; i >= 0 && i < len(list) {
		return i
	}
	return slices.Index(list, m.callback())
}

func (m Page) redirectURI() string {
	if i := m.chosen(); i >= 0 {
		return m.app().Redirects[i]
	}
	return m.callback()
}

func (m Page) redirects() ui.Select {
	s := ui.Select{Name: "redirect", Label: "Redirect URI", Value: strconv.Itoa(m.chosen())}
	if m.chosen() < 0 {
		s.Options = []ui.Option{{Value: s.Value, Label: "Choose one of the app's"}}
	}
	for i, uri := range m.app().Redirects {
		s.Options = append(s.Options, ui.Option{Value: strconv.Itoa(i), Label: uri})
	}
	if m.redirectURI() != m.callback() {
		s.Hint = "The code goes to this address, not to this page: copy it from there into the field Code, within 60 seconds."
	}
	return s
}

// audience is the one that the request asks for, or empty: the portal itself.
func (m Page) audience() string {
	known := slices.ContainsFunc(m.Audiences, func(a Audience) bool { return a.Audience == m.Choice.Audience })
	if !known || !m.flow().scoped || m.Choice.Dialect == Nextome {
		return ""
	}
	return m.Choice.Audience
}

func (m Page) audiences() ui.Select {
	s := ui.Select{Name: "audience", Label: "Audience", Value: m.audience(), Options: []ui.Option{{Label: "This portal"}}}
	for _, a := range m.Audiences {
		s.Options = append(s.Options, ui.Option{Value: a.Audience, Label: a.Name})
	}
	return s
}

// secretInput is where a value is pasted that only this page's memory holds. It has no name, so that no form can carry
// the value into an address.
func secretInput(value, label, placeholder string) ui.SecretInput {
	id := "pasted"
	if value == "client_secret" {
		id = "secret"
	}
	return ui.SecretInput{ID: id, Label: label, Placeholder: placeholder, Hint: "Stays in this page: not in the address, not stored.",
		Attrs: templ.Attributes{"data-value": value}}
}

// values are what the page's memory holds, by the names of the parameters. Those without a field to paste into are in
// hidden ones, which have no name either.
var values = []string{"client_secret", "code", "state", "code_verifier", "code_challenge", "access_token", "refresh_token", "device_code", "token"}

func (m Page) hidden() []string {
	input, pasted := m.pasted()
	return slices.DeleteFunc(slices.Clone(values), func(name string) bool {
		return m.flow().withApp && name == "client_secret" || pasted && input.Attrs["data-value"] == name
	})
}

// callAttrs carry the page's requests.
func (m Page) callAttrs() templ.Attributes {
	out := templ.Attributes{}
	for _, c := range m.calls() {
		out["data-"+c.ID] = m.json(c)
	}
	return out
}
