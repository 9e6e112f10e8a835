package pages

import (
	"context"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// Playground is GET /playground/{flow}?app=&dialect=&auth=&scope=&redirect=&audience=: real requests to this portal,
// with an app of the visitor's. Choice is what the address asks for, as PlaygroundState reads it; what it can't mean is
// left out. Nothing secret is ever a part of it.
type Playground struct {
	layout.Page
	Issuer    string // "https://portal.example.com", without a slash at the end
	Apps      []PlaygroundApp
	Choice    PlaygroundChoice
	Audiences []PlaygroundAudience // that a token may be for, besides the portal
	CanCreate bool                 // apps
	WhoCan    string               // who can add an app, where there is none and CanCreate is false
}

// PlaygroundApp is an app that the visitor may try.
type PlaygroundApp struct {
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

// PlaygroundAudience is an API that tokens may be for (RFC 8707).
type PlaygroundAudience struct{ Name, Audience string }

// PlaygroundChoice is the state that the address carries.
type PlaygroundChoice struct {
	Flow     string // one of the Flow constants
	App      string // client id; empty or unknown: the first app that can do the flow
	Dialect  string // one of the flow's
	Auth     string // body or basic
	Scopes   []string
	Redirect int    // index of a registered redirect URI; -1: the playground's own
	Audience string // of one of the Audiences; empty: the portal
}

// The dialects of the flows, and the ways to send an app's credentials.
const (
	Nextome   = "nextome"
	Nxtsoft   = "nxtsoft"
	Netrex    = "netrex"
	AuthBody  = "body"
	AuthBasic = "basic"
)

// PlaygroundCallback is the path of the page that authorization codes for the playground come to.
const PlaygroundCallback = "/playground/callback"

// PlaygroundState reads the query of the address of a flow. Scopes may be one value with spaces or commas, or several.
func PlaygroundState(flow string, q url.Values) PlaygroundChoice {
	c := PlaygroundChoice{Flow: flow, App: q.Get("app"), Dialect: q.Get("dialect"), Auth: AuthBody, Redirect: -1, Audience: q.Get("audience")}
	if dialects := flows[flow].dialects; !slices.Contains(dialects, c.Dialect) {
		c.Dialect = dialects[0]
	}
	if q.Get("auth") == AuthBasic {
		c.Auth = AuthBasic
	}
	if i, err := strconv.Atoi(q.Get("redirect")); err == nil && i >= 0 {
		c.Redirect = i
	}
	apart := func(r rune) bool { return r == ' ' || r == ',' }
	for _, v := range q["scope"] {
		c.Scopes = append(c.Scopes, strings.FieldsFunc(v, apart)...)
	}
	return c
}

// Render writes the page.
func (m Playground) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named(m.flow().title+" · Playground", layout.NavPlayground, false)
	return playground(m).Render(ctx, w)
}

func (m Playground) flow() flow { return flows[m.Choice.Flow] }

// app is the one that the choice names, or the first that can do the flow, or the first.
func (m Playground) app() PlaygroundApp {
	is := func(a PlaygroundApp) bool { return a.ClientID == m.Choice.App }
	if !slices.ContainsFunc(m.Apps, is) {
		is = func(a PlaygroundApp) bool { return a.Cant == "" }
	}
	switch i := slices.IndexFunc(m.Apps, is); {
	case i >= 0:
		return m.Apps[i]
	case len(m.Apps) > 0:
		return m.Apps[0]
	}
	return PlaygroundApp{}
}

// strange says whether the address names an app that is not among the visitor's.
func (m Playground) strange() bool {
	return m.flow().withApp && m.Choice.App != "" && m.app().ClientID != m.Choice.App
}

func (m Playground) appOptions() []ui.Option {
	var out []ui.Option
	for _, a := range m.Apps {
		label := a.Name
		if a.Cant != "" {
			label += " (can't do this flow)"
		}
		out = append(out, ui.Option{Value: a.ClientID, Label: label})
	}
	return out
}

// usesApp says whether the request is one of the app's.
func (m Playground) usesApp() bool {
	return m.flow().withApp && !(m.Choice.Flow == FlowRevoke && m.Choice.Dialect == Netrex)
}

// secretly says whether the request carries the client secret.
func (m Playground) secretly() bool {
	return m.usesApp() && (!m.app().Public || m.Choice.Dialect == Nextome)
}

// choosesAuth says whether there are two ways to send the client secret.
func (m Playground) choosesAuth() bool { return m.secretly() && m.Choice.Dialect != Nextome }

func (m Playground) dialects() []ui.Choice {
	var out []ui.Choice
	for _, d := range m.flow().dialects {
		out = append(out, ui.Choice{Value: d, Title: d, Text: dialectTexts[m.Choice.Flow+" "+d], Checked: d == m.Choice.Dialect})
	}
	return out
}

func (m Playground) auths() []ui.Choice {
	return []ui.Choice{
		{Value: AuthBody, Title: "In the form", Checked: m.Choice.Auth == AuthBody},
		{Value: AuthBasic, Title: "HTTP Basic", Checked: m.Choice.Auth == AuthBasic},
	}
}

// scopes are those of the app. nextome has no parameter for them.
func (m Playground) scopes() ui.ScopePicker {
	p := ui.ScopePicker{Legend: "Ask for these only", Hint: "None ticked: the token carries them all."}
	switch {
	case m.Choice.Dialect == Nextome:
		p = ui.ScopePicker{Legend: "The token carries them all", Hint: "nextome has no way to ask for less."}
	case m.Choice.Flow == FlowRefresh:
		p.Hint = "None ticked: as many as the refresh token stands for. Fewer narrow this access token alone."
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
func (m Playground) scopeSummary() string {
	if m.Choice.Dialect != Nextome && len(m.asked()) > 0 {
		return strings.Join(m.asked(), " ")
	}
	if m.Choice.Flow == FlowRefresh {
		return "as many as before"
	}
	if n := len(m.app().Scopes); n != 1 {
		return "all " + strconv.Itoa(n) + " of the app"
	}
	return m.app().Scopes[0].Name
}

// asked are the scopes of the choice that the app has: those that the request asks for.
func (m Playground) asked() (out []string) {
	for _, s := range m.app().Scopes {
		if m.flow().scoped && slices.Contains(m.Choice.Scopes, s.Name) {
			out = append(out, s.Name)
		}
	}
	return out
}

// callback is the playground's own redirect URI.
func (m Playground) callback() string { return m.Issuer + PlaygroundCallback }

// chosen is the index of the redirect URI that the code shall go to: the one that the address names, or the
// playground's own. It is -1 when that is not registered.
func (m Playground) chosen() int {
	list := m.app().Redirects
	if i := m.Choice.Redirect; i >= 0 && i < len(list) {
		return i
	}
	return slices.Index(list, m.callback())
}

func (m Playground) redirectURI() string {
	if i := m.chosen(); i >= 0 {
		return m.app().Redirects[i]
	}
	return m.callback()
}

func (m Playground) redirects() ui.Select {
	s := ui.Select{Name: "redirect", Label: "Redirect URI", Value: strconv.Itoa(m.chosen())}
	if m.chosen() < 0 {
		s.Options = []ui.Option{{Value: s.Value, Label: "Choose one of the app's"}}
	}
	for i, uri := range m.app().Redirects {
		s.Options = append(s.Options, ui.Option{Value: strconv.Itoa(i), Label: uri})
	}
	if m.redirectURI() != m.callback() {
		s.Hint = "The code comes to this address and not to this page: copy it from there into the field Code, within 60 seconds."
	}
	return s
}

// audience is the one that the request asks for, or empty: the portal itself.
func (m Playground) audience() string {
	known := slices.ContainsFunc(m.Audiences, func(a PlaygroundAudience) bool { return a.Audience == m.Choice.Audience })
	if !known || !m.flow().scoped || m.Choice.Dialect == Nextome {
		return ""
	}
	return m.Choice.Audience
}

func (m Playground) audiences() ui.Select {
	s := ui.Select{Name: "audience", Label: "Audience", Value: m.audience(), Options: []ui.Option{{Label: "This portal"}}}
	for _, a := range m.Audiences {
		s.Options = append(s.Options, ui.Option{Value: a.Audience, Label: a.Name})
	}
	return s
}

// address is the page's own, with what it means and nothing else.
func (m Playground) address() string { return m.addressOf(m.Choice.Flow) }

// addressOf is the address of a flow with the same app.
func (m Playground) addressOf(flow string) string {
	q := url.Values{}
	if id := m.app().ClientID; id != "" {
		q.Set("app", id)
	}
	if flow == m.Choice.Flow {
		if len(m.flow().dialects) > 1 {
			q.Set("dialect", m.Choice.Dialect)
		}
		if m.choosesAuth() {
			q.Set("auth", m.Choice.Auth)
		}
		if scopes := m.asked(); len(scopes) > 0 && m.Choice.Dialect != Nextome {
			q.Set("scope", strings.Join(scopes, " "))
		}
		if i := m.chosen(); flow == FlowCode && i >= 0 && m.redirectURI() != m.callback() {
			q.Set("redirect", strconv.Itoa(i))
		}
		if a := m.audience(); a != "" {
			q.Set("audience", a)
		}
	}
	if !flows[flow].withApp {
		q.Del("app")
	}
	if len(q) == 0 {
		return "/playground/" + flow
	}
	return "/playground/" + flow + "?" + q.Encode()
}

// nav leads to the other flows, with the same app.
func (m Playground) nav() ui.TabLinks {
	t := ui.TabLinks{Label: "Flows"}
	for _, name := range flowNames {
		t.Items = append(t.Items, ui.TabLink{Label: flows[name].title, Href: m.addressOf(name), Current: name == m.Choice.Flow})
	}
	return t
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

// values are what the page's memory holds, by the names of the parameters. Those without a field to paste into stand in
// hidden ones, which have no name either.
var values = []string{"client_secret", "code", "state", "code_verifier", "code_challenge", "access_token", "refresh_token", "device_code", "token"}

func (m Playground) hidden() []string {
	input, pasted := m.pasted()
	return slices.DeleteFunc(slices.Clone(values), func(name string) bool {
		return m.flow().withApp && name == "client_secret" || pasted && input.Attrs["data-value"] == name
	})
}

// callAttrs carry the page's requests.
func (m Playground) callAttrs() templ.Attributes {
	out := templ.Attributes{}
	for _, c := range m.calls() {
		out["data-"+c.ID] = m.json(c)
	}
	return out
}
