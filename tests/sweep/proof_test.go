package sweep

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"gatepost/handlers"
	"gatepost/tests/testapp"
)

// sent is what a request of the sweep carries: a form, or JSON.
type sent struct {
	form url.Values
	json string
}

// demanding lists each address where a session that was left open, or stolen, must prove itself first,
// with a request that would otherwise do what it asks.
func (w *world) demanding(t *testing.T) map[string]sent {
	t.Helper()
	none, named := sent{}, sent{form: url.Values{"confirm_name": {"Warehouse"}}}
	team := w.values["{team}"]
	app := url.Values{
		"name": {"Warehouse"}, "token_lifetime": {"3600"}, "auth_method": {"client_secret"}, "access": {"once"},
		"scopes": {"read", "write", "transactions/mock", "apps:read", "apps:write", "team:read", "team:write", "account:read", "account:write", "portal:read", "portal:write"},
	}
	app.Set("query_parameters", "on")
	return map[string]sent{
		"POST /account/calendars/{team}":                {},
		"POST /account/security/passkeys/begin":         none,
		"POST /account/security/passkeys/{id}/remove":   none,
		"POST /account/security/recovery":               none,
		"POST /account/security/totp":                   none,
		"POST /account/security/totp/remove":            none,
		"POST /account/tokens":                          {form: url.Values{"name": {"x"}, "scopes": {"read"}, "expires": {"7d"}}},
		"POST /apps":                                    {form: url.Values{"name": {"New"}, "kind": {"server"}, "scopes": {"read"}, "secret_expires_at": {"90d"}, "once": {"sweep"}}},
		"POST /apps/{client_id}":                        {form: app},
		"POST /apps/{client_id}/delete":                 named,
		"POST /apps/{client_id}/playground-secret":      {json: `{}`},
		"POST /apps/{client_id}/redirect-uris":          {form: url.Values{"redirect_uri": {"https://evil.example/callback"}}},
		"POST /apps/{client_id}/secrets":                {form: url.Values{"label": {"x"}, "expires_at": {"90d"}, "once": {"sweep"}}},
		"POST /apps/{client_id}/secrets/rotate":         {form: url.Values{"keep_old": {"24h"}, "once": {"sweep"}}},
		"POST /apps/{client_id}/secrets/{id}/drill":     {form: url.Values{"minutes": {"1"}}},
		"POST /apps/{client_id}/secrets/{id}/handover":  {json: `{"to": "` + w.values["{person}"] + `", "ciphertext": "` + strings.Repeat("ab", 60) + `"}`},
		"POST /apps/{client_id}/secrets/{id}/retire":    {form: url.Values{"expires_at": {"7d"}}},
		"POST /apps/{client_id}/secrets/{id}/revoke":    named,
		"POST /apps/{client_id}/tokens/revoke-all":      named,
		"POST /apps/{client_id}/transfer":               {form: url.Values{"team": {w.values["abroad"]}, "confirm_name": {"Warehouse"}}},
		"POST /apps/{client_id}/try-token":              {json: `{}`},
		"POST /handovers/{id}/open":                     {json: `{}`},
		"POST /owner/apis":                              {form: url.Values{"name": {"Gauges"}, "audience": {"https://gauges.example"}}},
		"POST /owner/apis/{id}":                         {form: url.Values{"name": {"Meters"}, "audience": {"https://meters.example/"}, "slug": {"meters"}}},
		"POST /owner/apis/{id}/calls":                   {form: url.Values{"version": {"1"}, "servers": {"https://127.0.0.1"}}},
		"POST /owner/apis/{id}/document":                {},
		"POST /owner/apis/{id}/fetch":                   {form: url.Values{"url": {"https://meters.example/openapi.json"}}},
		"POST /owner/apis/{id}/remove":                  {form: url.Values{"confirm_name": {"Meters"}}},
		"POST /owner/apis/{id}/restore":                 {form: url.Values{"version": {"1"}}},
		"POST /owner/apis/{id}/scopes":                  {form: url.Values{"scopes": {"meters:read"}}},
		"POST /owner/keys/rotate":                       none,
		"POST /owner/mail/test":                         none,
		"POST /owner/mail/{id}/retry":                   none,
		"POST /owner/people/{id}/disable":               none,
		"POST /owner/people/{id}/enable":                none,
		"POST /owner/people/{id}/owner":                 {form: url.Values{"owner": {"yes"}}},
		"POST /owner/people/{id}/reset-second-factor":   none,
		"POST /owner/settings":                          {form: url.Values{"no_expiry": {"on"}}},
		"POST /owner/settings/audit":                    {form: url.Values{"audit_keep_devices": {"30"}}},
		"POST /owner/settings/second-factor":            {form: url.Values{"required": {"on"}}},
		"POST /owner/teams":                             {form: url.Values{"name": {"Third"}}},
		"POST /team/device-templates/{template}/remove": {form: url.Values{"confirm_name": {"Pump 2"}}},
		"POST /team/devices/{guid}":                     {form: url.Values{"display_name": {"Door"}, "viewers": {w.values["viewer"]}}},
		"POST /team/devices/{guid}/remove":              none,
		"POST /team/devices/selected":                   {form: url.Values{"do": {"grant"}, "which": {"all"}, "confirm": {"yes"}, "viewers": {w.values["viewer"]}}},
		"POST /team/exposure/{person}/rotate":           {form: url.Values{"secrets": {w.values["/apps/{client_id}/secrets/{id}/revoke"]}, "keep_old": {"24h"}}},
		"POST /team/invitations":                        {form: url.Values{"email": {"evil@example.com"}, "role": {"admin"}}},
		"POST /team/invitations/{id}/resend":            none,
		"POST /team/members/{id}/remove":                {form: url.Values{"confirm_name": {"Mate Bruni"}}},
		"POST /team/members/{id}/role":                  {form: url.Values{"role": {"admin"}}},
		"POST /team/rules":                              {form: url.Values{"max_secret_days": {"365"}}},
		"POST /team/settings/second-factor":             {form: url.Values{"required": {"on"}, "team": {team}}},
	}
}

