package rfc

import (
	"net/http"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

func (w *world) revoke(t *testing.T, c testapp.Credentials, token string, more ...string) *testapp.Answer {
	t.Helper()
	return w.PostForm(t, "/oauth2/revoke", c.With(append([]string{"token", token}, more...)...))
}

func wantRevoked(t *testing.T, what string, r *testapp.Answer) {
	t.Helper()
	if r.Status != http.StatusOK || r.Body != "{}" && r.Body != "{}\n" || r.Header.Get("Content-Type") != "application/json" || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%s = %d %q as %s, want 200 {}", what, r.Status, r.Body, r.Header.Get("Content-Type"))
	}
}

// RFC 7009 section 2.1: the client authenticates, revokes its own tokens only, and a wrong
// hint doesn't matter; a refresh token takes its access tokens with it, and the reverse
// (REV-02 to REV-04).
func TestRFC7009_2_1(t *testing.T) {
	w := shared
	kinds := map[string]testapp.Credentials{"a web app": w.site, "a native app": w.camera}
	for name, c := range kinds {
		for what, pick := range map[string]func(testapp.Tokens) (string, string){
			"the refresh token":              func(p testapp.Tokens) (string, string) { return p.RefreshToken, "refresh_token" },
			"the access token":               func(p testapp.Tokens) (string, string) { return p.AccessToken, "access_token" },
			"a refresh token, wrong hint":    func(p testapp.Tokens) (string, string) { return p.RefreshToken, "access_token" },
			"an access token, wrong hint":    func(p testapp.Tokens) (string, string) { return p.AccessToken, "refresh_token" },
			"an access token, unknown hint":  func(p testapp.Tokens) (string, string) { return p.AccessToken, "x" },
			"a refresh token without a hint": func(p testapp.Tokens) (string, string) { return p.RefreshToken, "" },
		} {
			tokens, bystander := w.owner.Authorize(t, c), w.owner.Authorize(t, c)
			token, hint := pick(tokens)
			wantError(t, what+" by another client", w.revoke(t, w.other, token, "token_type_hint", hint), http.StatusBadRequest, "unauthorized_client")
			if status := w.Me(t, tokens.AccessToken); status != http.StatusOK {
				t.Errorf("%s of %s after another client's try: GET /api/v1/me = %d, want 200", what, name, status)
			}
			wantRevoked(t, what+" of "+name, w.revoke(t, c, token, "token_type_hint", hint))
			w.wantDead(t, what+" of "+name, c, tokens)
			wantRevoked(t, what+" of "+name+" again", w.revoke(t, c, token, "token_type_hint", hint))
			if status := w.Me(t, bystander.AccessToken); status != http.StatusOK {
				t.Errorf("%s: another authorization's token: GET /api/v1/me = %d, want 200", what, status)
			}
		}
	}
	own := w.client(t, "web")
	once := w.owner.Authorize(t, own).RefreshToken
	for range 2 {
		wantRevoked(t, "one token twice", w.revoke(t, own, once))
	}
	w.wantAudit(t, own, "token.revoked", "1")
	tokens := w.owner.Authorize(t, w.site)
	w.Change(t, "UPDATE access_tokens SET expires_at = issued_at WHERE client_id = ? AND revoked_at = 0", w.site.ClientID)
	wantRevoked(t, "the access token after its end", w.revoke(t, w.site, tokens.AccessToken))
	wantError(t, "a refresh after that", w.refresh(t, w.site, tokens.RefreshToken), http.StatusBadRequest, "invalid_grant")
}

// RFC 7009 section 2.2: an invalid token is a success: the client wanted it gone (REV-01).
func TestRFC7009_2_2(t *testing.T) {
	w := shared
	tokens := w.owner.Authorize(t, w.site)
	for _, token := range []string{"unknown", "gpr_" + strings.Repeat("A", 49), "a.b.c", tokens.AccessToken[:len(tokens.AccessToken)-4] + "AAAA", w.site.ClientSecret, strings.Repeat("x", 60000), "é"} {
		wantRevoked(t, "revoking nothing", w.revoke(t, w.site, token))
	}
	if status := w.Me(t, tokens.AccessToken); status != http.StatusOK {
		t.Errorf("GET /api/v1/me after all that = %d, want 200", status)
	}
}

