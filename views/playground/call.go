package playground

import (
	"encoding/json"
	"net/url"
	"strings"

	"gatepost/views/ui"
)

// param is a parameter of a request: a value, or a slot that the page's script fills with a value of its memory, which
// has the name of an OAuth parameter.
type param struct{ Name, Value, Slot string }

// call is a request of a flow. Its text carries slots as «name encoding», where the encoding is json, form, basic
// (with the client id, as HTTP Basic asks) or raw.
type call struct {
	ID, Label    string // main, or the name of a next step and what its button says
	Method, Path string
	Type         string // application/json or the type of forms; empty: no body
	Params       []param
	Basic        bool   // the app's credentials go in the header
	Bearer       string // the slot of the token that is sent along
	Fine         string // the word about a good answer
}

const formType = "application/x-www-form-urlencoded"

// credentials adds what shows who the app is.
func (m Page) credentials(c call) call {
	id := param{Name: "client_id", Value: m.app().ClientID}
	switch {
	case m.app().Public:
		c.Params = append(c.Params, id)
	case m.Choice.Auth == AuthBasic:
		c.Basic = true
	default:
		c.Params = append(c.Params, id, param{Name: "client_secret", Slot: "client_secret"})
	}
	return c
}

// asking adds scopes and audience, where the choice names some.
func (m Page) asking(c call) call {
	if scopes := m.asked(); len(scopes) > 0 {
		between := " "
		if m.Choice.Dialect == Netrex {
			between = ","
		}
		c.Params = append(c.Params, param{Name: "scope", Value: strings.Join(scopes, between)})
	}
	if a := m.audience(); a != "" {
		c.Params = append(c.Params, param{Name: "resource", Value: a})
	}
	return c
}

func (m Page) tokenCall(id, label, grantType string, more ...param) call {
	c := call{ID: id, Label: label, Method: "POST", Path: "/oauth2/token", Type: formType, Fine: "token"}
	c.Params = append([]param{{Name: "grant_type", Value: grantType}}, more...)
	return m.credentials(c)
}

func meCall(id, slot string) call {
	return call{ID: id, Label: "Call GET /api/v1/me", Method: "GET", Path: "/api/v1/me", Bearer: slot, Fine: "me"}
}

func (m Page) revokeCall(id, slot string) call {
	c := call{ID: id, Label: "Revoke token", Method: "POST", Path: "/oauth2/revoke", Type: formType, Fine: "revoked"}
	c.Params = []param{{Name: "token", Slot: slot}}
	if m.Choice.Flow == FlowPersonal || m.Choice.Flow == FlowRevoke && m.Choice.Dialect == Netrex {
		c.Params[0].Name = "access_token"
		return c
	}
	return m.credentials(c)
}

func (m Page) introspectCall(id, slot string) call {
	c := call{ID: id, Label: "Introspect token", Method: "POST", Path: "/oauth2/introspect", Type: formType, Fine: "active="}
	c.Params = []param{{Name: "token", Slot: slot}}
	return m.credentials(c)
}

func (m Page) refreshCall(id string) call {
	return m.tokenCall(id, "Refresh token", "refresh_token", param{Name: "refresh_token", Slot: "refresh_token"})
}

// call is the flow's own request.
func (m Page) call() call {
	switch m.Choice.Flow {
	case FlowCode:
		return m.tokenCall("main", "", "authorization_code", param{Name: "code", Slot: "code"},
			param{Name: "redirect_uri", Value: m.redirectURI()}, param{Name: "code_verifier", Slot: "code_verifier"})
	case FlowRefresh:
		return m.asking(m.refreshCall("main"))
	case FlowRevoke:
		return m.revokeCall("main", "token")
	case FlowIntrospect:
		return m.introspectCall("main", "token")
	case FlowPersonal:
		return meCall("main", "token")
	case FlowDevice:
		c := call{ID: "main", Method: "POST", Path: "/oauth2/device_authorization", Type: formType, Fine: "device"}
		return m.asking(m.credentials(c))
	}
	if m.Choice.Dialect == Nextome {
		return call{ID: "main", Method: "POST", Path: "/apps/auth", Type: "application/json", Fine: "token",
			Params: []param{{Name: "clientId", Value: m.app().ClientID}, {Name: "clientSecret", Slot: "client_secret"}}}
	}
	return m.asking(m.tokenCall("main", "", "client_credentials"))
}

// steps are the requests that can follow the answer, by a click: each when the page holds what it needs.
func (m Page) steps() []call {
	switch m.Choice.Flow {
	case FlowRevoke, FlowIntrospect:
		return []call{meCall("me", "token")}
	case FlowPersonal:
		return []call{m.revokeCall("revoke", "token")}
	}
	out := []call{meCall("me", "access_token")}
	if m.app().Refreshes && m.Choice.Flow != FlowClient && m.Choice.Flow != FlowRefresh {
		out = append(out, m.refreshCall("refresh"))
	}
	if m.app().Introspects {
		out = append(out, m.introspectCall("introspect", "access_token"))
	}
	return append(out, m.revokeCall("revoke", "access_token"))
}

