package oauth_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
)

// credentials are the web app's, with pairs beside them.
func (s *site) credentials(pairs ...string) url.Values {
	f := url.Values{"client_id": {s.web.App.ClientID}, "client_secret": {s.web.Secret.Plain}}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	return f
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// refreshes says whether a refresh token works, by using it up.
func (b *browser) refreshes(token any) bool {
	b.t.Helper()
	return b.post("/oauth2/token", b.credentials("grant_type", "refresh_token", "refresh_token", text(token))).StatusCode == 200
}

// REV-01 to REV-04, SEE-05: each way of revoking ends access and refresh token; its answer is its own.
func TestRevoking(t *testing.T) {
	s := newSite(t)
	b := s.signedIn("bob")
	for name, c := range map[string]struct {
		revoke func(tokens map[string]any) answer
		want   string
	}{
		"RFC 7009, access": {func(m map[string]any) answer {
			return b.post("/oauth2/revoke", s.credentials("token", text(m["access_token"])))
		}, "{}"},
		"RFC 7009, refresh": {func(m map[string]any) answer {
			return b.post("/oauth2/revoke", s.credentials("token", text(m["refresh_token"])))
		}, "{}"},
		"RFC 7009, wrong hint": {func(m map[string]any) answer {
			return b.post("/oauth2/revoke", s.credentials("token", text(m["refresh_token"]), "token_type_hint", "access_token"))
		}, "{}"},
		"RFC 7009, a hint of its own": {func(m map[string]any) answer {
			return b.post("/oauth2/revoke", s.credentials("token", text(m["access_token"]), "token_type_hint", "<x>"))
		}, "{}"},
		"Netrex's document, in the address": {func(m map[string]any) answer {
			return b.post("/oauth2/revoke?access_token="+text(m["access_token"]), nil)
		}, ""},
		"Netrex's document, in the body": {func(m map[string]any) answer {
			return b.post("/oauth2/revoke", url.Values{"access_token": {text(m["access_token"])}})
		}, ""},
		"Netrex's document, with a refresh token": {func(m map[string]any) answer {
			return b.post("/oauth2/revoke", url.Values{"access_token": {text(m["refresh_token"])}})
		}, ""},
	} {
		tokens, other := b.tokens(), b.tokens()
		if !b.bearer(tokens["access_token"]) {
			t.Fatalf("%s: the API does not take the token before it is revoked", name)
		}
		for range 2 {
			a := c.revoke(tokens)
			if a.StatusCode != 200 || a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Content-Type") != "application/json" || c.want != "" && a.body != c.want {
				t.Errorf("%s: answer = %d %s, want 200 %s as JSON, not stored", name, a.StatusCode, a.body, c.want)
			}
			if got := a.json(t); c.want == "" && (got["success"] != true || text(got["message"]) == "" || len(got) != 2) {
				t.Errorf("%s: answer = %s, want success and a message", name, a.body)
			}
		}
		if b.bearer(tokens["access_token"]) || b.refreshes(tokens["refresh_token"]) {
			t.Errorf("%s: a token works after it was revoked", name)
		}
		if !b.bearer(other["access_token"]) {
			t.Errorf("%s: a token of another yes is dead", name)
		}
	}
}

func TestRevokeRefuses(t *testing.T) {
	s := newSite(t)
	b := s.signedIn("bob")
	tokens := b.tokens()
	access := text(tokens["access_token"])
	ann, err := s.db.PersonByEmail(t.Context(), "ann@example.com")
	if err != nil {
		t.Fatal(err)
	}
	stranger := s.app(hub.Actor{Kind: hub.Person, ID: ann.ID}, app.NewApp{TeamID: s.web.App.TeamID, Name: "Stranger", Kind: "web", RedirectURIs: []string{callback}})
	form := func(f url.Values) *http.Request { return b.request("POST", "/oauth2/revoke", f) }
	json := form(s.credentials("token", access))
	json.Header.Set("Content-Type", "application/json")
	for name, c := range map[string]struct {
		r      *http.Request
		status int
		code   string
	}{
		"nothing":                 {form(url.Values{}), 401, "invalid_client"},
		"no token":                {form(s.credentials()), 400, "invalid_request"},
		"an empty token":          {form(s.credentials("token", "")), 400, "invalid_request"},
		"wrong secret":            {form(s.credentials("token", access, "client_secret", "gps_x")), 401, "invalid_client"},
		"no secret":               {form(s.credentials("token", access, "client_secret", "")), 401, "invalid_client"},
		"another client":          {form(url.Values{"client_id": {stranger.App.ClientID}, "client_secret": {stranger.Secret.Plain}, "token": {access}}), 400, "unauthorized_client"},
		"a public client's id":    {form(url.Values{"client_id": {s.native.App.ClientID}, "token": {access}}), 400, "unauthorized_client"},
		"both ways at once":       {form(s.credentials("token", access, "access_token", access)), 400, "invalid_request"},
		"token twice":             {b.request("POST", "/oauth2/revoke?access_token="+access, url.Values{"access_token": {access}}), 400, "invalid_request"},
		"RFC 7009 in the address": {b.request("POST", "/oauth2/revoke?token="+access, s.credentials()), 400, "invalid_request"},
		"secret in the address":   {b.request("POST", "/oauth2/revoke?"+s.credentials("token", access).Encode(), nil), 400, "invalid_request"},
		"JSON":                    {json, 415, "invalid_request"},
		"1 MB":                    {form(s.credentials("token", strings.Repeat("x", 1<<20))), 413, "invalid_request"},
		"NUL":                     {form(s.credentials("token", "a\x00")), 400, "invalid_request"},
		"not UTF-8":               {form(s.credentials("token", "a\xff")), 400, "invalid_request"},
		"GET":                     {b.request("GET", "/oauth2/revoke?access_token="+access, nil), 405, "invalid_request"},
		"HEAD":                    {b.request("HEAD", "/oauth2/revoke?access_token="+access, nil), 405, ""},
	} {
		a := b.do(c.r)
		if a.StatusCode != c.status {
			t.Errorf("%s: status = %d, want %d", name, a.StatusCode, c.status)
		}
		if c.code != "" && a.json(t)["error"] != c.code {
			t.Errorf("%s: answer = %s, want %s", name, a.body, c.code)
		}
		if (a.Header.Get("WWW-Authenticate") != "") != (c.status == 401) || strings.Contains(a.body, access) {
			t.Errorf("%s: WWW-Authenticate = %q, want one with a 401 only, and no token in the answer", name, a.Header.Get("WWW-Authenticate"))
		}
	}
	if a := b.post("/oauth2/revoke?access_token=unknown", nil); a.StatusCode != 200 || a.json(t)["success"] != true {
		t.Errorf("Netrex's document, unknown token = %d %s, want 200: it is not valid", a.StatusCode, a.body)
	}
	if !b.bearer(access) || !b.refreshes(tokens["refresh_token"]) {
		t.Error("the tokens are dead after all that, want them live")
	}
}

