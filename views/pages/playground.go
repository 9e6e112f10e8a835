package pages

import (
	"context"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// Playground is GET /playground/client-credentials?app=&dialect=&auth=&scope=: a token for one of the visitor's apps by
// the real endpoints, and a first call with it. Choice is what the address asks for, as PlaygroundState reads it; what
// it can't mean is left out. Nothing secret is ever a part of it.
type Playground struct {
	layout.Page
	Issuer    string // "https://portal.example.com", without a slash at the end
	Apps      []PlaygroundApp
	Choice    PlaygroundChoice
	CanCreate bool   // apps
	WhoCan    string // who can add an app, where there is none and CanCreate is false
}

// PlaygroundApp is an app that the visitor may try.
type PlaygroundApp struct {
	ClientID, Name string
	Scopes         []ui.Scope // of the app: Name and Text
	CanSecret      bool       // the visitor may make a playground secret of it
	Reason         string     // why not, and who can
}

// PlaygroundChoice is the state that the address carries.
type PlaygroundChoice struct {
	App     string // client id; empty or unknown: the first app
	Dialect string // nextome or nxtsoft
	Auth    string // of nxtsoft: body or basic
	Scopes  []string
}

// The dialects of the client credentials flow, and the ways of nxtsoft to send the credentials.
const (
	Nextome   = "nextome"
	Nxtsoft   = "nxtsoft"
	AuthBody  = "body"
	AuthBasic = "basic"
)

// PlaygroundState reads the query of a playground's address. Scopes may be one value with spaces or commas, or several.
func PlaygroundState(q url.Values) PlaygroundChoice {
	c := PlaygroundChoice{App: q.Get("app"), Dialect: Nextome, Auth: AuthBody}
	if q.Get("dialect") == Nxtsoft {
		c.Dialect = Nxtsoft
	}
	if q.Get("auth") == AuthBasic {
		c.Auth = AuthBasic
	}
	apart := func(r rune) bool { return r == ' ' || r == ',' }
	for _, v := range q["scope"] {
		c.Scopes = append(c.Scopes, strings.FieldsFunc(v, apart)...)
	}
	return c
}

// Render writes the page.
func (m Playground) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Playground", layout.NavPlayground, false)
	return playground(m).Render(ctx, w)
}

// app is the one that the choice names, or the first.
func (m Playground) app() PlaygroundApp {
	for _, a := range m.Apps {
		if a.ClientID == m.Choice.App {
			return a
		}
	}
	return m.Apps[0]
}

// strange says whether the address names an app that is not among the visitor's.
func (m Playground) strange() bool {
	return m.Choice.App != "" && m.app().ClientID != m.Choice.App
}

func (m Playground) appOptions() []ui.Option {
	var out []ui.Option
	for _, a := range m.Apps {
		out = append(out, ui.Option{Value: a.ClientID, Label: a.Name})
	}
	return out
}

func (m Playground) dialects() []ui.Choice {
	return []ui.Choice{
		{Value: Nextome, Title: "nextome", Text: "JSON to /apps/auth", Checked: m.Choice.Dialect == Nextome},
		{Value: Nxtsoft, Title: "nxtsoft", Text: "A form to /oauth2/token, as RFC 6749 says", Checked: m.Choice.Dialect == Nxtsoft},
	}
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
	if m.Choice.Dialect == Nextome {
		p = ui.ScopePicker{Legend: "The token carries them all", Hint: "nextome has no way to ask for less."}
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
	if m.Choice.Dialect == Nxtsoft && m.asked() != "" {
		return m.asked()
	}
	if n := len(m.app().Scopes); n != 1 {
		return "all " + strconv.Itoa(n) + " of the app"
	}
	return m.app().Scopes[0].Name
}

// asked are the scopes of the choice that the app has: those that the request asks for.
func (m Playground) asked() string {
	var out []string
	for _, s := range m.app().Scopes {
		if slices.Contains(m.Choice.Scopes, s.Name) {
			out = append(out, s.Name)
		}
	}
	return strings.Join(out, " ")
}
