package oauth_test

import (
	"net/url"
	"strings"
	"testing"

	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
)

// AUT-16, AUT-19, AUT-11: the page says who asks, for what, where it leads and for how long.
func TestConsentPageSaysWhatIsAsked(t *testing.T) {
	s := newSite(t)
	b := s.signedIn("bob")
	a := b.get(s.asks(s.web, "scope", "read events"))
	checkPage(t, "consent", a)
	for _, word := range []string{
		"Web reader", "Bari", "Reads &lt;meters&gt;.", "Read your devices", "no device yet", "Read &lt;events&gt;", "reader.example", "180 days", "1 hour", "bob@example.com",
	} {
		if !strings.Contains(a.body, word) {
			t.Errorf("consent page lacks %q", word)
		}
	}
	for _, word := range []string{"<meters>", "<events>", s.web.Secret.Plain, challenge} {
		if strings.Contains(a.body, word) {
			t.Errorf("consent page has %q in it", word)
		}
	}
	for path, want := range map[string]string{
		s.asks(s.web): "form-action 'self' https://reader.example;",
		s.asks(s.native, "redirect_uri", "http://127.0.0.1:49152/callback"): "form-action 'self' http://127.0.0.1:49152;",
		s.asks(s.native, "redirect_uri", "com.example.reader:/callback"):    "form-action 'self' com.example.reader:;",
	} {
		a := b.get(path)
		if csp := a.Header.Get("Content-Security-Policy"); a.StatusCode != 200 || !strings.Contains(csp, want) {
			t.Errorf("policy of the consent page = %q, want %q in it", csp, want)
		}
	}
}

// AUT-12, AUT-15, AUT-17 over HTTP.
func TestConsentIsAnswered(t *testing.T) {
	s := newSite(t)
	bob, eve := s.signedIn("bob"), s.signedIn("eve")
	id := bob.get(s.asks(s.web)).requestID(t)
	for name, c := range map[string]struct {
		b      *browser
		form   url.Values
		status int
	}{
		"neither":                {bob, url.Values{"request": {id}}, 400},
		"both":                   {bob, url.Values{"request": {id}, "answer": {"deny", "allow"}}, 400},
		"another word":           {bob, url.Values{"request": {id}, "answer": {"Allow"}}, 400},
		"two requests":           {bob, url.Values{"request": {id, id}, "answer": {"allow"}}, 400},
		"none":                   {bob, url.Values{"answer": {"allow"}}, 400},
		"unknown":                {bob, url.Values{"request": {"x"}, "answer": {"allow"}}, 409},
		"another person's":       {eve, url.Values{"request": {id}, "answer": {"allow"}}, 409},
		"another session of bob": {s.signedIn("bob"), url.Values{"request": {id}, "answer": {"allow"}}, 409},
	} {
		a := c.b.post("/oauth2/consent", c.form)
		if a.StatusCode != c.status || a.Header.Get("Location") != "" {
			t.Errorf("%s: answer = %d to %q, want %d and nowhere", name, a.StatusCode, a.base(), c.status)
		}
	}
	if a := s.browser().post("/oauth2/consent", url.Values{"request": {id}, "answer": {"allow"}}); a.StatusCode != 303 || !strings.HasPrefix(a.Header.Get("Location"), "/login") {
		t.Errorf("nobody's answer = %d, want 303 to /login", a.StatusCode)
	}
	r := bob.request("POST", "/oauth2/consent", url.Values{"request": {id}, "answer": {"allow"}})
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if a := bob.do(r); a.StatusCode != 403 {
		t.Errorf("answer sent by another site = %d, want 403", a.StatusCode)
	}
	a := bob.post("/oauth2/consent", url.Values{"request": {id}, "answer": {"allow"}})
	base, q := a.location()
	if a.StatusCode != 303 || base != callback || !strings.HasPrefix(q.Get("code"), "gpc_") || q.Get("state") != "st" || q.Get("iss") != s.url || a.body != "" {
		t.Errorf("yes = %d to %s, want 303 to the client with code, state, iss and no body", a.StatusCode, base)
	}
	checkPage(t, "yes", a)
	if a := bob.post("/oauth2/consent", url.Values{"request": {id}, "answer": {"allow"}}); a.StatusCode != 409 {
		t.Errorf("the same answer again = %d, want 409", a.StatusCode)
	}
	a = bob.get(s.asks(s.web))
	if base, q := a.location(); a.StatusCode != 303 || base != callback || q.Get("code") == "" {
		t.Errorf("the same request again = %d to %s, want a code without being asked", a.StatusCode, base)
	}
	grown := bob.get(s.asks(s.web, "scope", "read events"))
	if grown.requestID(t); !strings.Contains(grown.body, "New") {
		t.Error("consent for more scopes does not mark the new one")
	}
	id = eve.get(s.asks(s.web)).requestID(t)
	a = eve.post("/oauth2/consent", url.Values{"request": {id}, "answer": {"deny"}})
	if base, q := a.location(); a.StatusCode != 303 || base != callback || q.Get("error") != "access_denied" || q.Get("state") != "st" || q.Get("iss") != s.url {
		t.Errorf("no = %d to %s with %s, want 303 with access_denied, state and iss", a.StatusCode, base, q.Get("error"))
	}
}

