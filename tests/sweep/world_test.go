package sweep

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"gatepost/handlers"
	"gatepost/handlers/hub"
	"gatepost/tests/testapp"
)

// template is the guid of the world's device template.
const template = "0198f3a2-7c1e-7b41-9d0a-5e2f6a1c3b47"

// addRows puts something behind the placeholders for which a page would need a browser, a
// mail server or a teammate.
func (w *world) addRows(t *testing.T) {
	t.Helper()
	now := time.Now().Unix()
	clientID := w.credentials.ClientID
	owner := testapp.One[string](t, w.App, "SELECT id FROM people WHERE email = $1", w.owner.Email)
	team := testapp.One[string](t, w.App, "SELECT team_id FROM apps WHERE client_id = $1", clientID)
	secretID := w.values["/apps/{client_id}/secrets/{id}/revoke"]
	w.Run(t, "", "user", "add", "--email", "mate@example.com", "--name", "Mate Bruni", "--team", team, "--role", "developer")
	mate := testapp.One[string](t, w.App, "SELECT id FROM people WHERE email = 'mate@example.com'")
	w.Exec(t, `INSERT INTO drills (id, client_id, secret_id, started_by_name, started_at, ends_at) VALUES ('drill1', $1, $2, 'Mario', $3, $4)`, clientID, secretID, now-600, now-300)
	w.Exec(t, `INSERT INTO handovers (id, client_id, secret_id, from_id, from_name, to_id, ciphertext, created_at, expires_at) VALUES ('handover1', $1, $2, $3, 'Mario', $4, 'AAAA', $5, $6)`,
		clientID, secretID, owner, owner, now, now+3600)
	w.Exec(t, `INSERT INTO passkeys (id, person_id, name, credential, created_at) VALUES ('cGFzc2tleQ', $1, 'Key', '{}', $2)`, owner, now)
	w.Exec(t, `INSERT INTO outbox (id, recipient, kind, body, created_at, next_at, ends_at) VALUES ('mail1', 'mario@example.com', 'test', $1, $2, $3, $4)`, []byte{0}, now, now+3600, now+7200)
	w.addEmailChange(t, owner, now)
	w.RequestToken(t, testapp.Credentials{ClientID: clientID, ClientSecret: "gps_wrong"})
	w.Exec(t, `INSERT INTO device_templates (guid, team_id, code, code_key, name, document, search, created_at, updated_at) VALUES ($1, $2, 'pump2', 'pump2', 'Pump 2', $3, 'pump 2', $4, $4)`,
		template, team, []byte(`{"code": "pump2", "name": "Pump 2"}`), now)
	api := w.addAPI(t, "Pumps") // of its own for programs: a sweep removes the one of the pages
	for pattern, value := range map[string]string{
		"/apps/{client_id}/secrets/{id}/retire": secretID, "/apps/{client_id}/secrets/{id}/handover": secretID, "/apps/{client_id}/secrets/{id}/drill": secretID,
		"/apps/{client_id}/secrets/{id}/drill/end": secretID, "/apps/{client_id}/drills/{id}": "drill1",
		"/handovers/{id}": "handover1", "/handovers/{id}/cancel": "handover1", "/handovers/{id}/open": "handover1",
		"/account/security/passkeys/{id}/rename": "cGFzc2tleQ", "/account/security/passkeys/{id}/remove": "cGFzc2tleQ",
		"/owner/mail/{id}/retry": "mail1", "/api/v1/mails/{id}": "mail1", "/api/v1/mails/{id}/retry": "mail1", "/api/v1/device-imports/{id}": w.values["/team/device-imports/{id}"],
		"/owner/people/{id}": mate, "/owner/people/{id}/disable": mate, "/owner/people/{id}/enable": mate, "/owner/people/{id}/owner": mate,
		"/owner/people/{id}/reset-second-factor": mate, "/team/members/{id}/role": mate, "/team/members/{id}/remove": mate,
		"{person}": mate, "{person_id}": mate, "{team}": team, "{version}": "1", "/api/v1/people/{id}": mate,
		"{key}": "acme", "{env}": "poc", "{email}": "mate@example.com", "{code}": "pump2", "{entity}": hub.EntityGUID(team, ""),
		"{template}": template, "/api/v1/teams/{id}/device-templates": team, "/api/v1/teams/{id}/device-templates/{template}": team,
		"/api/v1/teams/{id}/rules": team, "/api/v1/teams/{id}/violations": team, "/api/v1/apps/{client_id}/drills/{id}": "drill1", "/api/v1/apps/{client_id}/drills/{id}/end": "drill1",
		"/api/v1/personal-tokens/{id}": w.values["/account/tokens/{id}/revoke"], "/api/v1/authorizations/{id}": w.values["/account/authorizations/{id}/revoke"],
		"/api/v1/sessions/{id}":    w.values["/account/sessions/{id}/end"],
		"/owner/apis/{id}/restore": w.values["/owner/apis/{id}"], "/api/v1/apis/{id}": api,
		"/api/v1/apis/{id}/documents": api, "/api/v1/apis/{id}/documents/fetch": api,
		"/api/v1/apis/{id}/documents/{version}": api, "/api/v1/apis/{id}/documents/{version}/restore": api,
	} {
		if w.values[pattern] == "" {
			w.values[pattern] = value
		}
	}
	_, calendar, _ := strings.Cut(w.owner.Post(t, "/account/calendars/"+team, nil).Body, w.URL+"/calendar/")
	calendar, _, ok := strings.Cut(calendar, "<")
	if !ok {
		t.Fatal("POST /account/calendars shows no address")
	}
	w.values["/calendar/{token}"], w.secrets["a calendar's address"] = calendar, calendar
	if w.values["{error_id}"] == "" {
		w.values["{error_id}"] = w.failure(t)
	}
	w.addTokens(t, team)
}