// free lists what a session alone is enough for, and why.
var free = map[string]string{
	"POST /account": "a name and how times are shown",
	"POST /account/authorizations/{id}/revoke":      "takes a right away",
	"POST /account/calendars/{team}/revoke":         "takes a credential away",
	"POST /account/email":                           "asks for the password itself",
	"POST /account/security":                        "asks for the password itself",
	"POST /account/security/passkeys/finish":        "its challenge is given to a proof, and AddPasskey demands one",
	"POST /account/security/passkeys/{id}/rename":   "a name",
	"POST /account/security/recovery/file":          "returns what the page that sends it shows",
	"POST /account/security/totp/confirm":           "its key is given to a proof, and FinishTOTP demands one",
	"POST /account/sessions/end-others":             "takes rights away",
	"POST /account/sessions/{id}/end":               "takes a right away",
	"POST /account/tokens/{id}/revoke":              "takes a credential away",
	"POST /apis/{slug}/proxy/{server}/{path...}":    "changes nothing here",
	"PUT /apis/{slug}/proxy/{server}/{path...}":     "changes nothing here",
	"PATCH /apis/{slug}/proxy/{server}/{path...}":   "changes nothing here",
	"DELETE /apis/{slug}/proxy/{server}/{path...}":  "changes nothing here",
	"POST /apps/{client_id}/secrets/prove":          "tells the holder of a secret whether it is live",
	"POST /apps/{client_id}/secrets/{id}/drill/end": "gives back what a drill withheld",
	"POST /apps/{client_id}/tokens/{jti}/revoke":    "takes a credential away",
	"POST /confirm":                          "is the proof",
	"POST /confirm/passkey/begin":            "is the question of the proof",
	"POST /device":                           "leads to the consent, which demands a proof for scopes of admins",
	"POST /handovers/{id}/cancel":            "takes a right away",
	"POST /oauth2/consent":                   "demands a proof for scopes of admins: tests/flow",
	"POST /team/device-imports":              "devices are no credential",
	"POST /team/device-templates":            "templates are no credential",
	"POST /team/device-templates/{template}": "templates are no credential",
	"POST /team/device-imports/{id}/preview": "devices are no credential",
	"POST /team/devices":                     "devices are no credential",
	"POST /team/invitations/{id}/cancel":     "takes a right away",
	"POST /team/leave":                       "takes a right away",
	"POST /team/settings":                    "a name",
	"POST /team/switch":                      "which team the pages show",
}

// asked says whether an answer asks for a proof.
func (r route) asked(a *testapp.Answer) bool {
	if r.script() {
		return a.Status == http.StatusForbidden && strings.Contains(a.Body, "step_up_required")
	}
	return a.Status == http.StatusForbidden && (strings.Contains(a.Body, `name="confirm_password"`) || strings.Contains(a.Body, `href="/confirm?next=`))
}