// DEV-01, RFC 8628 section 3.3.
func TestDevicePage(t *testing.T) {
	s := newSite(t)
	bob := s.signedIn("bob")
	start := func() map[string]any {
		a := bob.post("/oauth2/device_authorization", url.Values{"client_id": {s.native.App.ClientID}, "scope": {"read"}})
		return a.json(t)
	}
	d := start()
	code, _ := d["user_code"].(string)
	complete, _ := d["verification_uri_complete"].(string)
	if a := s.browser().get("/device"); a.StatusCode != 303 {
		t.Errorf("GET /device signed out = %d, want 303 to /login", a.StatusCode)
	}
	form := bob.get(strings.TrimPrefix(complete, s.url))
	if form.StatusCode != 200 || !strings.Contains(form.body, `value="`+code+`"`) || strings.Contains(form.body, "Phone reader") {
		t.Errorf("GET %s = %d, want the code filled in and nothing looked up", complete, form.StatusCode)
	}
	checkPage(t, "/device", form)
	if a := bob.get("/device?user_code=%3Cscript%3E"); a.StatusCode != 200 || strings.Contains(a.body, "script&gt;") {
		t.Errorf("GET /device?user_code=<script> = %d, want it left out", a.StatusCode)
	}
	if a := bob.post("/device", url.Values{"user_code": {"BCDF-BCDF"}}); a.StatusCode != 422 || a.Header.Get("Retry-After") != "" {
		t.Errorf("POST /device(wrong) = %d, want 422", a.StatusCode)
	}
	consent := bob.post("/device", url.Values{"user_code": {strings.ToLower(code)}})
	id := consent.requestID(t)
	checkPage(t, "device consent", consent)
	for _, word := range []string{code, "Phone reader", "Read your devices"} {
		if !strings.Contains(consent.body, word) {
			t.Errorf("consent of a device lacks %q", word)
		}
	}
	done := bob.post("/oauth2/consent", url.Values{"request": {id}, "answer": {"allow"}})
	if done.StatusCode != 200 || done.Header.Get("Location") != "" || !strings.Contains(done.body, "The device is connected") {
		t.Errorf("yes to a device = %d, want a page that says so", done.StatusCode)
	}
	poll := bob.post("/oauth2/token", url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "client_id": {s.native.App.ClientID}, "device_code": {d["device_code"].(string)},
	})
	if got := poll.json(t); poll.StatusCode != 200 || !bob.bearer(got["access_token"]) {
		t.Errorf("token = %d %v, want one that the API takes", poll.StatusCode, got["error"])
	}
	second, _ := start()["user_code"].(string)
	id = bob.post("/device", url.Values{"user_code": {second}}).requestID(t)
	if done := bob.post("/oauth2/consent", url.Values{"request": {id}, "answer": {"deny"}}); done.StatusCode != 200 || !strings.Contains(done.body, "turned away") {
		t.Errorf("no to a device = %d, want a page that says so", done.StatusCode)
	}
	for range 9 {
		bob.post("/device", url.Values{"user_code": {"nonsense"}})
	}
	third, _ := start()["user_code"].(string)
	if a := bob.post("/device", url.Values{"user_code": {third}}); a.StatusCode != 429 || a.Header.Get("Retry-After") == "" || strings.Contains(a.body, "Phone reader") {
		t.Errorf("POST /device after ten wrong codes = %d, Retry-After %q, want 429 with one", a.StatusCode, a.Header.Get("Retry-After"))
	}
}

// Lifetimes are said from the app's own settings.
func TestConsentOfOneTimeAccess(t *testing.T) {
	s := newSite(t)
	made, err := s.apps.Create(t.Context(), hub.OperatorActor(), app.NewApp{
		TeamID: s.web.App.TeamID, Name: "Once", Kind: "web", RedirectURIs: []string{callback}, Scopes: []string{"read"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if a := s.signedIn("bob").get(s.asks(made)); a.StatusCode != 200 || !strings.Contains(a.body, "Once, for 1 hour.") || strings.Contains(a.body, "180 days") {
		t.Errorf("consent of one-time access = %d, want it to say once, for 1 hour", a.StatusCode)
	}
}
