package pages

import (
	"context"
	"io"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// AppCreated answers POST /apps for an app without a secret: its id, and what to do next.
type AppCreated struct {
	layout.Page
	AppName, ClientID string
	Issuer            string // without a slash at the end
	RedirectURIs      []string
}

// Render writes the page.
func (m AppCreated) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("App created", "", false)
	return appCreated(m).Render(ctx, w)
}

func (m AppCreated) facts() []ui.KVItem {
	out := []ui.KVItem{
		{Key: "Issuer", Value: m.Issuer, Copy: true},
		{Key: "Authorization endpoint", Value: m.Issuer + "/oauth2/auth", Copy: true},
		{Key: "Token endpoint", Value: m.Issuer + "/oauth2/token", Copy: true},
		{Key: "Device endpoint", Value: m.Issuer + "/oauth2/device_authorization", Copy: true},
	}
	for _, uri := range m.RedirectURIs {
		out = append(out, ui.KVItem{Key: "Redirect URI", Value: uri, Copy: true})
	}
	return out
}

// AppNew is GET /apps/new, and POST /apps when something was wrong: fields name, description, kind, redirect_uris (one
// a line), access (unlimited, once), scopes (repeated), secret_expires_at, query_parameters (of a web app), once.
type AppNew struct {
	layout.Page
	Name, Description string
	Kinds             []ui.Choice // values server, web, native
	RedirectURIs      string      // one a line
	Refresh           string      // unlimited (also ""), once
	Scopes            []ui.ScopeGroup
	QueryParameters   bool
	Expires           string // never (also ""), 30d, 90d, 180d, 365d
	Once              string
	Errors            ui.Errors
}

// Render writes the page.
func (m AppNew) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("New API app", layout.NavApps, len(m.Errors) > 0)
	return appNew(m).Render(ctx, w)
}

// accessChoices are how long an app acts for a person: unlimited (also ""), or once.
func accessChoices(value string, off bool) []ui.Choice {
	return []ui.Choice{
		{Value: "unlimited", Title: "Unlimited access", Text: "It renews its tokens with a refresh token until the person revokes its access.", Checked: value != "once", Off: off},
		{Value: "once", Title: "One-time access", Text: "One access token and no refresh token. Then the person is asked again.", Checked: value == "once", Off: off},
	}
}
