package rfc

import (
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// RFC 6749 section 4.1.3: a code works only for its client, which authenticates, and with its
// redirect URI (COD-05).
func TestRFC6749_4_1_3(t *testing.T) {
	w := shared
	verifier, challenge := testapp.Verifier()
	code := w.owner.Code(t, testapp.AuthorizePath(w.site, challenge))
	wrongSecret := testapp.Credentials{ClientID: w.site.ClientID, ClientSecret: w.other.ClientSecret}
	noSecret := testapp.Credentials{ClientID: w.site.ClientID}
	for what, c := range map[string]struct {
		r      *testapp.Answer
		status int
		code   string
	}{
		"another redirect_uri":          {w.exchange(t, w.site, code, verifier, "redirect_uri", testapp.Redirect+"/"), 400, "invalid_grant"},
		"no redirect_uri":               {w.TokenRequest(t, w.site, "grant_type", "authorization_code", "code", code, "code_verifier", verifier), 400, "invalid_grant"},
		"another client":                {w.exchange(t, w.other, code, verifier), 400, "invalid_grant"},
		"a public client":               {w.exchange(t, w.camera, code, verifier), 400, "invalid_grant"},
		"no client authentication":      {w.exchange(t, noSecret, code, verifier), 401, "invalid_client"},
		"another client's secret":       {w.exchange(t, wrongSecret, code, verifier), 401, "invalid_client"},
		"no client":                     {w.exchange(t, testapp.Credentials{}, code, verifier), 401, "invalid_client"},
		"no code":                       {w.exchange(t, w.site, "", verifier), 400, "invalid_request"},
		"a made-up code":                {w.exchange(t, w.site, "made-up", verifier), 400, "invalid_grant"},
		"a code with a letter changed":  {w.exchange(t, w.site, code[:20]+"_"+code[21:], verifier), 400, "invalid_grant"},
		"a code in other case":          {w.exchange(t, w.site, strings.ToUpper(code), verifier), 400, "invalid_grant"},
		"a refresh token for a code":    {w.exchange(t, w.site, "gpr_"+code[4:], verifier), 400, "invalid_grant"},
		"the code as a refresh token":   {w.refresh(t, w.site, code), 400, "invalid_grant"},
		"a code with NUL":               {w.exchange(t, w.site, "x\x00", verifier), 400, "invalid_request"},
		"markup as a code":              {w.exchange(t, w.site, "<script>{{7*7}}", verifier), 400, "invalid_grant"},
		"a code of 60 kB":               {w.exchange(t, w.site, strings.Repeat("x", 60_000), verifier), 400, "invalid_grant"},
		"the code in place of a secret": {w.exchange(t, testapp.Credentials{ClientID: w.site.ClientID, ClientSecret: code}, code, verifier), 401, "invalid_client"},
	} {
		wantError(t, what, c.r, c.status, c.code)
		for _, sent := range []string{code, verifier, w.site.ClientSecret, "<script", `\u003c`, "7*7"} {
			if strings.Contains(c.r.Body, sent) {
				t.Errorf("%s: the answer repeats what was sent: %s", what, c.r.Body)
			}
		}
	}
	if status := w.Me(t, code); status != http.StatusUnauthorized {
		t.Errorf("GET /api/v1/me with a code = %d, want 401", status)
	}
	w.Tokens(t, w.exchange(t, w.site, code, verifier)) // none of them used it up

	late := w.owner.Code(t, testapp.AuthorizePath(w.site, challenge))
	w.Change(t, "UPDATE authorization_codes SET expires_at = created_at WHERE consumed_at = 0 AND client_id = ?", w.site.ClientID)
	wantError(t, "a code after its minute", w.exchange(t, w.site, late, verifier), http.StatusBadRequest, "invalid_grant")
}

// RFC 6749 section 10.5: a code is used once. A second use within 2 s by the same client is refused; a
// later one revokes the tokens of the first (COD-01) and is recorded. Without the verifier it revokes
// nothing.
func TestRFC6749_10_5(t *testing.T) {
	w := shared
	for name, kind := range map[string]string{"a web app": "web", "a native app": "native"} {
		c := w.client(t, kind)
		verifier, challenge := testapp.Verifier()
		code := w.owner.Code(t, testapp.AuthorizePath(c, challenge))
		first := w.Tokens(t, w.exchange(t, c, code, verifier))
		second := w.Tokens(t, w.refresh(t, c, first.RefreshToken))
		wantError(t, "a thief without the verifier, "+name, w.exchange(t, c, code, challenge), http.StatusBadRequest, "invalid_grant")
		wantError(t, "another client, "+name, w.exchange(t, w.other, code, verifier), http.StatusBadRequest, "invalid_grant")
		if status := w.Me(t, second.AccessToken); status != http.StatusOK {
			t.Errorf("%s: another client, or a thief without the verifier ended the tokens: GET /api/v1/me = %d", name, status)
		}
		wantError(t, "a retry, "+name, w.exchange(t, c, code, verifier), http.StatusBadRequest, "invalid_grant")
		if status := w.Me(t, second.AccessToken); status != http.StatusOK {
			t.Errorf("%s: a retry within 2 s ended the tokens: GET /api/v1/me = %d", name, status)
		}
		w.wantAudit(t, c, "code.reused", "0")
		w.Change(t, "UPDATE authorization_codes SET used_nanos = used_nanos - 2000000000 WHERE client_id = ?", c.ClientID)
		wantError(t, "the second use, "+name, w.exchange(t, c, code, verifier), http.StatusBadRequest, "invalid_grant")
		w.wantDead(t, "after the second use, "+name, c, first)
		w.wantDead(t, "after the second use, "+name, c, second)
		wantError(t, "the third use, "+name, w.exchange(t, c, code, verifier), http.StatusBadRequest, "invalid_grant")
		w.wantAudit(t, c, "code.reused", "1")
	}
}

// RFC 6749 section 5.1: what a token response contains, and that nobody caches it (TOK-01, TOK-02).
func TestRFC6749_5_1(t *testing.T) {
	w := shared
	verifier, challenge := testapp.Verifier()
	code := w.owner.Code(t, testapp.AuthorizePath(w.site, challenge, "scope", "write,read"))
	r := w.exchange(t, w.site, code, verifier)
	tokens := w.Tokens(t, r)
	if tokens.TokenType != "Bearer" || tokens.ExpiresIn != 3600 || tokens.Scope != "write read" || !strings.HasPrefix(tokens.RefreshToken, "gpr_") {
		t.Errorf("the answer has type %q, %d s, scope %q, a refresh token %t; want Bearer, 3600, write read, and one", tokens.TokenType, tokens.ExpiresIn, tokens.Scope, tokens.RefreshToken != "")
	}
	if r.Header.Get("Cache-Control") != "no-store" || r.Header.Get("Pragma") != "no-cache" || r.Header.Get("Content-Type") != "application/json" || !strings.Contains(r.Body, `"expires_in":3600`) {
		t.Errorf("Cache-Control %q, Pragma %q, Content-Type %q", r.Header.Get("Cache-Control"), r.Header.Get("Pragma"), r.Header.Get("Content-Type"))
	}
	wantMembers(t, "the answer to a code", r, "access_token", "expires_in", "refresh_token", "scope", "token_type")
	wantMembers(t, "the answer to a refresh", w.refresh(t, w.site, tokens.RefreshToken), "access_token", "expires_in", "refresh_token", "scope", "token_type")
	for _, cookie := range r.Header.Values("Set-Cookie") {
		t.Errorf("a token answer sets a cookie: %s", cookie)
	}
	// Section 4.4.3: a client's own token comes without a refresh token.
	own := w.server(t)
	if got := w.Tokens(t, w.TokenRequest(t, own, "grant_type", "client_credentials")); got.RefreshToken != "" || got.ExpiresIn != 3600 {
		t.Errorf("client_credentials gave a refresh token %t, %d s", got.RefreshToken != "", got.ExpiresIn)
	}
}

// wantMembers checks that a JSON answer has these members, sorted, and no others.
func wantMembers(t *testing.T, what string, r *testapp.Answer, want ...string) {
	t.Helper()
	var members map[string]any
	r.JSON(t, &members)
	if got := slices.Sorted(maps.Keys(members)); !slices.Equal(got, want) {
		t.Errorf("%s has the members %v, want %v", what, got, want)
	}
}

// RFC 6749 section 2.3.1: libraries that always use Basic send an empty password for a public
// client.
func TestRFC6749_2_3_1(t *testing.T) {
	w := shared
	verifier, challenge := testapp.Verifier()
	code := w.owner.Code(t, testapp.AuthorizePath(w.camera, challenge))
	w.Tokens(t, w.PostForm(t, "/oauth2/token", testapp.Form("grant_type", "authorization_code", "code", code, "redirect_uri", testapp.Redirect, "code_verifier", verifier),
		"Authorization", basicOf(testapp.Credentials{ClientID: w.camera.ClientID})))
}

// RFC 6749 section 5.2: every refusal has its code (TOK-03 to TOK-17).
func TestRFC6749_5_2(t *testing.T) {
	w := shared
	own := w.server(t)
	basic := func(c testapp.Credentials, scheme string) []string {
		return []string{"Authorization", scheme + " " + base64.StdEncoding.EncodeToString([]byte(c.ClientID+":"+c.ClientSecret))}
	}
	ask := func(values ...string) *testapp.Answer { return w.TokenRequest(t, own, values...) }
	grant := testapp.Form("grant_type", "client_credentials")
	secret := own.ClientSecret
	as := func(s string) *testapp.Answer {
		return w.TokenRequest(t, testapp.Credentials{ClientID: own.ClientID, ClientSecret: s}, "grant_type", "client_credentials")
	}
	for what, c := range map[string]struct {
		r      *testapp.Answer
		status int
		code   string
	}{
		"no grant_type":                 {ask(), 400, "invalid_request"},
		"an empty grant_type":           {ask("grant_type", ""), 400, "invalid_request"},
		"an unknown grant_type":         {ask("grant_type", "x"), 400, "unsupported_grant_type"},
		"grant_type password":           {ask("grant_type", "password", "username", w.owner.Email, "password", testapp.Password), 400, "unsupported_grant_type"},
		"grant_type implicit":           {ask("grant_type", "implicit"), 400, "unsupported_grant_type"},
		"grant_type jwt-bearer":         {ask("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), 400, "unsupported_grant_type"},
		"a grant of other apps":         {ask("grant_type", "authorization_code", "code", "x"), 400, "unauthorized_client"},
		"refresh by an app without":     {ask("grant_type", "refresh_token", "refresh_token", "x"), 400, "unauthorized_client"},
		"client_credentials of a site":  {w.TokenRequest(t, w.site, "grant_type", "client_credentials"), 400, "unauthorized_client"},
		"client_credentials by nobody":  {w.TokenRequest(t, w.camera, "grant_type", "client_credentials"), 401, "invalid_client"},
		"an unknown scope":              {ask("grant_type", "client_credentials", "scope", "nothing"), 400, "invalid_scope"},
		"a scope of odd characters":     {ask("grant_type", "client_credentials", "scope", "read\x7f"), 400, "invalid_scope"},
		"a secret cut short":            {as(secret[:len(secret)-1]), 401, "invalid_client"},
		"a secret with a space":         {as(secret + " "), 401, "invalid_client"},
		"a secret in other case":        {as(strings.ToLower(secret)), 401, "invalid_client"},
		"a secret with NUL":             {as(secret + "\x00"), 400, "invalid_request"},
		"another app's secret":          {as(w.site.ClientSecret), 401, "invalid_client"},
		"a secret of 60 kB":             {as(strings.Repeat("x", 60000)), 401, "invalid_client"},
		"a wrong secret by Basic":       {w.PostForm(t, "/oauth2/token", grant, basic(testapp.Credentials{ClientID: own.ClientID, ClientSecret: "wrong"}, "Basic")...), 401, "invalid_client"},
		"an unknown client by Basic":    {w.PostForm(t, "/oauth2/token", grant, basic(testapp.Credentials{ClientID: "unknown", ClientSecret: secret}, "Basic")...), 401, "invalid_client"},
		"a public client by Basic":      {w.PostForm(t, "/oauth2/token", testapp.Form("grant_type", "refresh_token", "refresh_token", "x"), basic(testapp.Credentials{ClientID: w.camera.ClientID, ClientSecret: "x"}, "Basic")...), 401, "invalid_client"},
		"Bearer":                        {w.PostForm(t, "/oauth2/token", grant, basic(own, "Bearer")...), 401, "invalid_client"},
		"two ways at once (2.3)":        {w.PostForm(t, "/oauth2/token", own.With("grant_type", "client_credentials"), basic(own, "Basic")...), 400, "invalid_request"},
		"two clients at once (2.3)":     {w.PostForm(t, "/oauth2/token", testapp.Form("grant_type", "client_credentials", "client_id", w.site.ClientID), basic(own, "Basic")...), 400, "invalid_request"},
		"a parameter twice (3.2)":       {w.PostForm(t, "/oauth2/token", own.With("grant_type", "client_credentials", "scope", "read", "scope", "read")), 400, "invalid_request"},
		"an unknown parameter twice":    {w.PostForm(t, "/oauth2/token", own.With("grant_type", "client_credentials", "x", "1", "x", "2")), 400, "invalid_request"},
		"the parameters in the address": {w.PostForm(t, "/oauth2/token?"+own.With("grant_type", "client_credentials").Encode(), nil), 400, "invalid_request"},
		"GET":                           {w.Do(t, w.Request(t, http.MethodGet, "/oauth2/token", "")), 405, "invalid_request"},
		"GET with a query":              {w.Do(t, w.Request(t, http.MethodGet, "/oauth2/token?"+own.With("grant_type", "client_credentials").Encode(), "")), 405, "invalid_request"},
		"JSON":                          {w.Do(t, w.Request(t, http.MethodPost, "/oauth2/token", `{"grant_type":"client_credentials"}`, "Content-Type", "application/json")), 415, "invalid_request"},
	} {
		wantError(t, what, c.r, c.status, c.code)
		challenge := c.r.Header.Get("WWW-Authenticate")
		if (c.status == 401) != strings.HasPrefix(challenge, "Basic ") {
			t.Errorf("%s: WWW-Authenticate = %q with status %d", what, challenge, c.status)
		}
		if c.status == 405 && c.r.Header.Get("Allow") != "POST" {
			t.Errorf("%s: Allow = %q, want POST", what, c.r.Header.Get("Allow"))
		}
	}
	// TOK-04: nothing tells an unknown client from a wrong secret.
	known, unknown := as(w.site.ClientSecret), w.TokenRequest(t, testapp.Credentials{ClientID: "aaaaaaaaaaaaaaaaaaaaaaaaaa", ClientSecret: w.site.ClientSecret}, "grant_type", "client_credentials")
	if known.Status != unknown.Status || testapp.SameID(known.Body) != testapp.SameID(unknown.Body) {
		t.Errorf("a known client with a wrong secret = %d %s, an unknown one = %d %s, want the same", known.Status, known.Body, unknown.Status, unknown.Body)
	}
	// TOK-08, TOK-12, TOK-16: what must be taken.
	for what, r := range map[string]*testapp.Answer{
		"empty and unknown parameters": ask("grant_type", "client_credentials", "scope", "", "resource", "", "foo", "bar"),
		"Basic in capitals":            w.PostForm(t, "/oauth2/token", grant, basic(own, "BASIC")...),
		"basic in small letters":       w.PostForm(t, "/oauth2/token", grant, basic(own, "basic")...),
		"a charset":                    w.PostForm(t, "/oauth2/token", own.With("grant_type", "client_credentials"), "Content-Type", "Application/X-WWW-Form-Urlencoded; Charset=UTF-8"),
		"the id in the body too":       w.PostForm(t, "/oauth2/token", testapp.Form("grant_type", "client_credentials", "client_id", own.ClientID), basic(own, "Basic")...),
	} {
		wantOK(t, what, r)
	}
}
