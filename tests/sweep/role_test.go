package sweep

import (
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"gatepost/handlers"
	"gatepost/tests/testapp"
)

// The actors of the sweep. All but the foreign one and the stranger are of one team, whose app
// the maker has made.
const (
	owner    = "owner"
	admin    = "admin"
	maker    = "developer of the app"
	other    = "another developer"
	viewer   = "viewer"
	foreign  = "admin of another team"
	stranger = "stranger"
)

var everyActor = []string{stranger, foreign, viewer, other, maker, admin, owner}

// Who may, of whom. A route that names something of the world's team (its app, a device, a
// person) is open to nobody of another; one that names nothing is about the actor's own.
var (
	anyone   = everyActor
	people   = everyActor[1:]
	owners   = []string{owner}
	managers = []string{admin, owner}
	makers   = []string{maker, admin, owner}
	full     = []string{other, maker, admin, owner}
	members  = []string{viewer, other, maker, admin, owner}

	// The same in the actor's own team.
	ownManagers = []string{foreign, admin, owner}
	ownFull     = []string{foreign, other, maker, admin, owner}
)

// may says who may use a route (the table of roles in CONTRIBUTING.md). Every route has its line: a new one
// without fails the test.
var may = map[string][]string{
	// Anyone.
	"GET /{$}": anyone, "GET /login": anyone, "POST /login": anyone, "POST /logout": anyone, "GET /login/second": anyone, "POST /login/second": anyone,
	"POST /login/passkey/begin": anyone, "POST /login/passkey/finish": anyone, "GET /activate/{token}": anyone, "POST /activate/{token}": anyone,
	"GET /forgot": anyone, "POST /forgot": anyone, "GET /reset/{token}": anyone, "POST /reset/{token}": anyone, "GET /email/{token}": anyone, "POST /email/{token}": anyone,
	"POST /preferences/theme": anyone, "GET /docs": anyone, "GET /docs/{page}": anyone, "GET /swagger-ui/{$}": anyone, "GET /swagger-ui/index.html": anyone,
	"GET /swagger-ui/oauth2-redirect.html": anyone, "GET /playground/callback": anyone, "GET /oauth2/auth": anyone, "GET /oauth2/auth/{$}": anyone,
	"POST /oauth2/auth": anyone, "POST /oauth2/auth/{$}": anyone, "GET /static/{hash}/{file...}": anyone, "GET /swagger-ui/{file}": anyone, "GET /favicon.ico": anyone,
	"GET /openapi.json": anyone, "GET /healthz": anyone, "GET /readyz": anyone, "GET /calendar/{token}": anyone, "GET /metrics": anyone,

	// Signed-in people, about themselves.
	"GET /dashboard": people, "GET /account": people, "POST /account": people, "GET /account/security": people, "POST /account/security": people, "GET /account/security/after-reset": people,
	"GET /account/sessions": people, "POST /account/sessions/end-others": people, "GET /account/tokens": people, "GET /account/authorizations": people,
	"GET /account/email": people, "POST /account/email": people, "GET /confirm": people, "POST /confirm": people, "POST /confirm/passkey/begin": people,
	"POST /account/security/totp": people, "POST /account/security/totp/confirm": people,
	"POST /account/security/totp/remove": people, "POST /account/security/recovery": people,
	"POST /account/security/recovery/file": people, "POST /account/security/passkeys/begin": people, "POST /account/security/passkeys/finish": people,
	"GET /device": people, "POST /device": people, "POST /oauth2/consent": people, "GET /playground": people, "GET /playground/{flow}": people,
	"GET /apis": people, "GET /apis/{slug}": people, "GET /apis/{slug}/openapi.json": people, "POST /team/switch": members,
	"GET /apis/{slug}/proxy/{server}/{path...}": people, "POST /apis/{slug}/proxy/{server}/{path...}": people, "PUT /apis/{slug}/proxy/{server}/{path...}": people,
	"PATCH /apis/{slug}/proxy/{server}/{path...}": people, "DELETE /apis/{slug}/proxy/{server}/{path...}": people,
	// Who only views makes no tokens.
	"POST /account/tokens": ownFull,
	// What is the owner's own, in this world: nobody else's id opens it, whatever their role.
	"POST /account/sessions/{id}/end": owners, "GET /account/tokens/{id}/revoke": owners, "POST /account/tokens/{id}/revoke": owners,
	"GET /account/authorizations/{id}/revoke": owners, "POST /account/authorizations/{id}/revoke": owners,
	"POST /account/security/passkeys/{id}/rename": owners, "POST /account/security/passkeys/{id}/remove": owners,
	"GET /handovers/{id}": owners, "POST /handovers/{id}/cancel": makers, "POST /handovers/{id}/open": owners,

	// The team that somebody works in.
	"GET /team": people, "GET /team/devices": people, "GET /team/leave": people, "POST /team/leave": people,
	"GET /apps": people, "GET /apps/new": ownFull, "POST /apps": ownFull, "GET /team/members": ownFull, "GET /team/rotation": ownFull,
	"GET /team/rules": ownFull, "POST /team/rules": ownManagers, "GET /team/exposure": ownManagers, "POST /team/invitations": ownManagers,
	"GET /team/audit": ownManagers, "GET /team/audit/export.csv": ownManagers, "GET /team/audit/export.jsonl": ownManagers, "GET /team/settings": ownManagers,
	"POST /team/settings": ownManagers, "POST /team/settings/second-factor": ownManagers, "GET /team/failures": ownFull,
	"POST /team/devices": ownFull, "POST /team/devices/selected": ownFull, "GET /team/device-imports": ownFull, "POST /team/device-imports": ownFull,
	"GET /team/device-imports/template.csv": people, "GET /team/device-templates": people, "GET /team/device-templates/import": ownFull, "POST /team/device-templates": ownFull,
	"GET /team/devices/export.csv": people, "GET /team/members/export.csv": ownFull, "GET /apps/export.csv": ownFull,
	"GET /team/rotation/export.csv": ownFull, "GET /team/failures/export.csv": ownFull,
	// A file that somebody has uploaded is theirs until they add its devices.
	"GET /team/device-imports/{id}/preview": owners, "POST /team/device-imports/{id}/preview": owners,
	// Something in the world's team.
	"POST /team/members/{id}/role": managers, "GET /team/members/{id}/remove": managers, "POST /team/members/{id}/remove": managers,
	"GET /team/exposure/{person}": managers, "POST /team/exposure/{person}/rotate": managers, "POST /team/invitations/{id}/resend": managers, "POST /team/invitations/{id}/cancel": managers,
	"GET /team/device-imports/{id}": full, "GET /team/device-imports/{id}/report.csv": full, "GET /team/devices/{guid}": full, "POST /team/devices/{guid}": full,
	"GET /team/devices/{guid}/remove": full, "POST /team/devices/{guid}/remove": full, "GET /team/failures/{error_id}": full,
	"GET /team/device-templates/{template}": full, "POST /team/device-templates/{template}": full, "GET /team/device-templates/{template}/edit": full,
	"GET /team/device-templates/{template}/remove": full, "POST /team/device-templates/{template}/remove": full, "GET /team/device-templates/{template}/template.json": full,
	"POST /account/calendars/{team}": full, "POST /account/calendars/{team}/revoke": full,
	// An app of the team.
	"GET /apps/{client_id}": full, "GET /apps/{client_id}/secrets": full, "GET /apps/{client_id}/tokens": full, "GET /apps/{client_id}/activity": full, "GET /apps/{client_id}/secrets/export.csv": full,
	"GET /apps/{client_id}/drills/{id}": full, "POST /apps/{client_id}": makers, "POST /apps/{client_id}/redirect-uris": makers, "POST /apps/{client_id}/secrets": makers,
	"GET /apps/{client_id}/secrets/rotate": makers, "POST /apps/{client_id}/secrets/rotate": makers, "GET /apps/{client_id}/secrets/prove": makers,
	"POST /apps/{client_id}/secrets/prove": makers, "GET /apps/{client_id}/secrets/{id}/revoke": makers, "POST /apps/{client_id}/secrets/{id}/revoke": makers,
	"GET /apps/{client_id}/secrets/{id}/retire": makers, "POST /apps/{client_id}/secrets/{id}/retire": makers, "GET /apps/{client_id}/secrets/{id}/handover": makers,
	"POST /apps/{client_id}/secrets/{id}/handover": makers, "POST /apps/{client_id}/secrets/{id}/drill": makers, "POST /apps/{client_id}/secrets/{id}/drill/end": makers,
	"GET /apps/{client_id}/tokens/{jti}/revoke": makers, "POST /apps/{client_id}/tokens/{jti}/revoke": makers, "GET /apps/{client_id}/tokens/revoke-all": makers,
	"POST /apps/{client_id}/tokens/revoke-all": makers, "GET /apps/{client_id}/delete": makers, "POST /apps/{client_id}/delete": makers,
	"POST /apps/{client_id}/playground-secret": makers, "POST /apps/{client_id}/try-token": makers,
	"GET /apps/{client_id}/transfer": managers, "POST /apps/{client_id}/transfer": managers,

	// The portal's own API, by a personal token with every scope. Lists without an id are the actor's own.
	"GET /api/v1/me": people, "GET /api/v1/apps": people, "POST /api/v1/apps": ownFull, "GET /api/v1/scopes": people, "GET /api/v1/devices": people,
	"GET /api/v1/apps/{client_id}": full, "GET /api/v1/apps/{client_id}/events": full, "GET /api/v1/apps/{client_id}/secrets": full, "GET /api/v1/apps/{client_id}/tokens": full,
	"GET /api/v1/apps/{client_id}/tokens/{jti}": full, "GET /api/v1/apps/{client_id}/drills": full, "GET /api/v1/apps/{client_id}/drills/{id}": full,
	"GET /api/v1/apps/{client_id}/secrets/{id}": full, "PATCH /api/v1/apps/{client_id}": makers, "DELETE /api/v1/apps/{client_id}": makers,
	"POST /api/v1/apps/{client_id}/secrets": makers, "POST /api/v1/apps/{client_id}/secrets/rotate": makers, "PATCH /api/v1/apps/{client_id}/secrets/{id}": makers,
	"POST /api/v1/apps/{client_id}/secrets/prove": makers, "DELETE /api/v1/apps/{client_id}/secrets/{id}": makers, "POST /api/v1/apps/{client_id}/drills": makers,
	"POST /api/v1/apps/{client_id}/drills/{id}/end": makers, "DELETE /api/v1/apps/{client_id}/tokens": makers, "DELETE /api/v1/apps/{client_id}/tokens/{jti}": makers,
	"POST /api/v1/apps/{client_id}/transfer": managers,
	"POST /api/v1/devices":                   ownFull, "GET /api/v1/devices/{guid}": full, "PATCH /api/v1/devices/{guid}": full, "DELETE /api/v1/devices/{guid}": full,
	"GET /api/v1/devices/{guid}/viewers": full, "PUT /api/v1/devices/{guid}/viewers": full, "POST /api/v1/devices/change": ownFull,
	"GET /api/v1/device-imports": ownFull, "POST /api/v1/device-imports": ownFull, "GET /api/v1/device-imports/{id}": full,
	"GET /api/v1/teams": people, "GET /api/v1/teams/{id}": managers, "PATCH /api/v1/teams/{id}": managers, "GET /api/v1/teams/{id}/rules": full,
	"PATCH /api/v1/teams/{id}/rules": managers, "GET /api/v1/teams/{id}/violations": managers,
	"GET /api/v1/teams/{id}/device-templates": members, "POST /api/v1/teams/{id}/device-templates": full, "GET /api/v1/teams/{id}/device-templates/{template}": full,
	"PUT /api/v1/teams/{id}/device-templates/{template}": full, "DELETE /api/v1/teams/{id}/device-templates/{template}": full,
	"GET /api/v1/members": ownFull, "PATCH /api/v1/members/{person_id}": managers, "DELETE /api/v1/members/{person_id}": managers,
	"GET /api/v1/invitations": ownManagers, "POST /api/v1/invitations": ownManagers, "GET /api/v1/invitations/{id}": managers, "DELETE /api/v1/invitations/{id}": managers,
	"POST /api/v1/invitations/{id}/resend": managers, "GET /api/v1/audit-events": ownManagers, "GET /api/v1/exposures": managers, "POST /api/v1/exposures/retire": managers,
	"GET /api/v1/auth-failures": ownFull, "GET /api/v1/auth-failures/{error_id}": full,
	"GET /api/v1/personal-tokens": people, "POST /api/v1/personal-tokens": ownFull, "GET /api/v1/personal-tokens/{id}": owners, "DELETE /api/v1/personal-tokens/{id}": owners,
	"GET /api/v1/authorizations": people, "DELETE /api/v1/authorizations/{id}": owners, "GET /api/v1/sessions": people, "DELETE /api/v1/sessions/{id}": owners,
	"GET /api/v1/account": people, "PATCH /api/v1/account": people,
	"POST /transactions/mock": people,
	"POST /api/v1/teams":      owners, "POST /api/v1/scopes": owners, "GET /api/v1/portal": owners, "PATCH /api/v1/portal": owners, "GET /api/v1/signing-keys": owners,
	"POST /api/v1/signing-keys/rotate": owners, "GET /api/v1/apis": owners, "POST /api/v1/apis": owners, "GET /api/v1/apis/{id}": owners, "PATCH /api/v1/apis/{id}": owners,
	"DELETE /api/v1/apis/{id}": owners, "GET /api/v1/apis/{id}/documents": owners, "POST /api/v1/apis/{id}/documents": owners, "POST /api/v1/apis/{id}/documents/fetch": owners,
	"GET /api/v1/apis/{id}/documents/{version}": owners, "POST /api/v1/apis/{id}/documents/{version}/restore": owners, "GET /api/v1/portal/audit-events": owners,
	"GET /api/v1/portal/auth-failures": owners, "GET /api/v1/people": owners, "GET /api/v1/people/{id}": owners, "PATCH /api/v1/people/{id}": owners,
	"GET /api/v1/mails": owners, "POST /api/v1/mails/test": owners, "GET /api/v1/mails/{id}": owners, "POST /api/v1/mails/{id}/retry": owners,
	// The vendor's devices: lists are what the token reaches.
	"GET /api/v1.1/Device": people, "GET /api/v1.1/Device/count": people, "POST /api/v1.1/Device": ownFull, "GET /api/v1.1/Device/uniqueId/{uniqueId}": full,
	"GET /api/v1.1/Device/{guid}": full, "PUT /api/v1.1/Device/{guid}": full, "DELETE /api/v1.1/Device/{guid}": full,
	"GET /api/v2/Device": people, "GET /api/v2/Device/count": people, "POST /api/v2/Device": ownFull, "GET /api/v2/Device/uniqueId/{uniqueId}": full,
	"GET /api/v2/Device/{guid}": full, "PUT /api/v2/Device/{guid}": full, "DELETE /api/v2/Device/{guid}": full,
	// The live shape tells none and not yours by 409: of what it looks up in a team of the actor's, the world has none in a foreign one.
	"GET /api/v2.1/Device": people, "GET /api/v2.1/Device/count": people, "POST /api/v2.1/Device": ownFull, "GET /api/v2.1/Device/uniqueId/{uniqueId}": full,
	"GET /api/v2.1/Device/{guid}": full, "PUT /api/v2.1/Device/{guid}": full, "DELETE /api/v2.1/Device/{guid}": full, "PUT /api/v2.1/Device/{guid}/status": full,
	"GET /api/v2.1/Entity": people, "GET /api/v2.1/Entity/lookup": people, "GET /api/v2.1/Entity/{entity}": members,
	"GET /api/v2.1/User/{email}/availability": ownFull, "GET /api/v2.1/User/{person}": full,
	"GET /api/v2.1/device-template": people, "POST /api/v2.1/device-template/quick": ownFull, "GET /api/v2.1/device-template/template-code/{code}": full,
	"GET /api/v2.1/device-template/{template}": full, "DELETE /api/v2.1/device-template/{template}": full, "GET /api/v2.1/template-attribute/{template}": full,
}

