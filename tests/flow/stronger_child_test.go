package flow

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// An attacker who holds a narrow token can't make something stronger with it: whatever creates or widens a credential
// is refused with 403 insufficient_scope, which names the scopes that the token lacks. What only takes away is allowed.
func TestTokenMakesNothingStrongerThanItself(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	robot := owner.AddApp(t, "Robot", "apps:read", "apps:write", "team:write", "account:write")
	vault := owner.AddApp(t, "Vault", "read", "write")
	weak := app.Token(t, robot)
	mine := owner.AddToken(t, "Weak", "apps:read", "apps:write", "team:write", "account:write")
	memberID := owner.MemberID(t, app.Member(t, "First team", "developer").Name)
	call := func(token, method, path, body string) *testapp.Answer {
		t.Helper()
		return app.Do(t, app.Request(t, method, path, body, append(testapp.Bearer(token), "Content-Type", "application/json")...))
	}
	base := "/api/v1/apps/" + vault.ClientID
	secretID := owner.SecretIDs(t, vault.ClientID)[0]
	if r := call(owner.AddToken(t, "Strong", "read", "write", "apps:read", "apps:write"), "PATCH", base+"/secrets/"+secretID, `{"expires_at": "2027-01-01T00:00:00Z"}`); r.Status != http.StatusOK {
		t.Fatalf("PATCH of a secret with all scopes = %d %s", r.Status, r.Body)
	}
	const key = `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	for _, c := range []struct {
		what, method, path, body, lacks string
		personal                        bool // with a personal token only
	}{
		{"an app with other scopes", "POST", "/api/v1/apps", `{"name": "Child", "scopes": ["read"]}`, "read", false},
		{"a native app with other scopes", "POST", "/api/v1/apps", `{"name": "Child", "kind": "native", "scopes": ["recordings"]}`, "recordings", false},
		{"a scope that the token lacks", "PATCH", "/api/v1/apps/" + robot.ClientID, `{"scopes": ["apps:read", "apps:write", "team:write", "account:write", "liveview"]}`, "liveview", false},
		{"a secret", "POST", base + "/secrets", `{}`, "read write", false},
		{"a rotated secret", "POST", base + "/secrets/rotate", `{}`, "read write", false},
		{"a later expiry", "PATCH", base + "/secrets/" + secretID, `{"expires_at": null}`, "read write", false},
		{"a key", "PATCH", base, `{"auth_method": "private_key_jwt", "jwks": ` + key + `}`, "read write", false},
		{"keys elsewhere", "PATCH", base, `{"auth_method": "private_key_jwt", "jwks_uri": "https://evil.example/jwks.json"}`, "read write", false},
		{"longer tokens", "PATCH", base, `{"token_lifetime": 86400}`, "read write", false},
		{"the query string", "PATCH", base, `{"query_parameters": true}`, "read write", false},
		{"introspection", "PATCH", base, `{"introspection": "team"}`, "read write", false},
		{"a personal token", "POST", "/api/v1/personal-tokens", `{"name": "Child", "scopes": ["read"], "expires_at": "2026-12-02T00:00:00Z"}`, "read", true},
		{"an admin invited", "POST", "/api/v1/invitations", `{"email": "eve@example.com", "role": "admin"}`, "", false},
		{"a member made admin", "PATCH", "/api/v1/members/" + memberID, `{"role": "admin"}`, "", false},
	} {
		tokens := map[string]string{"a personal token": mine, "an app's token": weak}
		if c.personal {
			delete(tokens, "an app's token")
		}
		for by, token := range tokens {
			r := call(token, c.method, c.path, c.body)
			challenge := r.Header.Get("WWW-Authenticate")
			if r.Status != http.StatusForbidden || !strings.Contains(r.Body, "insufficient_scope") || !strings.HasPrefix(challenge, `Bearer error="insufficient_scope", scope="`) {
				t.Errorf("%s by %s = %d %q %s, want 403 insufficient_scope with a challenge", c.what, by, r.Status, challenge, r.Body)
			}
			if c.lacks != "" && !strings.HasSuffix(challenge, `scope="`+c.lacks+`"`) {
				t.Errorf("%s by %s: the challenge is %q, want the scopes %s", c.what, by, challenge, c.lacks)
			}
		}
	}
	if page := owner.Get(t, "/team/members").Body; strings.Contains(page, "eve@example.com") {
		t.Error("an admin was invited by a refused call")
	}
	elsewhere := app.AddTeam(t, "Elsewhere")
	if r := call(mine, "POST", base+"/transfer", `{"team": "`+elsewhere.ID+`"}`); r.Status != http.StatusForbidden || !strings.Contains(r.Body, "It lacks read, write.") {
		t.Errorf("a transfer by a personal token = %d %s, want 403 that names the scopes", r.Status, r.Body)
	}
	// What takes away needs no more than before, and so does a new name.
	for _, c := range []struct {
		method, path, body string
		want               int
	}{
		{"PATCH", base, `{"name": "Safe"}`, 200}, {"PATCH", base, `{"scopes": ["read"], "token_lifetime": 60}`, 200},
		{"PATCH", base + "/secrets/" + secretID, `{"expires_at": "2026-12-20T00:00:00Z"}`, 200},
		{"POST", "/api/v1/invitations", `{"email": "dan@example.com", "role": "developer"}`, 201},
		{"DELETE", base + "/secrets/" + secretID, "", 204}, {"DELETE", base, "", 204},
	} {
		if r := call(weak, c.method, c.path, c.body); r.Status != c.want {
			t.Errorf("%s %s %s by the app's token = %d %s, want %d", c.method, c.path, c.body, r.Status, r.Body, c.want)
		}
	}
}

