package rfc

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"gatepost/tests/testapp"
)

// wantPage checks that a request for authorization ends on a page of the portal.
func wantPage(t *testing.T, what string, r *testapp.Answer) {
	t.Helper()
	if r.Status != http.StatusBadRequest || r.Header.Get("Location") != "" || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
		t.Errorf("%s = %d to %q, want a page with status 400 and no redirect", what, r.Status, r.Header.Get("Location"))
	}
}

// wantReturned checks that a refusal goes back to the client with the code, the state as it
// was sent and the issuer, and with nothing that could be used.
func (w *world) wantReturned(t *testing.T, what string, r *testapp.Answer, code, state string) {
	t.Helper()
	if r.Status != http.StatusSeeOther || !strings.HasPrefix(r.Location, testapp.Redirect+"?") {
		t.Errorf("%s = %d to %q, want 303 to the client\n%.300s", what, r.Status, r.Location, r.Body)
		return
	}
	h := r.Header
	if r.Body != "" || h.Get("Cache-Control") != "no-store" || h.Get("X-Frame-Options") != "DENY" || h.Get("X-Content-Type-Options") != "nosniff" ||
		h.Get("Referrer-Policy") != "same-origin" || !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("%s goes back with %d bytes and the headers %v, want no body, not stored, not framed, not sniffed", what, len(r.Body), h)
	}
	got := r.Returned(t)
	if got.Get("error") != code || got.Get("state") != state || got.Get("iss") != w.URL {
		t.Errorf("%s goes back with error %q, state %q, iss %q, want %q, %q, %q", what, got.Get("error"), got.Get("state"), got.Get("iss"), code, state, w.URL)
	}
	for _, name := range []string{"code", "access_token", "id_token", "refresh_token"} {
		if got.Has(name) || strings.Contains(r.Location, "#") {
			t.Errorf("%s goes back with %s or a fragment", what, name)
		}
	}
}

// Section 3.1: GET must be supported and POST may be; an empty parameter counts as left out,
// an unknown one is ignored, none may be sent twice.
func TestRFC6749_3_1(t *testing.T) {
	w := shared
	_, challenge := testapp.Verifier()
	path := testapp.AuthorizePath(w.site, challenge)
	query := strings.TrimPrefix(path, "/oauth2/auth?")
	for what, path := range map[string]string{
		"GET": path, "GET with a slash": "/oauth2/auth/?" + query, "an unknown parameter": path + "&nonce=1&x=y",
		"empty parameters": path + "&scope=&response_mode=&resource=&request=&request_uri=",
	} {
		if code := w.owner.Code(t, path); code == "" {
			t.Errorf("%s: no code", what)
		}
	}
	for what, r := range map[string]*testapp.Answer{
		"POST with a query":            w.Do(t, w.Request(t, http.MethodPost, path, "")),
		"POST with a query and a type": w.PostForm(t, path, nil),
		"POST with a slash":            w.PostForm(t, "/oauth2/auth/?"+query, nil),
		"POST with a body":             w.Do(t, w.Request(t, http.MethodPost, "/oauth2/auth", query, "Content-Type", "application/x-www-form-urlencoded")),
		"POST from another site":       w.Do(t, w.Request(t, http.MethodPost, path, "", "Origin", "https://elsewhere.example", "Sec-Fetch-Site", "cross-site")),
	} {
		if r.Status != http.StatusSeeOther || !strings.HasPrefix(r.Location, "/oauth2/auth?") || len(r.Header.Values("Set-Cookie")) > 0 {
			t.Errorf("%s = %d to %q, want 303 to /oauth2/auth, without a cookie\n%.300s", what, r.Status, r.Location, r.Body)
			continue
		}
		if got := w.owner.Code(t, r.Location); got == "" {
			t.Errorf("%s: no code", what)
		}
	}
	for _, name := range []string{"response_type=code", "scope=read", "state=x", "code_challenge=" + challenge, "nonce=1&nonce=2"} {
		state := "a state"
		if name == "state=x" {
			state = "" // nobody knows which
		}
		w.wantReturned(t, name+" twice", w.owner.Get(t, path+"&scope=read&"+name), "invalid_request", state)
	}
	wantPage(t, "client_id twice", w.owner.Get(t, path+"&client_id="+w.other.ClientID))
	wantPage(t, "a good and an evil redirect_uri", w.owner.Get(t, path+"&redirect_uri="+url.QueryEscape("https://evil.example/")))
	wantPage(t, "redirect_uri in query and body", w.follow(t, w.PostForm(t, path, testapp.Form("redirect_uri", "https://evil.example/"))))
}

