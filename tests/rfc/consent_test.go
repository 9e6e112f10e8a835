package rfc

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// RFC 6749 section 10.2: a person is asked before an app gets anything, and told in words who
// asks and what for (AUT-16); and is asked again when the app wants more.
func TestRFC6749_10_2(t *testing.T) {
	w := shared
	c := w.client(t, "web")
	_, challenge := testapp.Verifier()
	page := w.owner.Get(t, testapp.AuthorizePath(c, challenge, "scope", "read"))
	wantOK(t, "the first request", page)
	for _, want := range []string{team, "client.example", "Read your team", "devices", w.owner.Name, "180 days", `value="allow"`, `value="deny"`} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the consent page lacks %q", want)
		}
	}
	w.Secret(w.owner.Answer(t, page, "allow").Returned(t).Get("code"))
	if r := w.owner.Get(t, testapp.AuthorizePath(c, challenge, "scope", "read")); r.Status != http.StatusSeeOther || w.Secret(r.Returned(t).Get("code")) == "" {
		t.Errorf("what was allowed before = %d, want a code immediately", r.Status)
	}
	w.wantAudit(t, c, "consent.given", "1")
	if r := w.owner.Get(t, testapp.AuthorizePath(c, challenge, "scope", "read write")); r.Status != http.StatusOK || !strings.Contains(r.Body, `value="deny"`) {
		t.Errorf("a wider request = %d, want the question", r.Status)
	}
	// Nobody is asked who is not signed in, and comes back to the question afterwards.
	r := w.Do(t, w.Request(t, http.MethodGet, testapp.AuthorizePath(c, challenge), ""))
	if r.Status != http.StatusSeeOther || !strings.HasPrefix(r.Location, "/login?next=%2Foauth2%2Fauth%3F") {
		t.Errorf("signed out = %d to %q, want 303 to /login", r.Status, r.Location)
	}
	p := w.Member(t, team, "viewer")
	signedOut := w.Visitor(t)
	wantOK(t, "the sign-in page", signedOut.Get(t, r.Location))
	next, err := url.Parse(r.Location)
	if err != nil {
		t.Fatal(err)
	}
	back := signedOut.Post(t, "/login", testapp.Form("email", p.Email, "password", testapp.Password, "next", next.Query().Get("next")))
	if back.Status != http.StatusOK || !strings.HasPrefix(back.Location, "/oauth2/auth?") {
		t.Fatalf("after signing in = %d to %q, want a page that leads to the request", back.Status, back.Location)
	}
	for _, cookie := range signedOut.Cookies(t) {
		w.Secret(cookie.Value)
	}
	code := signedOut.Code(t, back.Location)
	if got := testapp.One[string](t, w.App, "SELECT p.email FROM authorization_codes c JOIN people p ON p.id = c.person_id ORDER BY c.rowid DESC LIMIT 1"); code == "" || got != p.Email {
		t.Errorf("the newest code is %s's, want %s", got, p.Email)
	}
}

