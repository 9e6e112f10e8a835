package pages

import (
	"context"
	"io"
	"strconv"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"

	"github.com/a-h/templ"
)

// SecretRow is a client secret as it is known after its reveal.
type SecretRow struct {
	ID, Prefix, Hint, Label string // "gps_" and "k3f9"
	State                   string // live, retiring (ends soon), pending (refused by a drill), expired, revoked
	MadeBy                  string
	MadeAt                  time.Time
	LastUsed                time.Time
	LastFrom, LastAgent     string    // "203.0.113.9", "curl/8.5"
	Uses24h                 int       // negative: not counted
	Ends                    time.Time // zero: no end
	RevokedBy               string
	RevokedAt               time.Time
	CanRevoke               bool
}

func (s SecretRow) name() string { return s.Prefix + "…" + s.Hint }

func (s SecretRow) made() string {
	if s.MadeBy == "" {
		return "made "
	}
	return "made by " + s.MadeBy + " "
}

func (s SecretRow) revoked() string {
	if s.RevokedBy == "" {
		return "revoked "
	}
	return "revoked by " + s.RevokedBy + " "
}

func (s SecretRow) over() bool { return s.State == "expired" || s.State == "revoked" }

func (s SecretRow) stateWord() string {
	switch s.State {
	case "live":
		return "Live"
	case "retiring":
		return "Ends soon"
	case "pending":
		return "In a drill"
	case "expired":
		return "Expired"
	case "revoked":
		return "Revoked"
	}
	return s.State
}

func (s SecretRow) uses() string {
	if s.Uses24h == 1 {
		return "1 use in 24 h"
	}
	return strconv.Itoa(s.Uses24h) + " uses in 24 h"
}

// SecretRevoke is GET and POST /apps/{client_id}/secrets/{id}/revoke. Facts say what breaks, from recorded use. With
// TypeName the app's name is asked for in the field confirm_name.
type SecretRevoke struct {
	layout.Page
	App      AppHead
	Secret   SecretRow
	Facts    []string
	TypeName bool
	// LiveTokens are those that the secret issued. With any, the page asks what becomes of them: field tokens, keep or
	// revoke.
	LiveTokens int
	Tokens     string // keep (also ""), revoke
	Errors     ui.Errors
}

// Render writes the page.
func (m SecretRevoke) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Revoke secret "+m.Secret.Hint, layout.NavApps, len(m.Errors) > 0)
	return secretRevoke(m).Render(ctx, w)
}

// tokensChoice asks what becomes of the tokens that the secret issued; nil when there is none.
func (m SecretRevoke) tokensChoice() templ.Component {
	if m.LiveTokens == 0 {
		return nil
	}
	return ui.Choices{Name: "tokens", Legend: "It issued " + ui.Count(m.LiveTokens, "token") + " that still " + ui.Verb(m.LiveTokens, "works", "work"), Error: m.Errors.For("tokens"), Row: true, Items: []ui.Choice{
		{Value: "keep", Title: "Keep the tokens", Text: "They work on until they end by themselves.", Checked: m.Tokens != "revoke"},
		{Value: "revoke", Title: "Revoke the tokens too", Text: "For a secret that leaked. " + revokedLate, Checked: m.Tokens == "revoke"},
	}}
}

// revokedLate says when a revoked token stops to work, and where it does not.
const revokedLate = "This portal and every service that introspects refuse them at once; a service that only checks the signature takes them until they end."

func (m SecretRevoke) confirmName() string {
	if m.TypeName {
		return m.App.Name
	}
	return ""
}

// Reveal answers POST /apps, POST /apps/{client_id}/secrets and POST /apps/{client_id}/secrets/rotate: the only page
// that shows a secret, once.
type Reveal struct {
	layout.Page
	AppName, ClientID, Secret string
	SecretLabel               string
	Added                     bool      // a further secret of an app; otherwise the app is new
	Ends                      time.Time // zero: no end
	Issuer                    string    // "https://portal.example.com", without a slash at the end
	Next                      string    // where "I have saved it" leads; the app's playground when empty
	Rotated                   bool      // it takes the place of another
	OldHint                   string    // of that one; empty: there was none
	OldEnds                   time.Time // zero: it has ended
	Hand                      HandOver
}

// Render writes the page.
func (m Reveal) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Save the client secret", "", false)
	if m.Next == "" {
		m.Next = "/playground/client-credentials?app=" + m.ClientID
	}
	return reveal(m).Render(ctx, w)
}

func (m Reveal) title() string {
	if m.Added || m.Rotated {
		return "Save the new secret of " + m.AppName
	}
	return "Save the secret of " + m.AppName
}

// old says what becomes of the secret whose place this one takes.
func (m Reveal) old() string {
	if m.OldEnds.IsZero() {
		return "The old one, …" + m.OldHint + ", has ended: requests with it are refused."
	}
	return "The old one, …" + m.OldHint + ", works until it ends " + ui.Relative(m.OldEnds, m.Now) + "."
}

// facts are what belongs to the secret and is no secret.
func (m Reveal) facts() []ui.KVItem {
	var out []ui.KVItem
	if m.SecretLabel != "" {
		out = append(out, ui.KVItem{Key: "Label", Value: m.SecretLabel})
	}
	ends := ui.KVItem{Key: "Ends", Value: "when it is revoked"}
	if !m.Ends.IsZero() {
		ends.Body = ui.Time{At: m.Ends, Now: m.Now}
	}
	return append(out, ends,
		ui.KVItem{Key: "Endpoint, nextome", Value: m.Issuer + "/apps/auth", Copy: true},
		ui.KVItem{Key: "Endpoint, nxtsoft", Value: m.Issuer + "/oauth2/token", Copy: true})
}

func (m Reveal) ways() ui.CodeTabs {
	json := "{\n  \"clientId\": \"" + m.ClientID + "\",\n  \"clientSecret\": \"" + m.Secret + "\"\n}"
	env := "ISSUER=" + m.Issuer + "\nCLIENT_ID=" + m.ClientID + "\nCLIENT_SECRET=" + m.Secret
	return ui.CodeTabs{ID: "keep", Label: "Ways to keep and to use it", Items: []ui.CodeTab{
		{ID: "json", Label: "JSON", Text: json, SecretText: m.Secret},
		{ID: "env", Label: ".env", Text: env, SecretText: m.Secret},
		{ID: "nextome", Label: "curl, nextome", Text: curlNextome},
		{ID: "nxtsoft", Label: "curl, nxtsoft", Text: curlNxtsoft},
	}}
}

// The two calls for a token, with the variables of the .env lines.
const (
	curlNextome = `curl -sS "$ISSUER/apps/auth" \
  -H 'Content-Type: application/json' \
  -d "{\"clientId\":\"$CLIENT_ID\",\"clientSecret\":\"$CLIENT_SECRET\"}"`
	curlNxtsoft = `curl -sS "$ISSUER/oauth2/token" \
  -u "$CLIENT_ID:$CLIENT_SECRET" \
  -d grant_type=client_credentials`
)