// calls are all requests of the page. The device's question is sent automatically, after the answer to the first; that for
// consent is the address of a link.
func (m Page) calls() []call {
	out := append([]call{m.call()}, m.steps()...)
	if m.Choice.Flow == FlowDevice {
		out = append(out, m.tokenCall("poll", "", "urn:ietf:params:oauth:grant-type:device_code", param{Name: "device_code", Slot: "device_code"}))
	}
	if m.Choice.Flow == FlowCode {
		out = append(out, call{ID: "consent", Path: m.authorize()})
	}
	return out
}

// authorize is the address of the consent page, with slots for what the script makes.
func (m Page) authorize() string {
	c := call{Params: []param{
		{Name: "response_type", Value: "code"}, {Name: "client_id", Value: m.app().ClientID}, {Name: "redirect_uri", Value: m.redirectURI()},
		{Name: "state", Slot: "state"}, {Name: "code_challenge", Slot: "code_challenge"}, {Name: "code_challenge_method", Value: "S256"},
	}}
	path := "/oauth2/auth"
	if m.Choice.Dialect == Netrex {
		path += "/"
	}
	return path + "?" + m.asking(c).form()
}

func (c call) form() string {
	var out []string
	for _, p := range c.Params {
		value := url.QueryEscape(p.Value)
		if p.Slot != "" {
			value = "«" + p.Slot + " form»"
		}
		out = append(out, p.Name+"="+value)
	}
	return strings.Join(out, "&")
}

// body is the request's, with its slots.
func (c call) body() string {
	switch c.Type {
	case "":
		return ""
	case formType:
		return c.form()
	}
	var out []string
	for _, p := range c.Params {
		value := p.Value
		if p.Slot != "" {
			value = "«" + p.Slot + " json»"
		}
		out = append(out, "  \""+p.Name+"\": \""+value+"\"")
	}
	return "{\n" + strings.Join(out, ",\n") + "\n}"
}

func (c call) headers() []ui.Header {
	var out []ui.Header
	if c.Type != "" {
		out = append(out, ui.Header{Name: "Content-Type", Value: c.Type})
	}
	out = append(out, ui.Header{Name: "Accept", Value: "application/json"})
	if c.Basic {
		out = append(out, ui.Header{Name: "Authorization", Value: "Basic «client_secret basic»"})
	}
	if c.Bearer != "" {
		out = append(out, ui.Header{Name: "Authorization", Value: "Bearer «" + c.Bearer + " raw»"})
	}
	return out
}

// json is the request as the page's script reads it.
func (m Page) json(c call) string {
	headers := [][2]string{}
	for _, h := range c.headers() {
		headers = append(headers, [2]string{h.Name, h.Value})
	}
	var out strings.Builder
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false) // the attribute around it is escaped
	_ = e.Encode(struct {  // strings always marshal
		Line    string      `json:"line"`
		Method  string      `json:"method"`
		Path    string      `json:"path"`
		Headers [][2]string `json:"headers"`
		Body    string      `json:"body,omitempty"`
		Needs   []string    `json:"needs"`
		Fine    string      `json:"fine"`
	}{strings.TrimSpace(c.Method + " " + m.Issuer + c.Path), c.Method, c.Path, headers, c.body(), c.slots(), c.Fine})
	return strings.TrimSpace(out.String())
}

// slots are the names of the values that the request takes from the page's memory.
func (c call) slots() []string {
	out := []string{}
	if c.Basic {
		out = append(out, "client_secret")
	}
	if c.Bearer != "" {
		out = append(out, c.Bearer)
	}
	for _, p := range c.Params {
		if p.Slot != "" {
			out = append(out, p.Slot)
		}
	}
	return out
}

// plain is a text with the names of what belongs into its slots.
func plain(text string) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "«")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		slot, after, _ := strings.Cut(rest, "»")
		name, _, _ := strings.Cut(slot, " ")
		out.WriteString("YOUR_" + strings.ToUpper(name))
		text = after
	}
}

// request is what the page shows without script: a slot reads as a placeholder.
func (m Page) request() ui.Pane {
	c := m.call()
	p := ui.Pane{ID: "request", Title: "Request", Line: c.Method + " " + m.Issuer + c.Path, Body: plain(c.body()), After: snippetSection(m)}
	for _, h := range c.headers() {
		p.Headers = append(p.Headers, ui.Header{Name: h.Name, Value: plain(h.Value)})
	}
	if m.Choice.Flow == FlowCode {
		p.BeforeBox = authorizeRequest(m)
	}
	return p
}