// nothing are routes that find nothing to do for an actor who may: only a stranger is turned away.
var nothing = []string{"POST /account/security/totp/remove", "POST /confirm/passkey/begin"}

// fields are what a form must have before its route looks at who sends it.
var fields = map[string]url.Values{
	"POST /account/security/passkeys/{id}/rename": {"name": {"x"}}, "POST /account/tokens": {"name": {"x"}, "scopes": {"read"}, "expires": {"7d"}},
	"POST /team/members/{id}/role": {"role": {"developer"}}, "POST /owner/people/{id}/owner": {"owner": {"no"}},
	"POST /apps/{client_id}/secrets/{id}/drill": {"minutes": {"1"}}, "POST /owner/apis/{id}/restore": {"version": {"1"}},
}

// bodies are the same for JSON.
var bodies = map[string]string{
	"POST /api/v1/devices/change": `{"filter": {}, "group_name": "x"}`, "PUT /api/v1/devices/{guid}/viewers": `{"viewers": []}`, "PATCH /api/v1/members/{person_id}": `{"role": "developer"}`,
	"PATCH /api/v1/apps/{client_id}/secrets/{id}": `{"label": "x"}`,
	"POST /login/passkey/begin":                   `{}`, "POST /confirm/passkey/begin": `{}`, "POST /handovers/{id}/open": `{}`,
	"POST /apps/{client_id}/playground-secret": `{}`, "POST /apps/{client_id}/try-token": `{}`,
}