// RFC 6749 section 10.12: an answer counts for its own request and session only, and once
// (AUT-17).
func TestRFC6749_10_12(t *testing.T) {
	w := shared
	c := w.client(t, "web")
	_, challenge := testapp.Verifier()
	path := testapp.AuthorizePath(c, challenge)
	stranger := w.Member(t, team, "viewer")
	again := w.owner.Again(t)
	page := w.owner.Get(t, path)
	id := page.ConsentRequest(t)
	refused := func(what string, r *testapp.Answer, status int) {
		t.Helper()
		if r.Status != status || strings.Contains(r.Location, "code=") {
			t.Errorf("%s = %d to %q, want %d", what, r.Status, r.Location, status)
		}
	}
	offered, _ := page.ConsentTeams()
	answer := testapp.Form("request", id, "answer", "allow", "team", offered[0])
	refused("another person's answer", stranger.Post(t, "/oauth2/consent", answer), http.StatusConflict)
	refused("an answer from another session of the same person", again.Post(t, "/oauth2/consent", answer), http.StatusConflict)
	refused("an answer from another site", w.owner.Do(t, w.Request(t, http.MethodPost, "/oauth2/consent", answer.Encode(),
		"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example")), http.StatusForbidden)
	refused("an answer to nothing", w.owner.Post(t, "/oauth2/consent", testapp.Form("request", "made up", "answer", "allow")), http.StatusConflict)
	refused("no answer", w.owner.Post(t, "/oauth2/consent", testapp.Form("request", id)), http.StatusBadRequest)
	refused("two answers", w.owner.Post(t, "/oauth2/consent", testapp.Form("request", id, "answer", "deny", "answer", "allow")), http.StatusBadRequest)
	refused("an odd answer", w.owner.Post(t, "/oauth2/consent", testapp.Form("request", id, "answer", "ALLOW")), http.StatusBadRequest)
	refused("a GET", w.owner.Get(t, "/oauth2/consent?"+answer.Encode()), http.StatusMethodNotAllowed)
	if w.Secret(w.owner.Answer(t, page, "allow").Returned(t).Get("code")) == "" {
		t.Fatal("the right answer gave no code")
	}
	refused("the same answer again", w.owner.Answer(t, page, "allow"), http.StatusConflict)
	refused("the other answer", w.owner.Answer(t, page, "deny"), http.StatusConflict)

	late := w.owner.Get(t, testapp.AuthorizePath(w.client(t, "web"), challenge))
	w.Change(t, "UPDATE consent_requests SET expires_at = created_at WHERE id = ?", late.ConsentRequest(t))
	refused("an answer after the question expired", w.owner.Answer(t, late, "allow"), http.StatusConflict)
}

// RFC 6749 section 10.14: parameters are shown as text or not at all (AUT-13).
func TestRFC6749_10_14(t *testing.T) {
	w := shared
	_, challenge := testapp.Verifier()
	evil := "\"><script>alert(1)</script>\r\nX-Injected: yes"
	for _, name := range []string{"client_id", "redirect_uri", "scope", "state", "response_type", "code_challenge", "code_challenge_method", "resource", "response_mode", evil} {
		path := testapp.AuthorizePath(w.site, challenge, name, evil)
		for who, r := range map[string]*testapp.Answer{"signed in": w.owner.Get(t, path), "signed out": w.Do(t, w.Request(t, http.MethodGet, path, "")), "by POST": w.PostForm(t, path, nil)} {
			if r.Status >= 500 || strings.Contains(r.Body, "<script>alert") || r.Header.Get("X-Injected") != "" || strings.ContainsAny(r.Header.Get("Location"), "<>\"\r\n") {
				t.Errorf("markup in %.30s %s = %d to %q, or it is not escaped", name, who, r.Status, r.Location)
			}
			for _, pair := range strings.Split(r.Header.Get("Location"), "&") {
				if strings.HasPrefix(pair, "error_description=") && strings.Contains(pair, "alert") {
					t.Errorf("markup in %.30s comes back in the description", name)
				}
			}
		}
	}
	page := w.owner.Get(t, testapp.AuthorizePath(w.site, challenge, "redirect_uri", "https://evil.example/<b>"))
	if strings.Contains(page.Body, "<b>") {
		t.Error("the page shows the received address as markup")
	}
}

// RFC 9700 section 2.6: no script of another site talks to the authorization endpoint
// (AUT-10), and none talks to a machine endpoint with cookies (TOK-19).
func TestRFC9700_2_6(t *testing.T) {
	w := shared
	_, challenge := testapp.Verifier()
	origin := []string{"Origin", "https://elsewhere.example", "Access-Control-Request-Method", "POST"}
	path := testapp.AuthorizePath(w.site, challenge)
	for _, path := range []string{path, "/oauth2/auth", "/oauth2/auth/", "/oauth2/consent", "/device"} {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions} {
			r := w.owner.Do(t, w.Request(t, method, path, "", origin...))
			for name := range r.Header {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("%s %s answers with %s", method, path, name)
				}
			}
		}
	}
	for _, path := range []string{"/oauth2/token", "/oauth2/revoke", "/oauth2/introspect", "/oauth2/device_authorization", "/.well-known/jwks.json"} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodOptions} {
			h := w.Do(t, w.Request(t, method, path, "", origin...)).Header
			if allowed := h.Get("Access-Control-Allow-Origin"); allowed != "*" || h.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s %s lets origins %q, credentials %q, want any origin without credentials", method, path, allowed, h.Get("Access-Control-Allow-Credentials"))
			}
		}
	}
}

