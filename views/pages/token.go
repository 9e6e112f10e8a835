package pages

import (
	"context"
	"io"
	"strings"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
	"gatepost/views/words"
)

// Tokens is GET /apps/{client_id}/tokens: the app's live tokens, newest first.
type Tokens struct {
	layout.Page
	App       AppHead
	Rows      []TokenRow
	Newer     string // addresses of the pages before and after this one; "" at the ends
	More      string
	CanRevoke bool
	Reason    string // why not, and who can
}

// TokenRow is a live token. It is never shown itself: JTI is its public id.
type TokenRow struct {
	JTI         string
	Who         string // the person it acts for; "" for the app itself
	Kind        string // "access token"
	Scopes      []string
	Issued      time.Time
	Expires     time.Time
	LastSeen    time.Time // by introspection or the portal's own API; zero: never
	SecretHint  string    // of the secret that it was issued with; "" without one
	Dialect     string    // "nxtsoft"
	Refreshable bool      // the app can get another with a refresh token
	CanRevoke   bool
}

// Render writes the page.
func (m Tokens) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named(m.App.Name+" tokens", layout.NavApps, false)
	return tokens(m).Render(ctx, w)
}

// with says what the token was got with: "secret …k3f9, nextome".
func (t TokenRow) with() string {
	var said []string
	if t.SecretHint != "" {
		said = append(said, "with secret …"+t.SecretHint)
	}
	if t.Dialect != "" {
		said = append(said, t.Dialect)
	}
	return strings.Join(said, ", ")
}

// told names the token for people who can't see its row.
func (t TokenRow) told(now time.Time) string {
	who := t.Who
	if who == "" {
		who = "the app itself"
	}
	return "of " + who + ", issued " + words.Relative(t.Issued, now)
}

// TokenRevoke is GET and POST /apps/{client_id}/tokens/{jti}/revoke.
type TokenRevoke struct {
	layout.Page
	App   AppHead
	Row   TokenRow
	Facts []string
}

// Render writes the page.
func (m TokenRevoke) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Revoke token of "+m.App.Name, layout.NavApps, false)
	return tokenRevoke(m).Render(ctx, w)
}

// TokensRevoke is GET and POST /apps/{client_id}/tokens/revoke-all: field confirm_name.
type TokensRevoke struct {
	layout.Page
	App    AppHead
	Count  int
	Facts  []string
	Errors ui.Errors
}

// Render writes the page.
func (m TokensRevoke) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Revoke all tokens of "+m.App.Name, layout.NavApps, len(m.Errors) > 0)
	return tokensRevoke(m).Render(ctx, w)
}