// byGroup are the routes whose line would be the same: those of owners, and those that take
// no person.
func byGroup(r route) []string {
	switch {
	case strings.HasPrefix(r.pattern, "/owner/"):
		return owners
	case r.group == handlers.Clients || r.group == handlers.Nextome, strings.Contains(r.pattern, "/Auth/"), strings.HasPrefix(r.pattern, "/api/uisdk/"):
		return nil // by a client's credentials or a password: tests/dialect and tests/rfc
	}
	return may[r.method+" "+r.pattern]
}

// refused says whether an answer turns somebody away for who they are.
func (r route) refused(a *testapp.Answer) bool {
	if strings.Contains(a.Body, `name="confirm_code"`) {
		return false // asked for a second factor, as whoever may is
	}
	away := a.Status == http.StatusSeeOther && strings.HasPrefix(a.Location, "/login?next=")
	if !r.signedIn() && r.page() || r.group == handlers.PublicScript || r.group == handlers.Files {
		return away || a.Status == http.StatusForbidden // a link that is dead is so for everybody
	}
	if slices.Contains(nothing, r.method+" "+r.pattern) {
		return away || a.Status == http.StatusUnauthorized && !strings.Contains(a.Body, "passkey")
	}
	if a.Status == http.StatusUnprocessableEntity && strings.Contains(a.Body, "This token has no access to a team with this id") {
		return true
	}
	if a.Status == http.StatusConflict && strings.HasPrefix(r.pattern, "/api/v2.1/") && strings.Contains(a.Body, " no ") {
		return true // what the vendor's client takes for none
	}
	return away || a.Status == http.StatusUnauthorized || a.Status == http.StatusForbidden || a.Status == http.StatusNotFound
}