var reference = regexp.MustCompile(` (?:href|src|srcset|action|formaction|poster|data)="([^"]*)"`)

// RFC 9700 section 4.2.4: the pages of the authorization endpoint load nothing from elsewhere and
// link nowhere else, so that no Referer header tells a stranger of a request (AUT-24).
func TestRFC9700_4_2_4(t *testing.T) {
	w := shared
	_, challenge := testapp.Verifier()
	c := w.client(t, "web")
	path := testapp.AuthorizePath(c, challenge)
	for what, page := range map[string]*testapp.Answer{
		"the sign-in page":              w.Visitor(t).Get(t, "/login?next="+url.QueryEscape(path)),
		"the consent page":              w.owner.Get(t, path),
		"the refusing page":             w.owner.Get(t, testapp.AuthorizePath(c, challenge, "redirect_uri", "https://evil.example/")),
		"the refusing page, signed out": w.Do(t, w.Request(t, http.MethodGet, testapp.AuthorizePath(c, challenge, "redirect_uri", "https://evil.example/"), "")),
		"the device page":               w.owner.Get(t, "/device?user_code=BCDF-GHJK"),
	} {
		found := reference.FindAllStringSubmatch(page.Body, -1)
		if len(found) < 3 {
			t.Errorf("%s = %d with %d references, want a page", what, page.Status, len(found))
		}
		for _, m := range found {
			if to := html.UnescapeString(m[1]); !strings.HasPrefix(to, "#") && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//")) {
				t.Errorf("%s leads to %q, want nothing outside of the portal", what, to)
			}
		}
	}
}

// RFC 9700 section 4.11.2: the portal redirects nobody to an address of a stranger's choice (AUT-20).
func TestRFC9700_4_11_2(t *testing.T) {
	w := shared
	for _, next := range []string{"//evil.example", "https:evil.example", "/\\evil.example", "https://evil.example/", "\\\\evil.example", "/%5cevil.example/..//evil.example",
		"javascript:alert(1)", "/\t/evil.example", "http:///evil.example", "//evil.example/oauth2/auth?x", "/oauth2/auth@evil.example", " //evil.example"} {
		p := w.Visitor(t)
		r := p.Post(t, "/login?next="+url.QueryEscape(next), testapp.Form("email", w.owner.Email, "password", testapp.Password, "next", next))
		to, err := url.Parse(r.Header.Get("Location"))
		if r.Status != http.StatusSeeOther || err != nil || to.Host != "" && "http://"+to.Host != w.URL || strings.HasPrefix(to.Path, "//") || strings.Contains(to.Path, "\\") {
			t.Errorf("sign-in with next=%q = %d to %q, want 303 on this site", next, r.Status, r.Header.Get("Location"))
		}
		for _, c := range p.Cookies(t) {
			w.Secret(c.Value)
		}
	}
	// A request that would fail is no way to send strangers to a client either.
	_, challenge := testapp.Verifier()
	for _, more := range [][]string{{"scope", "nothing"}, {"response_type", "token"}, {"code_challenge_method", "plain"}} {
		r := w.Do(t, w.Request(t, http.MethodGet, testapp.AuthorizePath(w.site, challenge, more...), ""))
		if r.Status != http.StatusSeeOther || !strings.HasPrefix(r.Location, "/login?next=") {
			t.Errorf("a request with %v, signed out = %d to %q, want 303 to /login", more, r.Status, r.Location)
		}
	}
	r := w.owner.Post(t, "/apps/"+w.other.ClientID+"/redirect-uris", testapp.Form("redirect_uri", "https://client.example/elsewhere", "next", "https://evil.example/"))
	if r.Location != "/apps/"+w.other.ClientID {
		t.Errorf("adding a redirect URI with a next elsewhere leads to %q", r.Location)
	}
	w.Change(t, "UPDATE apps SET redirect_uris = ? WHERE client_id = ?", testapp.Redirect, w.other.ClientID)
}

