package oauth_test

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// checkPage is what every page of the authorization endpoint has (AUT-10, AUT-11).
func checkPage(t *testing.T, name string, a answer) {
	t.Helper()
	h := a.Header
	csp := h.Get("Content-Security-Policy")
	if !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "default-src 'none'") || h.Get("X-Frame-Options") != "DENY" ||
		h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "same-origin" {
		t.Errorf("%s: headers = %v, want it unframed, not stored, not sniffed, without a referrer", name, h)
	}
	for key := range h {
		if strings.HasPrefix(key, "Access-Control-") {
			t.Errorf("%s: header %s = %q, want no CORS", name, key, h.Get(key))
		}
	}
}

// AUT-01, AUT-02, AUT-04, AUT-13: a request that can't be trusted gets a page, signed in or not,
// and isn't redirected. tests/rfc tries the clients and redirect URIs.
func TestUntrustedRequestsAreNotRedirected(t *testing.T) {
	p := newPortal(t)
	for who, b := range map[string]*browser{"nobody": p.browser(), "ann": p.signedIn("ann")} {
		for name, path := range map[string]string{
			"no parameters":         "/oauth2/auth",
			"with a slash":          "/oauth2/auth/?client_id=x",
			"unregistered redirect": p.asks(p.web, "redirect_uri", "https://evil.example/<script>"),
			"bad percent":           p.asks(p.web) + "&x=%zz",
			"not UTF-8":             p.asks(p.web) + "&x=%ff",
			"64 kB":                 p.asks(p.web, "state", strings.Repeat("x", 64<<10)),
		} {
			a := b.get(path)
			checkPage(t, name, a)
			if a.StatusCode != 400 || a.Header.Get("Location") != "" || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
				t.Errorf("%s (%s): answer = %d to %q, want a page with 400 that leads nowhere", name, who, a.StatusCode, a.base())
			}
			for _, raw := range []string{"<script>alert", "evil.example/<script>", "http-equiv"} {
				if strings.Contains(a.body, raw) {
					t.Errorf("%s (%s): page has %q in it", name, who, raw)
				}
			}
			if a.Header.Get("Set-Cookie") != "" && who == "nobody" {
				t.Errorf("%s: Set-Cookie = %q, want none", name, a.Header.Get("Set-Cookie"))
			}
		}
	}
}

// Only people who may edit the app can add the redirect URI from the page.
func TestWhoMayEditTheAppCanAddTheRedirect(t *testing.T) {
	p := newPortal(t)
	path := p.asks(p.web, "redirect_uri", "https://reader.example/callback/")
	form := `action="/apps/` + p.web.App.ClientID + `/redirect-uris"`
	for who, c := range map[string]struct {
		b   *browser
		can bool
	}{"nobody": {p.browser(), false}, "ann, who made it": {p.signedIn("ann"), true}, "bob": {p.signedIn("bob"), false}, "eve": {p.signedIn("eve"), false}} {
		a := c.b.get(path)
		if got := strings.Contains(a.body, form); a.StatusCode != 400 || got != c.can {
			t.Errorf("%s: answer = %d with a form to add it = %t, want 400, %t", who, a.StatusCode, got, c.can)
		}
		if !strings.Contains(a.body, "https://reader.example/callback") {
			t.Errorf("%s: the page does not show the registered redirect", who)
		}
	}
	ann := p.signedIn("ann")
	a := ann.post("/apps/"+p.web.App.ClientID+"/redirect-uris", url.Values{"redirect_uri": {"https://reader.example/callback/"}, "next": {path}})
	if a.StatusCode != 200 || a.leadsTo() != path {
		t.Fatalf("POST redirect-uris = %d to %q, want a page that leads to the request", a.StatusCode, a.base())
	}
	ann.get(path).requestID(t)
	if a := ann.get(p.asks(p.web, "redirect_uri", "http://reader.example/callback")); strings.Contains(a.body, `name="redirect_uri"`) {
		t.Error("an http redirect is offered to be added, want the reason why not")
	}
}