// follow is the page to which StartAuthorize leads the owner.
func (w *world) follow(t *testing.T, r *testapp.Answer) *testapp.Answer {
	t.Helper()
	if r.Status != http.StatusSeeOther {
		return r
	}
	return w.owner.Get(t, r.Location)
}

// Section 3.1.1: code is the one response type; the implicit grant is gone (RFC 9700
// section 2.1.2).
func TestRFC6749_3_1_1(t *testing.T) {
	w := shared
	_, challenge := testapp.Verifier()
	for _, kind := range []string{"token", "id_token", "id_token token", "code token", "code id_token", "none", "CODE", "x"} {
		path := testapp.AuthorizePath(w.site, challenge, "response_type", kind)
		w.wantReturned(t, "response_type "+kind, w.owner.Get(t, path), "unsupported_response_type", "a state")
	}
	w.wantReturned(t, "no response_type", w.owner.Get(t, testapp.AuthorizePath(w.site, challenge, "response_type", "")), "invalid_request", "a state")
	for _, mode := range []string{"fragment", "form_post", "x"} {
		w.wantReturned(t, "response_mode "+mode, w.owner.Get(t, testapp.AuthorizePath(w.site, challenge, "response_mode", mode)), "invalid_request", "a state")
	}
}

// Section 3.1.2: an absolute address without a fragment. RFC 9700 section 2.6: http only at
// the loopback interface.
func TestRFC6749_3_1_2(t *testing.T) {
	w := shared
	for _, uri := range []string{"http://client.example/callback", "https://client.example/#f", "https://client.example/#", "/callback", "client.example/callback",
		"https:///callback", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "https://*.example/", "https://user@client.example/", "https://client.example\\@evil.example/"} {
		r := w.owner.Post(t, "/apps/"+w.other.ClientID+"/redirect-uris", testapp.Form("redirect_uri", uri, "next", "/apps"))
		if r.Status != http.StatusUnprocessableEntity {
			t.Errorf("registering %s = %d, want 422", uri, r.Status)
		}
	}
}

// Section 3.1.2.3: if several addresses are registered, the request must name one. A single
// one may be left out, and the token request then needs none either (section 4.1.3).
func TestRFC6749_3_1_2_3(t *testing.T) {
	w := shared
	verifier, challenge := testapp.Verifier()
	code := w.owner.Code(t, testapp.AuthorizePath(w.site, challenge, "redirect_uri", ""))
	wantOK(t, "the exchange without redirect_uri", w.TokenRequest(t, w.site, "grant_type", "authorization_code", "code", code, "code_verifier", verifier))
	two := w.client(t, "web", testapp.Redirect+"/2")
	wantPage(t, "no redirect_uri of two", w.owner.Get(t, testapp.AuthorizePath(two, challenge, "redirect_uri", "")))
}