// The table of roles in CONTRIBUTING.md, and ACC-14: every route, with ids of one team, by every role in it, by
// the admin of another team, and by a stranger.
func TestEveryRouteByEveryRole(t *testing.T) {
	t.Parallel()
	c := newCast(t)
	list := routes(t)
	slices.SortStableFunc(list, func(a, b route) int { return harm(a) - harm(b) })
	for _, r := range list {
		key := r.method + " " + r.pattern
		allowed := byGroup(r)
		if allowed == nil {
			if r.group != handlers.Clients && r.group != handlers.Nextome && !strings.Contains(r.pattern, "/Auth/") && !strings.HasPrefix(r.pattern, "/api/uisdk/") {
				t.Errorf("%s has no line in the table of who may: add one", key)
			}
			continue
		}
		if key == "POST /logout" || key == "POST /login" {
			continue // it would end the actor's session, or begin another
		}
		path := c.path(t, r.pattern)
		path += c.query(r)
		for _, name := range everyActor {
			a := c.ask(t, name, r, path)
			got, want := !r.refused(a), slices.Contains(allowed, name)
			if os.Getenv("ROLES") != "" {
				t.Logf("%-60s %-22s %d %s", key, name, a.Status, a.Location)
			}
			if got != want {
				t.Errorf("%s by the %s = %d %s, want it %s", key, name, a.Status, a.Location, map[bool]string{true: "allowed", false: "refused"}[want])
			}
			if a.Status >= 500 && a.Status != http.StatusBadGateway && !strings.Contains(r.pattern, "/proxy/") {
				t.Errorf("%s by the %s = %d, want less than 500", key, name, a.Status)
			}
			if name == foreign || name == stranger {
				for _, theirs := range []string{"Warehouse", "Mate Bruni", "mate@example.com", "cam-1"} {
					if strings.Contains(a.Body, theirs) {
						t.Errorf("%s by the %s = %d tells %q of a team that is not theirs", key, name, a.Status, theirs)
					}
				}
			}
			if r.method != http.MethodGet && a.Status < 400 {
				c.restore(t)
			}
		}
	}
	for key := range may {
		if !slices.ContainsFunc(list, func(r route) bool { return r.method+" "+r.pattern == key }) && key != "GET /metrics" && key != "GET /calendar/{token}" {
			t.Errorf("the table of who may has %s, which handlers/routes.go does not have", key)
		}
	}
}