// RFC 9700 section 4.12: a browser must never forward a form with credentials: 303 only.
func TestRFC9700_4_12(t *testing.T) {
	w := shared
	_, challenge := testapp.Verifier()
	c := w.client(t, "web")
	path := testapp.AuthorizePath(c, challenge)
	p := w.Visitor(t)
	answers := map[string]*testapp.Answer{
		"POST /oauth2/auth":         w.PostForm(t, path, nil),
		"GET /oauth2/auth":          w.Do(t, w.Request(t, http.MethodGet, path, "")),
		"POST /login":               p.Post(t, "/login?next="+url.QueryEscape(path), testapp.Form("email", w.owner.Email, "password", testapp.Password, "next", path)),
		"POST /oauth2/consent no":   w.owner.Answer(t, w.owner.Get(t, path), "deny"),
		"POST /oauth2/consent yes":  w.owner.Answer(t, w.owner.Get(t, path), "allow"),
		"GET with remembered yes":   w.owner.Get(t, testapp.AuthorizePath(w.site, challenge)),
		"GET with an error":         w.owner.Get(t, testapp.AuthorizePath(c, challenge, "scope", "nothing")),
		"POST /preferences/theme":   w.owner.Post(t, "/preferences/theme", testapp.Form("theme", "dark", "next", path)),
		"GET /oauth2/auth/ (slash)": w.Do(t, w.Request(t, http.MethodGet, strings.Replace(path, "/auth?", "/auth/?", 1), "")),
	}
	for what, r := range answers {
		if r.Status != http.StatusSeeOther && r.Status != http.StatusOK {
			t.Errorf("%s = %d to %q, want 303", what, r.Status, r.Location)
		}
		if r.Status == http.StatusSeeOther && strings.Contains(r.Body, "gpc_") {
			t.Errorf("%s has the code in its body", what)
		}
		if u, err := url.Parse(r.Location); err == nil && u.Query().Get("code") != "" {
			w.Secret(u.Query().Get("code"))
		}
	}
	for _, cookie := range p.Cookies(t) {
		w.Secret(cookie.Value)
	}
}

var formAction = regexp.MustCompile(`form-action ([^;]*);`)

// RFC 9700 section 4.16: nobody frames the sign-in or consent page (AUT-11), nor the page that
// ends its form; no form leads away from the portal (AUT-19).
func TestRFC9700_4_16(t *testing.T) {
	w := shared
	_, challenge := testapp.Verifier()
	c := w.client(t, "web")
	path := testapp.AuthorizePath(c, challenge)
	native := w.client(t, "native", "com.example.app:/done", "http://[::1]/done")
	private := w.owner.Get(t, testapp.AuthorizePath(native, challenge, "redirect_uri", "com.example.app:/done"))
	for what, page := range map[string]*testapp.Answer{
		"consent":                          w.owner.Get(t, path),
		"consent of a private-use scheme":  private,
		"consent of an IPv6 loopback":      w.owner.Get(t, testapp.AuthorizePath(native, challenge, "redirect_uri", "http://[::1]:8765/done")),
		"the page after denying":           w.owner.Answer(t, private, "deny"),
		"sign-in on the way to a client":   w.Visitor(t).Get(t, "/login?next="+url.QueryEscape(path)),
		"sign-in on the way to a stranger": w.Visitor(t).Get(t, "/login?next="+url.QueryEscape(testapp.AuthorizePath(c, challenge, "redirect_uri", "https://evil.example/"))),
		"the page after signing in":        w.Visitor(t).Post(t, "/login", testapp.Form("email", w.owner.Email, "password", testapp.Password, "next", path)),
		"a page of no client":              w.owner.Get(t, testapp.AuthorizePath(testapp.Credentials{ClientID: "x"}, "")),
	} {
		h := page.Header
		csp := h.Get("Content-Security-Policy")
		if h.Get("X-Frame-Options") != "DENY" || !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "default-src 'none'") {
			t.Errorf("%s can be framed: X-Frame-Options %q, policy %q", what, h.Get("X-Frame-Options"), csp)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "same-origin" && h.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: nosniff %q, Cache-Control %q, Referrer-Policy %q", what, h.Get("X-Content-Type-Options"), h.Get("Cache-Control"), h.Get("Referrer-Policy"))
		}
		if m := formAction.FindStringSubmatch(csp); m == nil || m[1] != "'self'" {
			t.Errorf("%s: policy %q, want form-action 'self'", what, csp)
		}
	}
}