// A developer who was an admin until a moment ago can't keep an app with a scope that only admins give: nothing about
// it can be changed, by page or by token, while their other apps stay theirs.
func TestDeveloperCannotKeepAnAppWithAdminScopes(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	ana := app.Member(t, "First team", "admin")
	robot, plain := ana.AddApp(t, "Robot", "read", "apps:write"), ana.AddApp(t, "Plain", "read")
	token := ana.AddToken(t, "CI", "read", "apps:read", "apps:write")
	secretID := ana.SecretIDs(t, robot.ClientID)[0]
	testapp.WantRedirect(t, "POST role", owner.Post(t, "/team/members/"+owner.MemberID(t, ana.Name)+"/role", url.Values{"role": {"developer"}}), "/team/exposure/"+owner.MemberID(t, ana.Name)+"?lost=on")
	settings := func(name, scope string) url.Values {
		return url.Values{"name": {name}, "scopes": {scope}, "token_lifetime": {"3600"}, "auth_method": {"client_secret"}}
	}
	base := "/apps/" + robot.ClientID
	for path, form := range map[string]url.Values{
		"": settings("Robot", "read"), "/secrets": {"expires_at": {"never"}, "once": {"a"}}, "/secrets/rotate": {"keep_old": {"24h"}, "expires_at": {"never"}, "once": {"b"}},
		"/secrets/" + secretID + "/revoke": {"confirm_name": {"Robot"}}, "/secrets/" + secretID + "/drill": {"minutes": {"5"}}, "/redirect-uris": {"redirect_uri": {"https://evil.example/"}},
		"/tokens/revoke-all": {"confirm_name": {"Robot"}}, "/delete": {"confirm_name": {"Robot"}}, "/transfer": {"team": {"x"}, "confirm_name": {"Robot"}},
	} {
		r := ana.Post(t, base+path, form)
		testapp.WantStatus(t, "POST "+path+" of the app by the former admin", r, http.StatusForbidden)
	}
	script := func(path string) *testapp.Answer {
		return ana.Do(t, app.Request(t, http.MethodPost, path, "", "Content-Type", "application/json"))
	}
	testapp.WantStatus(t, "try-token of the app", script(base+"/try-token"), http.StatusForbidden)
	for _, c := range [][3]string{{"PATCH", "", `{"name": "X"}`}, {"POST", "/secrets", `{}`}, {"POST", "/secrets/rotate", `{}`}, {"DELETE", "/secrets/" + secretID, ""}, {"DELETE", "/tokens", ""}, {"DELETE", "", ""}} {
		r := app.Do(t, app.Request(t, c[0], "/api/v1"+base+c[1], c[2], append(testapp.Bearer(token), "Content-Type", "application/json")...))
		if r.Status != http.StatusForbidden || !strings.Contains(r.Body, "only admins can give") {
			t.Errorf("%s %s of the app by the former admin's token = %d %s, want 403 that says who can", c[0], c[1], r.Status, r.Body)
		}
	}
	page := ana.Get(t, base)
	testapp.WantStatus(t, "GET of the app", page, http.StatusOK)
	testapp.WantWords(t, "the app's page", page.Body, "only an admin of the team can change it")
	testapp.WantWords(t, "the app's secrets", ana.Get(t, base+"/secrets").Body, "only an admin of the team can add a secret")
	testapp.WantStatus(t, "POST /oauth2/token of the app", app.RequestToken(t, robot), http.StatusOK)
	testapp.WantRedirect(t, "POST of their other app", ana.Post(t, "/apps/"+plain.ClientID, settings("Plainer", "read")), "/apps/"+plain.ClientID)
	testapp.WantRedirect(t, "POST by an admin", owner.Post(t, base, settings("Robot", "read")), base)
	testapp.WantRedirect(t, "POST by the developer once the scope is gone", ana.Post(t, base, settings("Robot 2", "read")), base)
}