// INT-01, RFC 7662.
func TestIntrospecting(t *testing.T) {
	s := newSite(t)
	b := s.signedIn("bob")
	asker := s.app(hub.OperatorActor(), app.NewApp{TeamID: s.web.App.TeamID, Name: "Service", Kind: "server"})
	client := asker.App
	if err := s.apps.Update(t.Context(), hub.OperatorActor(), client.ClientID, app.Change{
		Name: client.Name, Scopes: client.Scopes, TokenLifetime: client.TokenLifetime, AuthMethod: client.AuthMethod, Introspection: "team",
	}); err != nil {
		t.Fatal(err)
	}
	tokens := b.tokens()
	ask := func(token string, pairs ...string) answer {
		f := url.Values{"client_id": {client.ClientID}, "client_secret": {asker.Secret.Plain}, "token": {token}}
		for i := 0; i+1 < len(pairs); i += 2 {
			f.Set(pairs[i], pairs[i+1])
		}
		return b.post("/oauth2/introspect", f)
	}
	a := ask(text(tokens["access_token"]), "token_type_hint", "refresh_token")
	got := a.json(t)
	bob, err := s.db.PersonByEmail(t.Context(), "bob@example.com")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{
		"active": true, "scope": "read", "client_id": s.web.App.ClientID, "token_type": "Bearer", "token_use": "access", "sub": bob.ID, "aud": s.url, "iss": s.url,
	} {
		if got[name] != want {
			t.Errorf("introspection: %s = %v, want %v", name, got[name], want)
		}
	}
	iat, _ := got["iat"].(float64)
	exp, _ := got["exp"].(float64)
	if exp-iat != 3600 || text(got["jti"]) == "" || len(got) != 11 || a.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("introspection = %s, want exp an hour after iat, jti, nothing else, not stored", a.body)
	}
	for name, token := range map[string]string{
		"unknown": "x", "tampered": text(tokens["access_token"])[:40], "another client's refresh token": text(tokens["refresh_token"]),
	} {
		if a := ask(token); a.StatusCode != 200 || a.body != `{"active":false}` {
			t.Errorf("introspection of %s = %d %s, want exactly {\"active\":false}", name, a.StatusCode, a.body)
		}
	}
	b.post("/oauth2/revoke", url.Values{"access_token": {text(tokens["access_token"])}})
	if a := ask(text(tokens["access_token"])); a.body != `{"active":false}` {
		t.Errorf("introspection of a revoked token = %s, want exactly {\"active\":false}", a.body)
	}
	for name, c := range map[string]struct {
		a      answer
		status int
		code   string
	}{
		"an app without the switch": {b.post("/oauth2/introspect", s.credentials("token", "x")), 403, "unauthorized_client"},
		"a public client":           {b.post("/oauth2/introspect", url.Values{"client_id": {s.native.App.ClientID}, "token": {"x"}}), 401, "invalid_client"},
		"wrong secret":              {ask("x", "client_secret", "gps_x"), 401, "invalid_client"},
		"no token":                  {ask(""), 400, "invalid_request"},
		"in the address":            {b.post("/oauth2/introspect?token=x", s.credentials()), 400, "invalid_request"},
		"GET":                       {b.get("/oauth2/introspect?token=x"), 405, "invalid_request"},
	} {
		if got := c.a.json(t); c.a.StatusCode != c.status || got["error"] != c.code {
			t.Errorf("introspection by %s = %d %s, want %d %s", name, c.a.StatusCode, c.a.body, c.status, c.code)
		}
	}
}
