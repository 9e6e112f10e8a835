package pages

import (
	"context"
	"io"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
	"gatepost/views/words"
)

// SecretReveal answers POST /apps, POST /apps/{client_id}/secrets and POST /apps/{client_id}/secrets/rotate: the only page
// that shows a secret, once.
type SecretReveal struct {
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
	Hand                      HandoverForm
}

// Render writes the page.
func (m SecretReveal) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Save the client secret", "", false)
	if m.Next == "" {
		m.Next = "/playground/client-credentials?app=" + m.ClientID
	}
	return secretReveal(m).Render(ctx, w)
}

func (m SecretReveal) title() string {
	if m.Added || m.Rotated {
		return "Save the new secret of " + m.AppName
	}
	return "Save the secret of " + m.AppName
}

// old says what becomes of the secret whose place this one takes.
func (m SecretReveal) old() string {
	if m.OldEnds.IsZero() {
		return "The old one, …" + m.OldHint + ", has expired: requests with it are refused."
	}
	return "The old one, …" + m.OldHint + ", works until it expires " + words.Relative(m.OldEnds, m.Now) + "."
}

// facts are what belongs to the secret and isn't secret.
func (m SecretReveal) facts() []ui.KVItem {
	var out []ui.KVItem
	if m.SecretLabel != "" {
		out = append(out, ui.KVItem{Key: "Label", Value: m.SecretLabel})
	}
	ends := ui.KVItem{Key: "Expires", Value: "when it is revoked"}
	if !m.Ends.IsZero() {
		ends.Body = ui.Time{At: m.Ends, Now: m.Now}
	}
	return append(out, ends,
		ui.KVItem{Key: "Endpoint, nextome", Value: m.Issuer + "/apps/auth", Copy: true},
		ui.KVItem{Key: "Endpoint, nxtsoft", Value: m.Issuer + "/oauth2/token", Copy: true})
}

func (m SecretReveal) ways() ui.CodeTabs {
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