// RFC 7009 section 2.2.1: refusals are those of RFC 6749 section 5.2.
func TestRFC7009_2_2_1(t *testing.T) {
	w := shared
	tokens := w.owner.Authorize(t, w.site)
	wrong := testapp.Credentials{ClientID: w.site.ClientID, ClientSecret: w.other.ClientSecret}
	for what, c := range map[string]struct {
		r      *testapp.Answer
		status int
		code   string
	}{
		"no token":                      {w.PostForm(t, "/oauth2/revoke", w.site.With()), 400, "invalid_request"},
		"an empty token":                {w.revoke(t, w.site, ""), 400, "invalid_request"},
		"the token in the address":      {w.PostForm(t, "/oauth2/revoke?token="+tokens.AccessToken, w.site.With()), 400, "invalid_request"},
		"a token with NUL":              {w.revoke(t, w.site, "a\x00"), 400, "invalid_request"},
		"a token that is not UTF-8":     {w.revoke(t, w.site, "a\xff"), 400, "invalid_request"},
		"a token of 1 MB":               {w.revoke(t, w.site, strings.Repeat("x", 1<<20)), 413, "invalid_request"},
		"a wrong secret":                {w.revoke(t, wrong, tokens.AccessToken), 401, "invalid_client"},
		"no secret":                     {w.revoke(t, testapp.Credentials{ClientID: w.site.ClientID}, tokens.AccessToken), 401, "invalid_client"},
		"no client":                     {w.PostForm(t, "/oauth2/revoke", testapp.Form("token", tokens.AccessToken)), 401, "invalid_client"},
		"nothing":                       {w.PostForm(t, "/oauth2/revoke", nil, "Content-Type", "application/x-www-form-urlencoded"), 401, "invalid_client"},
		"token twice":                   {w.PostForm(t, "/oauth2/revoke", w.site.With("token", "a", "token", "b")), 400, "invalid_request"},
		"both forms of the endpoint":    {w.PostForm(t, "/oauth2/revoke", w.site.With("token", tokens.AccessToken, "access_token", tokens.AccessToken)), 400, "invalid_request"},
		"credentials in the address":    {w.PostForm(t, "/oauth2/revoke?"+w.site.With("token", tokens.AccessToken).Encode(), nil), 400, "invalid_request"},
		"GET":                           {w.Do(t, w.Request(t, http.MethodGet, "/oauth2/revoke?access_token="+tokens.AccessToken, "")), 405, "invalid_request"},
		"JSON":                          {w.Do(t, w.Request(t, http.MethodPost, "/oauth2/revoke", "{}", "Content-Type", "application/json")), 415, "invalid_request"},
		"another client's, by its name": {w.revoke(t, testapp.Credentials{ClientID: w.camera.ClientID}, tokens.AccessToken), 400, "unauthorized_client"},
	} {
		wantError(t, what, c.r, c.status, c.code)
		if (c.r.Header.Get("WWW-Authenticate") != "") != (c.status == http.StatusUnauthorized) || strings.Contains(c.r.Body, tokens.AccessToken) {
			t.Errorf("%s: WWW-Authenticate = %q, want one with a 401 only, and no token in the answer", what, c.r.Header.Get("WWW-Authenticate"))
		}
	}
	if r := w.Do(t, w.Request(t, http.MethodHead, "/oauth2/revoke?access_token="+tokens.AccessToken, "")); r.Status != http.StatusMethodNotAllowed {
		t.Errorf("HEAD = %d, want 405", r.Status)
	}
	if status := w.Me(t, tokens.AccessToken); status != http.StatusOK {
		t.Errorf("GET /api/v1/me after all that = %d, want 200", status)
	}
	w.Tokens(t, w.refresh(t, w.site, tokens.RefreshToken))
}
