package rfc

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

func (w *world) introspect(t *testing.T, c testapp.Credentials, token string, more ...string) *testapp.Answer {
	t.Helper()
	return w.PostForm(t, "/oauth2/introspect", c.With(append([]string{"token", token}, more...)...))
}

// wantInactive checks that nothing but that is told.
func wantInactive(t *testing.T, what string, r *testapp.Answer) {
	t.Helper()
	if r.Status != http.StatusOK || strings.TrimSpace(r.Body) != `{"active":false}` {
		t.Errorf("introspection of %s = %d %s, want 200 {\"active\":false} and nothing more", what, r.Status, r.Body)
	}
}

// inspector is an app that may introspect: team or portal.
func (w *world) inspector(t *testing.T, reach string) testapp.Credentials {
	t.Helper()
	c := w.server(t)
	w.Change(t, "UPDATE apps SET introspection = ? WHERE client_id = ?", reach, c.ClientID)
	return c
}

// RFC 7662 section 2.1: a client that may ask authenticates, by POST (INT-01).
func TestRFC7662_2_1(t *testing.T) {
	w := shared
	inspector := w.inspector(t, "team")
	token := w.owner.Authorize(t, w.site).AccessToken
	for what, c := range map[string]struct {
		r      *testapp.Answer
		status int
		code   string
	}{
		"no client":                  {w.PostForm(t, "/oauth2/introspect", testapp.Form("token", token)), 401, "invalid_client"},
		"a client id alone":          {w.introspect(t, testapp.Credentials{ClientID: inspector.ClientID}, token), 401, "invalid_client"},
		"a wrong secret":             {w.introspect(t, testapp.Credentials{ClientID: inspector.ClientID, ClientSecret: w.site.ClientSecret}, token), 401, "invalid_client"},
		"a public client":            {w.introspect(t, w.camera, token), 401, "invalid_client"},
		"a client that may not":      {w.introspect(t, w.site, token), 403, "unauthorized_client"},
		"no token":                   {w.PostForm(t, "/oauth2/introspect", inspector.With()), 400, "invalid_request"},
		"token twice":                {w.PostForm(t, "/oauth2/introspect", inspector.With("token", token, "token", token)), 400, "invalid_request"},
		"the token in the address":   {w.PostForm(t, "/oauth2/introspect?token="+token, inspector.With()), 400, "invalid_request"},
		"GET":                        {w.Do(t, w.Request(t, http.MethodGet, "/oauth2/introspect?token="+token, "")), 405, "invalid_request"},
		"the token itself as bearer": {w.PostForm(t, "/oauth2/introspect", testapp.Form("token", token), testapp.Bearer(token)...), 401, "invalid_client"},
	} {
		wantError(t, what, c.r, c.status, c.code)
	}
}

// RFC 7662 section 2.2: what is told about a live token, and that nothing is told about any other.
func TestRFC7662_2_2(t *testing.T) {
	w := shared
	mine, all := w.inspector(t, "team"), w.inspector(t, "portal")
	tokens := w.owner.Authorize(t, w.site, "scope", "read write", "resource", metersAPI)
	person := testapp.One[string](t, w.App, "SELECT id FROM people WHERE email = ?", w.owner.Email)
	for _, hint := range []string{"", "access_token", "refresh_token", "x"} {
		r := w.introspect(t, mine, tokens.AccessToken, "token_type_hint", hint)
		var got map[string]any
		r.JSON(t, &got)
		for name, want := range map[string]any{"active": true, "scope": "read write", "client_id": w.site.ClientID, "token_type": "Bearer", "token_use": "access", "sub": person, "aud": metersAPI, "iss": w.URL} {
			if got[name] != want {
				t.Errorf("%s = %v, want %v", name, got[name], want)
			}
		}
		if exp, _ := got["exp"].(float64); exp < float64(time.Now().Unix()+3500) || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("exp = %v, Cache-Control = %q", got["exp"], r.Header.Get("Cache-Control"))
		}
		exp, _ := got["exp"].(float64)
		iat, _ := got["iat"].(float64)
		if jti, _ := got["jti"].(string); exp-iat != 3600 || jti == "" || len(got) != 12 || fmt.Sprint(got["teams"]) != fmt.Sprint([]any{map[string]any{"id": testapp.One[string](t, w.App, "SELECT id FROM teams WHERE name = ?", team), "name": team}}) {
			t.Errorf("introspection = %v, want exp an hour after iat, jti, the one team, and nothing else", got)
		}
	}
	foreign := w.AddTeam(t, "Foreign team")
	theirs := w.Token(t, w.AddApp(t, foreign.ID, "Their app", "read"))
	wantInactive(t, "another team's token", w.introspect(t, mine, theirs))
	var got struct{ Active bool }
	w.introspect(t, all, theirs).JSON(t, &got)
	if !got.Active {
		t.Error("another team's token is not active for an app that may ask for all")
	}
	var other map[string]json.RawMessage
	w.introspect(t, mine, w.Token(t, w.server(t))).JSON(t, &other)
	if string(other["sub"]) != string(other["client_id"]) || other["sub"] == nil {
		t.Errorf("an app's own token has sub %s, client_id %s", other["sub"], other["client_id"])
	}

	parts := strings.Split(tokens.AccessToken, ".")
	for what, token := range map[string]string{
		"nonsense": "x", "a tampered token": parts[0] + "." + parts[1] + ".AAAA", "a token without its signature": parts[0] + "." + parts[1] + ".", "a secret": w.site.ClientSecret,
		"another app's refresh token": tokens.RefreshToken, "a made-up refresh token": "gpr_" + strings.Repeat("A", 49), "a personal token that there is not": "gpp_" + strings.Repeat("A", 49),
	} {
		wantInactive(t, what, w.introspect(t, mine, token))
	}
	wantRevoked(t, "the token", w.revoke(t, w.site, tokens.AccessToken))
	wantInactive(t, "a revoked token", w.introspect(t, mine, tokens.AccessToken))
	late := w.owner.Authorize(t, w.other)
	w.Change(t, "UPDATE access_tokens SET expires_at = issued_at WHERE client_id = ?", w.other.ClientID)
	wantInactive(t, "an expired token", w.introspect(t, mine, late.AccessToken))
	gone := w.Member(t, team, "viewer")
	left := gone.Authorize(t, w.site)
	w.Change(t, "UPDATE people SET disabled_at = 1 WHERE email = ?", gone.Email)
	wantInactive(t, "a disabled person's token", w.introspect(t, mine, left.AccessToken))
	wantError(t, "a disabled person's refresh", w.refresh(t, w.site, left.RefreshToken), http.StatusBadRequest, "invalid_grant")
}
