package pages

import (
	"context"
	"io"
	"strings"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// PersonalTokens is GET /account/tokens, and POST to it when something was wrong: fields name, scopes (repeated),
// expires (7d, 30d, 90d, date, never), expires_on (2006-01-02), once.
type PersonalTokens struct {
	layout.Page
	Rows            []PersonalTokenRow // live ones first
	CanCreate       bool
	WhoCan          string // as in Apps
	Name            string
	Expires         string // 30d when empty
	ExpiresOn       string
	Once            string
	Scopes          []ui.ScopeGroup
	NoExpiryAllowed bool // the owner allows tokens without an end
	Errors          ui.Errors
}

// PersonalTokenRow is a personal token in a list, after its reveal.
type PersonalTokenRow struct {
	ID, Name, Hint      string
	State               string // live, retiring (ends soon), expired, revoked
	Scopes              []string
	Made                time.Time
	Ends                time.Time // zero: no end
	LastUsed            time.Time
	LastFrom, LastAgent string // "203.0.113.9", "curl/8.5"
	RevokedAt           time.Time
}

// Render writes the page.
func (m PersonalTokens) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("API tokens", layout.NavApps, len(m.Errors) > 0)
	if m.Expires == "" {
		m.Expires = "30d"
	}
	return personalTokens(m).Render(ctx, w)
}

func (m PersonalTokens) ends() []ui.Option {
	out := []ui.Option{
		{Value: "7d", Label: "7 days"},
		{Value: "30d", Label: "30 days"},
		{Value: "90d", Label: "90 days"},
		{Value: "date", Label: "On a date"},
	}
	if m.NoExpiryAllowed {
		out = append(out, ui.Option{Value: "never", Label: "No expiry: until it is revoked"})
	}
	return out
}

// secret is the row in the shape of a client secret, whose words it shares.
func (t PersonalTokenRow) secret() SecretRow {
	return SecretRow{
		ID: t.ID, Prefix: "gpp_", Hint: t.Hint, Label: t.Name, State: t.State, MadeAt: t.Made, Ends: t.Ends,
		LastUsed: t.LastUsed, LastFrom: t.LastFrom, LastAgent: t.LastAgent, Uses24h: -1, RevokedAt: t.RevokedAt,
	}
}

// PersonalTokenReveal answers POST /account/tokens: the only page that shows a personal token, once.
type PersonalTokenReveal struct {
	layout.Page
	Name, Token string
	Ends        time.Time // zero: no end
	Issuer      string    // without a slash at the end
	Scopes      []string
}

// Render writes the page.
func (m PersonalTokenReveal) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Save the API token", "", false)
	return personalTokenReveal(m).Render(ctx, w)
}

// facts are what belongs to the token and isn't secret.
func (m PersonalTokenReveal) facts() []ui.KVItem {
	ends := ui.KVItem{Key: "Expires", Value: "when it is revoked"}
	if !m.Ends.IsZero() {
		ends.Body = ui.Time{At: m.Ends, Now: m.Now}
	}
	return []ui.KVItem{{Key: "Name", Value: m.Name}, ends, {Key: "Scopes", Value: strings.Join(m.Scopes, " "), Mono: true}, {Key: "API", Value: m.Issuer + "/api/v1", Copy: true}}
}

func (m PersonalTokenReveal) ways() ui.CodeTabs {
	return ui.CodeTabs{ID: "keep", Label: "Ways to keep and to use it", Items: []ui.CodeTab{
		{ID: "env", Label: ".env", Text: "ISSUER=" + m.Issuer + "\nAPI_TOKEN=" + m.Token, SecretText: m.Token},
		{ID: "curl", Label: "curl", Text: curlPersonal},
	}}
}

// A first call, with the variables of the .env lines.
const curlPersonal = `curl -sS "$ISSUER/api/v1/me" \
  -H "Authorization: Bearer $API_TOKEN"`

// PersonalTokenRevoke is GET and POST /account/tokens/{id}/revoke.
type PersonalTokenRevoke struct {
	layout.Page
	Row   PersonalTokenRow
	Facts []string
}

// Render writes the page.
func (m PersonalTokenRevoke) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Revoke token "+m.Row.Name, layout.NavApps, false)
	return personalTokenRevoke(m).Render(ctx, w)
}