// addEmailChange puts a change of the owner's address behind the link of a mail.
func (w *world) addEmailChange(t *testing.T, owner string, now int64) {
	t.Helper()
	token := w.Secret("gpe_" + strings.Repeat("e", 40))
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	w.Exec(t, `INSERT INTO email_changes (id, person_id, old_email, new_email, old_hash, new_hash, created_at, expires_at) VALUES ('change1', $1, $2, 'new@example.com', $3, $4, $5, $6)`,
		owner, w.owner.Email, hash(token), hash("other"), now, now+3600)
	w.values["/email/{token}"], w.secrets["the link of an email change"] = token, token
}

// everyScope are all that a personal token or an app of the world can have.
var everyScope = []string{"read", "write", "apps:read", "apps:write", "team:read", "team:write", "account:read", "account:write", "portal:read", "portal:write", "transactions/mock"}

// addTokens makes the tokens for addresses that the app's own is not for, or would call too
// often in one sweep. The personal one has been used of late, so that its use is not written down
// in the midst of it.
func (w *world) addTokens(t *testing.T, team string) {
	t.Helper()
	w.ownerToken, w.vendorToken = w.owner.AddToken(t, "all", everyScope...), w.Token(t, w.AddApp(t, team, "Dialect", "read", "write"))
	w.token = w.Token(t, w.credentials) // the one so far is what {jti} names: a sweep revokes it
	w.secrets["an access token"] = w.token
	w.secrets["a personal token"], w.secrets["another access token"] = w.ownerToken, w.vendorToken
	w.Exec(t, "UPDATE personal_tokens SET last_used_at = $1", time.Now().Add(time.Hour).Unix())
}

// onlyPeople are the addresses, with what is below them, that take a token which stands for a
// person, or for an owner of the portal.
var onlyPeople = []string{"/api/v1/personal-tokens", "/api/v1/authorizations", "/api/v1/sessions", "/api/v1/portal", "/api/v1/signing-keys", "/api/v1/apis", "/api/v1/people", "/api/v1/account", "/api/v1/mails"}

// bearer is the token that a route takes.
func (w *world) bearer(r route) string {
	if r.group == handlers.Iotconnect {
		return w.vendorToken
	}
	for _, folder := range onlyPeople {
		if r.pattern == folder || strings.HasPrefix(r.pattern, folder+"/") {
			return w.ownerToken
		}
	}
	return w.token
}

// failure gives the id of a refused request of the world's app, when it has been written.
func (w *world) failure(t *testing.T) (id string) {
	t.Helper()
	d := w.OpenDB(t)
	defer d.Close()
	testapp.Until(t, 10*time.Second, "the refused request is written", func() bool {
		return d.QueryRow("SELECT id FROM auth_failures WHERE client_id = $1", w.credentials.ClientID).Scan(&id) == nil
	})
	return id
}