// Section 3.1.2.4: an address that does not match is never redirected to. RFC 9700 section
// 2.1: it is compared character by character (AUT-02).
func TestRFC6749_3_1_2_4(t *testing.T) {
	w := shared
	_, challenge := testapp.Verifier()
	for _, uri := range []string{
		"https://client.example/callback/", "https://client.example/Callback", "https://client.example/callback?x=1", "https://client.example/callback#f",
		"https://client.example/callback?", "https://client.example//callback", "https://client.example/./callback", "https://client.example/x/../callback",
		"https://client.example/%2e/callback", "https://client.example/call%62ack", "https://CLIENT.example/callback", "HTTPS://client.example/callback",
		"https://client.example:443/callback", "https://client.example:8443/callback", "http://client.example/callback", "https://client.example.evil.example/callback",
		"https://evil.example/callback", "https://client.example@evil.example/callback", "https://evil.example\\@client.example/callback", "https://client.example\\.evil.example/callback",
		"//client.example/callback", "/callback", "callback", "javascript:alert(1)", "https://client.example/callback\r\nX-Injected: yes", "https://client.example/callback\x00",
		" https://client.example/callback", "https://client.example/callback ", "https://client.example./callback", "https://client.example/callback,https://evil.example/",
		"https://client.example/callback https://evil.example/", "https://xn--clint-8ra.example/callback", w.URL + "/oauth2/auth",
	} {
		path := testapp.AuthorizePath(w.site, challenge, "redirect_uri", uri)
		for who, r := range map[string]*testapp.Answer{"signed in": w.owner.Get(t, path), "signed out": w.Do(t, w.Request(t, http.MethodGet, path, ""))} {
			wantPage(t, uri+" "+who, r)
			if r.Header.Get("X-Injected") != "" {
				t.Errorf("%q injects a header", uri)
			}
		}
	}
}

// Section 4.1.2: the answer has the code, and the state unchanged.
func TestRFC6749_4_1_2(t *testing.T) {
	w := shared
	_, challenge := testapp.Verifier()
	unguessable, _ := testapp.Verifier()
	w.Secret(unguessable) // the client's guard against forged answers is not for the log either
	for _, state := range []string{"x", unguessable, "a state", "ä€😀", `<script>"'&=?#%25`, "a\r\nb", strings.Repeat("s", 2000), "+", "%2B"} {
		r := w.owner.Get(t, testapp.AuthorizePath(w.other, challenge, "state", state))
		if r.Status == http.StatusOK {
			r = w.owner.Answer(t, r, "allow")
		}
		got := r.Returned(t)
		if r.Header.Get("Cache-Control") != "no-store" || r.Status == http.StatusSeeOther && r.Body != "" {
			t.Errorf("the answer with the code has Cache-Control %q and %d bytes, want no-store, and none in a redirect", r.Header.Get("Cache-Control"), len(r.Body))
		}
		if got.Get("state") != state || len(got["code"]) != 1 || len(got["state"]) != 1 || r.Header.Get("X-Injected") != "" {
			t.Errorf("state %.20q came back as %.20q", state, got.Get("state"))
		}
		w.Secret(got.Get("code"))
	}
	r := w.owner.Get(t, testapp.AuthorizePath(w.other, challenge, "state", ""))
	if got := r.Returned(t); got.Has("state") {
		t.Error("a state came back that was not sent")
	}
	wantPage(t, "a state of more than 4 KiB", w.owner.Get(t, testapp.AuthorizePath(w.other, challenge, "state", strings.Repeat("s", 4097))))
	wantPage(t, "a request of more than 8 KiB", w.owner.Get(t, testapp.AuthorizePath(w.other, challenge, "nonce", strings.Repeat("s", 8192))))
	// COD-03: what is stored is not the code, and it does not live longer than a minute.
	code := w.owner.Code(t, testapp.AuthorizePath(w.other, challenge))
	if n := testapp.One[string](t, w.App, "SELECT COUNT(*) FROM authorization_codes WHERE hash = ? OR expires_at - created_at > 60", code); n != "0" {
		t.Errorf("%s codes are stored in the clear or live longer than a minute", n)
	}
	if len(code) < 4+22 { // 22 characters of base62 are 130 bits
		t.Errorf("a code has %d characters, want at least 128 bits", len(code))
	}
}

