package oauth_test

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
)

// AUT-16, AUT-19, AUT-11: the page says who asks, for what, where the browser goes, and for how long.
func TestConsentPageSaysWhatIsAsked(t *testing.T) {
	p := newPortal(t)
	b := p.signedIn("bob")
	a := b.get(p.asks(p.web, "scope", "read events"))
	checkPage(t, "consent", a)
	for _, word := range []string{
		"Web reader", "Bari", "Reads &lt;meters&gt;.", "Read your devices", "no device yet", "Read &lt;events&gt;", "reader.example", "180 days", "1 hour", "bob@example.com",
	} {
		if !strings.Contains(a.body, word) {
			t.Errorf("consent page lacks %q", word)
		}
	}
	for _, word := range []string{"<meters>", "<events>", p.web.Secret.Plain} {
		if strings.Contains(a.body, word) {
			t.Errorf("consent page has %q in it", word)
		}
	}
	loopback := b.get(p.asks(p.native, "redirect_uri", "http://127.0.0.1:49152/callback"))
	if csp := loopback.Header.Get("Content-Security-Policy"); loopback.StatusCode != 200 || !strings.Contains(csp, "form-action 'self';") {
		t.Errorf("policy of the consent page = %q, want form-action 'self'", csp)
	}
}

// AUT-17: what tests/rfc doesn't show of the answer: malformed forms, an answer by nobody, and
// that more scopes are marked as new.
func TestConsentIsAnswered(t *testing.T) {
	p := newPortal(t)
	bob := p.signedIn("bob")
	page := bob.get(p.asks(p.web))
	id := page.requestID(t)
	for name, form := range map[string]url.Values{
		"two requests": {"request": {id, id}, "answer": {"allow"}}, "no request": {"answer": {"allow"}}, "both answers": {"request": {id}, "answer": {"deny", "allow"}},
	} {
		if a := bob.post("/oauth2/consent", form); a.StatusCode != 400 || a.Header.Get("Location") != "" {
			t.Errorf("%s: answer = %d to %q, want 400 and nowhere", name, a.StatusCode, a.base())
		}
	}
	if a := p.browser().post("/oauth2/consent", url.Values{"request": {id}, "answer": {"allow"}}); a.StatusCode != 303 || !strings.HasPrefix(a.Header.Get("Location"), "/login") {
		t.Errorf("nobody's answer = %d, want 303 to /login", a.StatusCode)
	}
	a := bob.post("/oauth2/consent", page.answers(t, "allow"))
	base, q := a.location()
	if a.StatusCode != 200 || base != callback || !strings.HasPrefix(q.Get("code"), "gpc_") || q.Get("state") != "st" || q.Get("iss") != p.url || a.Header.Get("Location") != "" {
		t.Errorf("allow = %d to %s, want a page that leads to the client with code, state and iss", a.StatusCode, base)
	}
	if link := `href="` + html.EscapeString(a.leadsTo()) + `"`; !strings.Contains(a.body, link) || !strings.Contains(a.body, "Continue to Web reader") {
		t.Error("the page after the consent has no link to the client, for a browser that doesn't move on")
	}
	checkPage(t, "allow", a)
	if wider := bob.get(p.asks(p.web, "scope", "read events")); wider.requestID(t) == "" || !strings.Contains(wider.body, "New") {
		t.Error("consent for more scopes does not mark the new one")
	}
}

// DEV-01, RFC 8628 section 3.3: what the pages say. tests/rfc has the rules.
func TestUserCodePage(t *testing.T) {
	p := newPortal(t)
	bob := p.signedIn("bob")
	start := func() string {
		a := bob.post("/oauth2/device_authorization", url.Values{"client_id": {p.native.App.ClientID}, "scope": {"read"}})
		return text(a.json(t)["user_code"])
	}
	checkPage(t, "/device", bob.get("/device"))
	if a := bob.get("/device?user_code=%3Cscript%3E"); a.StatusCode != 200 || strings.Contains(a.body, "script&gt;") {
		t.Errorf("GET /device?user_code=<script> = %d, want it left out", a.StatusCode)
	}
	if a := bob.post("/device", url.Values{"user_code": {"BCDF-BCDF"}}); a.StatusCode != 422 || a.Header.Get("Retry-After") != "" {
		t.Errorf("POST /device(wrong) = %d, want 422", a.StatusCode)
	}
	for answer, says := range map[string]string{"allow": "The device is connected", "deny": "The device was denied"} {
		consent := bob.post("/device", url.Values{"user_code": {start()}})
		checkPage(t, "device consent", consent)
		if !strings.Contains(consent.body, "Read your devices") {
			t.Error("consent of a device does not say what it is for")
		}
		done := bob.post("/oauth2/consent", consent.answers(t, answer))
		if done.StatusCode != 200 || done.Header.Get("Location") != "" || !strings.Contains(done.body, says) {
			t.Errorf("%s to a device = %d, want a page that says %q", answer, done.StatusCode, says)
		}
	}
	for range 9 {
		bob.post("/device", url.Values{"user_code": {"nonsense"}})
	}
	if a := bob.post("/device", url.Values{"user_code": {start()}}); a.StatusCode != 429 || a.Header.Get("Retry-After") == "" || strings.Contains(a.body, "Phone reader") {
		t.Errorf("POST /device after ten wrong codes = %d, Retry-After %q, want 429 with one", a.StatusCode, a.Header.Get("Retry-After"))
	}
}

// The lifetime on the page is that of the app's settings.
func TestConsentOfOneTimeAccess(t *testing.T) {
	p := newPortal(t)
	made, err := p.apps.Create(t.Context(), hub.OperatorActor(), app.NewApp{
		TeamID: p.web.App.TeamID, Name: "Once", Kind: "web", RedirectURIs: []string{callback}, Scopes: []string{"read"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if a := p.signedIn("bob").get(p.asks(made)); a.StatusCode != 200 || !strings.Contains(a.body, "Once, for 1 hour.") || strings.Contains(a.body, "180 days") {
		t.Errorf("consent of one-time access = %d, want it to say once, for 1 hour", a.StatusCode)
	}
}

// Who left the only team that they had let an app reach is asked anew, and doesn't hand it the team that they joined.
func TestConsentForATeamThatWasLeftIsAskedAgain(t *testing.T) {
	p := newPortal(t)
	bari, trani := p.ids()
	p.join(trani, "bob@example.com", hub.Developer)
	bob := p.signedIn("bob")
	bob.allowsFor(p.web, "read", bari)
	if a := bob.get(p.asks(p.web, "scope", "read")); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("the same request while they are in the team = %d, want 303 to the app", a.StatusCode)
	}
	person, err := p.db.PersonByEmail(t.Context(), "bob@example.com")
	if err == nil {
		_, err = p.teams.RemoveMember(t.Context(), hub.OperatorActor(), bari, person.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	a := bob.get(p.asks(p.web, "scope", "read"))
	if a.StatusCode != http.StatusOK || a.requestID(t) == "" || !strings.Contains(a.body, `value="`+trani+`"`) {
		t.Errorf("the same request after leaving = %d, want the consent page with the team that is left\n%.300s", a.StatusCode, a.body)
	}
}