// ACC-39, RFC 9700 and ASVS 7.5.1, 7.5.3: whoever finds a session open, or has stolen one, makes and widens
// nothing with it. Every address that changes something is in one of the two lists.
func TestAStaleSessionWidensNothing(t *testing.T) {
	t.Parallel()
	for engine, options := range testapp.Engines(t) {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options...)
			w.values["abroad"] = w.AddTeam(t, "Elsewhere").ID
			w.Exec(t, "UPDATE people SET password_hash = 'x' WHERE id = $1", w.values["{person}"]) // who may be handed a secret
			w.Run(t, "", "user", "add", "--email", "eye@example.com", "--name", "Eye", "--team", w.values["{team}"], "--role", "viewer")
			w.values["viewer"] = testapp.One[string](t, w.App, "SELECT id FROM people WHERE email = 'eye@example.com'")
			demanding := w.demanding(t)
			seen := map[string]bool{}
			for _, r := range routes(t) {
				key := r.method + " " + r.pattern
				if !r.signedIn() && !r.script() || r.group == handlers.PublicScript {
					continue
				}
				if r.method == http.MethodGet {
					w.readStale(t, r)
					continue
				}
				seen[key] = true
				body, asks := demanding[key]
				switch _, listed := free[key]; {
				case asks && listed:
					t.Errorf("%s is in both lists", key)
				case !asks && !listed:
					t.Errorf("%s is in neither list: say in proof_test.go whether it demands a proof, and in handlers/hub/effect.go what its action demands", key)
				case asks:
					w.Stale(t)
					if a := w.sendStale(t, r, body); !r.asked(a) {
						t.Errorf("%s with a session that proved itself three hours ago = %d, want it to ask for a proof\n%.400s", key, a.Status, a.Body)
					}
				}
			}
			for key := range demanding {
				if !seen[key] {
					t.Errorf("the list of what demands a proof has %s, which handlers/routes.go does not have", key)
				}
			}
			for key := range free {
				if !seen[key] {
					t.Errorf("the list of what demands none has %s, which handlers/routes.go does not have", key)
				}
			}
		})
	}
}

// sendStale sends a request of the lists.
func (w *world) sendStale(t *testing.T, r route, body sent) *testapp.Answer {
	t.Helper()
	pattern := r.pattern
	path := w.path(t, pattern)
	if pattern == "/apps/{client_id}/redirect-uris" {
		path = w.pathWith(t, pattern, "{client_id}", w.values["site"]) // the other app has none
	}
	form := url.Values{"seen": {w.owner.Version(t, path)}}
	maps.Copy(form, body.form)
	text, kind := form.Encode(), formType
	if body.json != "" {
		text, kind = body.json, jsonType
	}
	return w.owner.Do(t, w.Request(t, r.method, path, text, "Content-Type", kind, "Sec-Fetch-Site", "same-origin"))
}

// readStale checks that the pages of owners lead to the proof and back.
func (w *world) readStale(t *testing.T, r route) {
	t.Helper()
	if !strings.HasPrefix(r.pattern, "/owner/") {
		return
	}
	w.Stale(t)
	path := w.path(t, r.pattern)
	if a := w.owner.Get(t, path); a.Status != http.StatusSeeOther || !strings.HasPrefix(a.Location, "/confirm?next="+url.QueryEscape(path)) {
		t.Errorf("GET %s with a session that proved itself three hours ago = %d to %q, want the way to /confirm", path, a.Status, a.Location)
	}
}

// A session opens no operation of the API: those take tokens, which their scopes limit.
func TestASessionOpensNoOperationOfTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	open := []string{"/healthz", "/readyz", "/openapi.json", "/metrics"}
	for _, r := range routes(t) {
		if r.group != handlers.Programs && r.group != handlers.Iotconnect || slices.Contains(open, r.pattern) || strings.Contains(r.pattern, "/Auth/") || strings.HasPrefix(r.pattern, "/api/uisdk/") {
			continue
		}
		req := w.Request(t, r.method, w.path(t, r.pattern)+w.query(r), "{}", "Content-Type", jsonType)
		if a := w.owner.Do(t, req); a.Status != http.StatusUnauthorized {
			t.Errorf("%s %s with a session and no token = %d, want 401", r.method, r.pattern, a.Status)
		}
	}
}