// Section 4.1.2.1: nobody is redirected to an address that isn't the client's; every other
// error goes back to the client, with its state (and iss, RFC 9207 section 2).
func TestRFC6749_4_1_2_1(t *testing.T) {
	w := shared
	_, challenge := testapp.Verifier()
	for _, id := range []string{"", "unknown", "aaaaaaaaaaaaaaaaaaaaaaaaaa", strings.ToUpper(w.site.ClientID), w.site.ClientID + " ", "' OR 1=1 --", "\x00", "\xff"} {
		path := testapp.AuthorizePath(w.site, challenge, "client_id", id)
		wantPage(t, "client_id "+id, w.owner.Get(t, path))
		wantPage(t, "client_id "+id+" signed out", w.Do(t, w.Request(t, http.MethodGet, path, "")))
	}
	noCode := w.client(t, "web")
	w.Change(t, "UPDATE apps SET grants = 'client_credentials' WHERE client_id = ?", noCode.ClientID)
	for what, c := range map[string]struct {
		client testapp.Credentials
		more   []string
		code   string
	}{
		"an unknown scope":                   {w.site, []string{"scope", "read nothing"}, "invalid_scope"},
		"a scope that the app lacks":         {w.site, []string{"scope", "recordings_delete"}, "invalid_scope"},
		"a scope of forbidden characters":    {w.site, []string{"scope", "read \"x\""}, "invalid_scope"},
		"a scope of spaces":                  {w.site, []string{"scope", "  ,"}, "invalid_scope"},
		"an app without the grant":           {noCode, nil, "unauthorized_client"},
		"a state with markup":                {w.site, []string{"scope", "nothing", "state", `"><script>`}, "invalid_scope"},
		"a state with a line break":          {w.site, []string{"scope", "nothing", "state", "a\r\nSet-Cookie: x=y"}, "invalid_scope"},
		"an unknown resource (RFC 8707 2.0)": {w.site, []string{"resource", "https://unknown.example/"}, "invalid_target"},
	} {
		state := "a state"
		if len(c.more) == 4 {
			state = c.more[3]
		}
		r := w.owner.Get(t, testapp.AuthorizePath(c.client, challenge, c.more...))
		w.wantReturned(t, what, r, c.code, state)
		if r.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s sets a cookie", what)
		}
	}
	// AUT-15: the person says no.
	fresh := w.client(t, "web")
	no := w.owner.Answer(t, w.owner.Get(t, testapp.AuthorizePath(fresh, challenge)), "deny").Returned(t)
	if no.Get("error") != "access_denied" || no.Get("state") != "a state" || no.Get("iss") != w.URL || no.Has("code") {
		t.Errorf("a no = %v, want access_denied with the state and iss", no)
	}
	w.wantAudit(t, fresh, "consent.denied", "1")
	if r := w.owner.Get(t, testapp.AuthorizePath(fresh, challenge)); r.Status != http.StatusOK {
		t.Errorf("the request after a no = %d to %q, want the question again", r.Status, r.Location)
	}
}

// RFC 9207 section 2: the issuer is in every answer, also if the redirect URI has a query.
func TestRFC9207_2(t *testing.T) {
	w := shared
	_, challenge := testapp.Verifier()
	c := w.client(t, "web", testapp.Redirect+"?keep=a%20b")
	page := w.owner.Get(t, testapp.AuthorizePath(c, challenge, "redirect_uri", testapp.Redirect+"?keep=a%20b"))
	r := w.owner.Answer(t, page, "allow")
	got := r.Returned(t)
	if got.Get("iss") != w.URL || len(got["iss"]) != 1 || w.Secret(got.Get("code")) == "" || !strings.HasPrefix(r.Location, testapp.Redirect+"?keep=a%20b&") {
		t.Errorf("the answer goes to %q, want the query kept, a code, and iss=%s", r.Location, w.URL)
	}
}

// RFC 9101 section 7: what is not supported is refused, and a stranger's request_uri is not
// fetched (AUT-14).
func TestRFC9101_7(t *testing.T) {
	w := shared
	var fetched atomic.Int64
	stranger := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { fetched.Add(1) }))
	defer stranger.Close()
	_, challenge := testapp.Verifier()
	w.wantReturned(t, "request_uri", w.owner.Get(t, testapp.AuthorizePath(w.site, challenge, "request_uri", stranger.URL)), "request_uri_not_supported", "a state")
	w.wantReturned(t, "request", w.owner.Get(t, testapp.AuthorizePath(w.site, challenge, "request", "eyJhbGciOiJub25lIn0.e30.")), "request_not_supported", "a state")
	if fetched.Load() != 0 {
		t.Error("the portal fetched a stranger's request_uri")
	}
}
