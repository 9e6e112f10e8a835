package pages

import (
	"encoding/json"
	"net/url"
	"strings"

	"gatepost/views/ui"
)

// secretSlot stands in a request where the script puts the client secret, encoded as the place asks for.
const secretSlot = "CLIENT_SECRET_HERE"

// tokenCall is the request for a token. Encode says how the slot is filled: as a part of JSON, of a form, or as the
// credentials of HTTP Basic. Scopes asks for some only.
type tokenCall struct {
	Path, Encode string
	Headers      []ui.Header
	Body         string
}

func (m Playground) call() tokenCall {
	id := m.app().ClientID
	if m.Choice.Dialect == Nextome {
		return tokenCall{
			Path: "/apps/auth", Encode: "json",
			Headers: []ui.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "Accept", Value: "application/json"}},
			Body:    "{\n  \"clientId\": \"" + id + "\",\n  \"clientSecret\": \"" + secretSlot + "\"\n}",
		}
	}
	c := tokenCall{
		Path: "/oauth2/token", Encode: "form",
		Headers: []ui.Header{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}, {Name: "Accept", Value: "application/json"}},
		Body:    "grant_type=client_credentials",
	}
	if m.Choice.Auth == AuthBasic {
		c.Encode = "basic"
		c.Headers = append(c.Headers, ui.Header{Name: "Authorization", Value: "Basic " + secretSlot})
	} else {
		c.Body += "&client_id=" + id + "&client_secret=" + secretSlot
	}
	if scope := m.asked(); scope != "" {
		c.Body += "&scope=" + url.QueryEscape(scope)
	}
	return c
}

// headerJSON is for the script: a list of pairs of name and value.
func (c tokenCall) headerJSON() string {
	pairs := [][2]string{}
	for _, h := range c.Headers {
		pairs = append(pairs, [2]string{h.Name, h.Value})
	}
	text, _ := json.Marshal(pairs) // strings always marshal
	return string(text)
}

// request is what stands there without script: the slot reads as a placeholder.
func (m Playground) request() ui.Pane {
	c := m.call()
	plain := strings.NewReplacer(secretSlot, "YOUR_CLIENT_SECRET")
	p := ui.Pane{ID: "request", Title: "Request", Line: "POST " + m.Issuer + c.Path, Body: plain.Replace(c.Body), After: playgroundSnippets(m)}
	for _, h := range c.Headers {
		p.Headers = append(p.Headers, ui.Header{Name: h.Name, Value: plain.Replace(h.Value)})
	}
	return p
}
