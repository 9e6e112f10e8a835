package playground

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"gatepost/views/ui"
)

// Choice is the state that the address carries.
type Choice struct {
	Flow     string // one of the Flow constants
	App      string // client id; empty or unknown: the first app that can do the flow
	Dialect  string // one of the flow's
	Auth     string // body or basic
	Scopes   []string
	Redirect int    // index of a registered redirect URI; -1: the playground's own
	Audience string // of one of the Audiences; empty: the portal
}

// ReadChoice reads the query of the address of a flow. Scopes may be one value with spaces or commas, or several.
func ReadChoice(flow string, q url.Values) Choice {
	c := Choice{Flow: flow, App: q.Get("app"), Dialect: q.Get("dialect"), Auth: AuthBody, Redirect: -1, Audience: q.Get("audience")}
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

// address is the page's own, with what it means and nothing else.
func (m Page) address() string { return m.addressOf(m.Choice.Flow) }

// addressOf is the address of a flow with the same app.
func (m Page) addressOf(flow string) string {
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
func (m Page) nav() ui.TabLinks {
	t := ui.TabLinks{Label: "Flows"}
	for _, name := range flowNames {
		t.Items = append(t.Items, ui.TabLink{Label: flows[name].title, Href: m.addressOf(name), Current: name == m.Choice.Flow})
	}
	return t
}
