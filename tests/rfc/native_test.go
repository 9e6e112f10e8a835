package rfc

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// codeAt allows what a native app asks for and gives the address that the code goes to.
func (w *world) codeAt(t *testing.T, c testapp.Credentials, uri, challenge string) *url.URL {
	t.Helper()
	page := w.owner.Get(t, testapp.AuthorizePath(c, challenge, "redirect_uri", uri))
	if page.Status != http.StatusOK {
		t.Errorf("the request with %s = %d to %q, want the question", uri, page.Status, page.Location)
		return nil
	}
	r := w.owner.Answer(t, page, "allow")
	u, err := url.Parse(r.Location)
	if err != nil || r.Status != http.StatusOK || !strings.HasPrefix(r.Location, uri) || u.Query().Get("code") == "" {
		t.Errorf("the answer = %d to %q, want a page that leads to %s with a code", r.Status, r.Location, uri)
		return nil
	}
	w.Secret(u.Query().Get("code"))
	return u
}

// RFC 8252 section 7.3: a native app may choose the port of a loopback address at each request,
// but nothing else of it, and no other kind of app may (RFC 9700 section 2.1).
func TestRFC8252_7_3(t *testing.T) {
	w := shared
	c := w.client(t, "native", "http://127.0.0.1/done", "http://[::1]/done", "http://127.0.0.1:4000/fixed?a=b", "http://localhost:4000/done", "com.example.app:/done")
	for _, uri := range []string{"http://127.0.0.1/done", "http://127.0.0.1:51004/done", "http://[::1]:61023/done", "http://127.0.0.1:9/fixed?a=b", "http://localhost:4000/done"} {
		verifier, challenge := testapp.Verifier()
		if u := w.codeAt(t, c, uri, challenge); u != nil {
			wantError(t, "another port at the exchange of "+uri, w.exchange(t, c, u.Query().Get("code"), verifier, "redirect_uri", "http://127.0.0.1:1/done"), http.StatusBadRequest, "invalid_grant")
			w.Tokens(t, w.exchange(t, c, u.Query().Get("code"), verifier, "redirect_uri", uri))
		}
	}
	_, challenge := testapp.Verifier()
	for _, uri := range []string{
		"http://127.0.0.1:51004/other", "http://127.0.0.1:51004/done/", "http://127.0.0.1:51004/done?x", "http://127.0.0.2:51004/done", "http://127.0.0.1:51004@evil.example/done",
		"http://127.0.0.1.evil.example:51004/done", "https://127.0.0.1:51004/done", "http://localhost:51004/done", "http://127.0.0.1:/done", "http://127.0.0.1:99999999/done",
		"http://127.1:51004/done", "http://2130706433:51004/done", "http://0.0.0.0:51004/done", "http://[::ffff:127.0.0.1]:51004/done", "http://[0:0:0:0:0:0:0:1]:51004/done",
		"http://127.0.0.1:51004/fixed", "http://127.0.0.1:51004/done#f", "http://127.0.0.1:x/done", "http://evil.example:51004/done", "com.example.app://done", "com.example.app:/done/",
	} {
		wantPage(t, uri, w.owner.Get(t, testapp.AuthorizePath(c, challenge, "redirect_uri", uri)))
	}
	web := w.client(t, "web", "http://127.0.0.1:4000/done")
	wantPage(t, "another port of a web app", w.owner.Get(t, testapp.AuthorizePath(web, challenge, "redirect_uri", "http://127.0.0.1:4001/done")))
}

// RFC 8252 section 7.1: a private-use scheme works; section 8.6: because any program may
// claim it, the person is asked each time.
func TestRFC8252_8_6(t *testing.T) {
	w := shared
	c := w.client(t, "native", "com.example.app:/done", "http://127.0.0.1/done")
	_, challenge := testapp.Verifier()
	for _, uri := range []string{"com.example.app:/done", "http://127.0.0.1:5000/done"} {
		for range 2 {
			w.codeAt(t, c, uri, challenge)
		}
	}
	// One that only the app's own site receives is remembered.
	w.owner.Code(t, testapp.AuthorizePath(c, challenge))
	if r := w.owner.Get(t, testapp.AuthorizePath(c, challenge)); r.Status != http.StatusSeeOther {
		t.Errorf("the second request with an https redirect = %d, want a code immediately", r.Status)
	}
}