// RFC 9700 section 4.11.2: the person signs in first, and comes back to the same request, with
// whatever characters its state has.
func TestSigningInKeepsTheRequest(t *testing.T) {
	p := newPortal(t)
	state := `a b+c&d=\"ü`
	b := p.browser()
	a := b.get(p.asks(p.web, "state", state) + `&x=\`)
	login, q := a.location()
	next := q.Get("next")
	if a.StatusCode != 303 || login != "/login" || !strings.HasPrefix(next, "/oauth2/auth?") {
		t.Fatalf("answer = %d to %s, want 303 to /login with next", a.StatusCode, login)
	}
	in := b.post("/login", url.Values{"email": {"bob@example.com"}, "password": {password}, "next": {next}})
	if in.StatusCode != 200 || in.leadsTo() != next || !strings.Contains(in.body, `href="`+html.EscapeString(next)+`"`) {
		t.Fatalf("POST /login = %d to %q, want a page that leads to the request and has a link", in.StatusCode, in.base())
	}
	checkPage(t, "after signing in", in)
	deny := b.post("/oauth2/consent", url.Values{"request": {b.get(next).requestID(t)}, "answer": {"deny"}})
	if _, q := deny.location(); q.Get("state") != state {
		t.Errorf("state = %q, want %q as it was sent", q.Get("state"), state)
	}
	// The form of the sign-in page stays on this site, wherever it leads.
	for _, next := range []string{next, "/dashboard", "//evil.example/oauth2/auth"} {
		a := p.browser().get("/login?next=" + url.QueryEscape(next))
		if csp := a.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self';") {
			t.Errorf("policy of /login?next=%s = %q, want form-action 'self'", next, csp)
		}
	}
}

// Netrex's document: the request is a POST with its parameters in the address or a form, from whichever site.
func TestRequestsBySendingAForm(t *testing.T) {
	p := newPortal(t)
	_, query, _ := strings.Cut(p.asks(p.web, "scope", "read,events", "code_challenge", "", "code_challenge_method", ""), "?")
	form, _ := url.ParseQuery(query)
	b := p.signedIn("bob")
	for name, c := range map[string]struct {
		path string
		form url.Values
	}{
		"in the address": {"/oauth2/auth/?" + query, nil}, "in a form": {"/oauth2/auth", form}, "an empty form": {"/oauth2/auth?" + query, url.Values{}},
		"in both": {"/oauth2/auth/?client_id=" + p.web.App.ClientID, without(form, "client_id")},
	} {
		r := b.request("POST", c.path, c.form)
		r.Header.Set("Origin", "https://other.example")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		a := b.do(r)
		base, got := a.location()
		if a.StatusCode != 303 || base != "/oauth2/auth" || len(got) != len(form) || got.Get("scope") != "read,events" || got.Get("state") != "st" {
			t.Errorf("%s: answer = %d to %s?%v, want 303 to the GET with all of it", name, a.StatusCode, base, got)
			continue
		}
		b.get(a.Header.Get("Location")).requestID(t)
	}
	// Nothing is done for the session that came with it, and what is in both places is in the answer twice.
	a := b.post("/oauth2/auth?"+query, form)
	if _, got := a.location(); a.StatusCode != 303 || len(got["client_id"]) != 2 {
		t.Errorf("POST with everything twice = %d, %d client ids, want 303 to a GET that refuses it", a.StatusCode, len(got["client_id"]))
	} else if page := b.get(a.Header.Get("Location")); page.StatusCode != 400 {
		t.Errorf("GET with everything twice = %d, want 400", page.StatusCode)
	}
	for name, r := range map[string]*http.Request{
		"bad percent": b.request("POST", "/oauth2/auth?x=%zz", nil),
		"JSON":        b.request("POST", "/oauth2/auth?"+query, url.Values{"x": {"y"}}),
		"1 MB":        b.request("POST", "/oauth2/auth", url.Values{"state": {strings.Repeat("x", 1<<20)}}),
		"HEAD":        b.request("HEAD", "/oauth2/auth?"+query, nil),
		"OPTIONS":     b.request("OPTIONS", "/oauth2/auth?"+query, nil),
		"PUT":         b.request("PUT", "/oauth2/auth?"+query, nil),
	} {
		if name == "JSON" {
			r.Header.Set("Content-Type", "application/json")
		}
		a := b.do(r)
		if a.StatusCode < 400 || a.StatusCode > 499 || a.Header.Get("Location") != "" {
			t.Errorf("%s: answer = %d to %q, want a 4xx", name, a.StatusCode, a.base())
		}
		checkPage(t, name, a)
	}
}

func without(form url.Values, name string) url.Values {
	out := url.Values{}
	for k, v := range form {
		if k != name {
			out[k] = v
		}
	}
	return out
}

// base returns where an answer leads, without the query, which may have a code.
func (a answer) base() string {
	base, _ := a.location()
	return base
}