// harm sorts what reads before what changes, and that before what ends.
func harm(r route) int {
	switch r.method {
	case http.MethodGet:
		return 0
	case http.MethodDelete:
		return 2
	}
	return 1
}

// ACC-14: an id of another team behind one's own app opens nothing either.
func TestIdsOfAnotherTeamBehindOnesOwn(t *testing.T) {
	t.Parallel()
	c := newCast(t)
	own := c.who[foreign].AddApp(t, "Own", "read")
	mate := c.Member(t, "Elsewhere", "developer")
	c.json["POST /apps/{client_id}/secrets/{id}/handover"] = `{"to": "` + testapp.One[string](t, c.App, "SELECT id FROM people WHERE email = $1", mate.Email) + `", "ciphertext": "` + strings.Repeat("ab", 60) + `"}`
	for _, r := range routes(t) {
		if !strings.Contains(r.pattern, "{client_id}/") || strings.Count(r.pattern, "{") < 2 {
			continue
		}
		path := c.pathWith(t, r.pattern, "{client_id}", own.ClientID)
		if a := c.ask(t, foreign, r, path); a.Status != http.StatusNotFound && a.Status != http.StatusGone {
			t.Errorf("%s %s with an id of another team's behind one's own app = %d, want 404\n%.300s", r.method, r.pattern, a.Status, a.Body)
		}
	}
}