// RFC 8707 section 2: a client says which API its token is for; a resource that isn't an absolute
// URI, or is unknown, is invalid_target (TOK-18). Section 2.2: the token request may narrow it.
func TestRFC8707_2(t *testing.T) {
	w := shared
	own := w.server(t)
	aud := func(r *testapp.Answer) any {
		return decode(t, strings.Split(w.Tokens(t, r).AccessToken, ".")[1])["aud"]
	}
	for what, c := range map[string]struct {
		resources []string
		want      any
	}{
		"none":           {nil, w.URL},
		"one":            {[]string{metersAPI}, metersAPI},
		"the portal's":   {[]string{w.URL}, w.URL},
		"the same twice": {[]string{metersAPI, metersAPI}, metersAPI},
	} {
		f := own.With("grant_type", "client_credentials")
		f["resource"] = c.resources
		if got := aud(w.PostForm(t, "/oauth2/token", f)); got != c.want {
			t.Errorf("resource %s: aud = %v, want %v", what, got, c.want)
		}
	}
	f := own.With("grant_type", "client_credentials")
	f["resource"] = []string{metersAPI, doorsAPI, ""} // an empty one counts as left out
	if got, _ := aud(w.PostForm(t, "/oauth2/token", f)).([]any); len(got) != 2 || got[0] != metersAPI || got[1] != doorsAPI {
		t.Errorf("two resources: aud = %v, want both", got)
	}
	f["resource"] = []string{w.URL, metersAPI}
	wantError(t, "the portal itself and another", w.PostForm(t, "/oauth2/token", f), http.StatusBadRequest, "invalid_target")
	for _, bad := range []string{"https://unknown.example/", lockedAPI, "meters", "/meters", metersAPI + "#f", metersAPI + "#", strings.TrimSuffix(metersAPI, "/"), metersAPI + "?x=1", "HTTPS://METERS.example/", "https://%zz/", "\r\n"} {
		wantError(t, "resource "+bad, w.TokenRequest(t, own, "grant_type", "client_credentials", "resource", bad), http.StatusBadRequest, "invalid_target")
	}
}

// RFC 8707 section 2.2: a token request may ask for less than was allowed, never for more; a
// refresh may ask for another of the resources that were allowed.
func TestRFC8707_2_2(t *testing.T) {
	w := shared
	verifier, challenge := testapp.Verifier()
	path := testapp.AuthorizePath(w.site, challenge) + "&resource=" + url.QueryEscape(metersAPI) + "&resource=" + url.QueryEscape(doorsAPI)
	for what, more := range map[string]string{"an API that isn't open to the app": lockedAPI, "the portal itself as well": w.URL} {
		if got := w.owner.Get(t, path+"&resource="+url.QueryEscape(more)).Returned(t).Get("error"); got != "invalid_target" {
			t.Errorf("an authorization request for %s = %q, want invalid_target", what, got)
		}
	}
	code := w.owner.Code(t, path)
	wantError(t, "a resource that was not allowed", w.exchange(t, w.site, code, verifier, "resource", w.URL), http.StatusBadRequest, "invalid_target")
	tokens := w.Tokens(t, w.exchange(t, w.site, code, verifier, "resource", metersAPI))
	aud := func(tokens testapp.Tokens) any { return decode(t, strings.Split(tokens.AccessToken, ".")[1])["aud"] }
	if got := aud(tokens); got != metersAPI {
		t.Errorf("aud = %v, want %s", got, metersAPI)
	}
	wantError(t, "a refresh for one that was not allowed", w.refresh(t, w.site, tokens.RefreshToken, "resource", w.URL), http.StatusBadRequest, "invalid_target")
	next := w.Tokens(t, w.refresh(t, w.site, tokens.RefreshToken, "resource", doorsAPI))
	if got := aud(next); got != doorsAPI {
		t.Errorf("after a refresh: aud = %v, want %s", got, doorsAPI)
	}
	if got, _ := aud(w.Tokens(t, w.refresh(t, w.site, next.RefreshToken))).([]any); len(got) != 2 {
		t.Errorf("after a refresh without a resource: aud = %v, want both", got)
	}
}
