package pages

import (
	"strings"
	"testing"
	"time"

	"gatepost/views/ui"
)

func wants(t *testing.T, html string, words ...string) {
	t.Helper()
	for _, s := range words {
		if !strings.Contains(html, s) {
			t.Errorf("want %s in the page", s)
		}
	}
}

func lacks(t *testing.T, html string, words ...string) {
	t.Helper()
	for _, s := range words {
		if strings.Contains(html, s) {
			t.Errorf("want no %s in the page", s)
		}
	}
}

func askedConsent() Consent {
	return Consent{
		Page: page(), App: "Ward <dashboard>", Team: "San Vito", Description: "Shows free beds.", PersonName: "Mario Rossi", PersonEmail: "m@example.com",
		Scopes:       []ConsentScope{{Name: "read", Text: "See devices.", Reach: "3 of 12 devices"}, {Name: "events", Text: "Read events.", Reach: "all 4 sites", New: true}},
		RedirectHost: "ward.example.com", Lifetime: "Until you end it.", RequestID: "req-1",
	}
}

// AUT-16: app, owner, redirect host, scopes and lifetime, in words.
func TestConsentSaysWhoWhatAndAsWhom(t *testing.T) {
	wants(t, render(t, askedConsent()), "Ward &lt;dashboard&gt;", "asks to act for you", "San Vito", "“Shows free beds.”", "Mario Rossi", "m@example.com",
		"See devices.", "3 of 12 devices", "Read events.", "all 4 sites", "ward.example.com", "Until you end it.",
		`action="/oauth2/consent"`, `name="request" value="req-1"`, `name="answer" value="allow"`, `name="answer" value="deny"`)
}

func TestConsentHasNoWayOffButTwoEqualButtons(t *testing.T) {
	html := render(t, askedConsent())
	lacks(t, html, `id="nav"`, "Your menu", "btn primary", "btn danger")
	if n := strings.Count(html, `<button class="btn" type="submit"`); n != 2 {
		t.Errorf("buttons alike = %d, want 2", n)
	}
	if n := strings.Count(html, "<button"); n != 2 {
		t.Errorf("buttons = %d, want 2", n)
	}
}

func TestConsentSaysWhatIsNewWhenScopesGrow(t *testing.T) {
	m := askedConsent()
	lacks(t, render(t, m), ">New<", "\tNew")
	m.Known = true
	html := render(t, m)
	wants(t, html, "asks for more")
	if n := strings.Count(html, `class="badge pending"`); n != 1 {
		t.Errorf("scopes marked as new = %d, want 1", n)
	}
}

func TestConsentSaysOnceWhatEveryScopeReaches(t *testing.T) {
	m := askedConsent()
	m.Scopes[1].Reach = m.Scopes[0].Reach
	if n := strings.Count(render(t, m), "3 of 12 devices"); n != 1 {
		t.Errorf("times that the reach is said = %d, want 1", n)
	}
}

func TestConsentOfADeviceShowsItsCode(t *testing.T) {
	m := askedConsent()
	m.UserCode, m.RedirectHost, m.DeviceFrom = "BCDF-GHJK", "", "203.0.113.9"
	html := render(t, m)
	wants(t, html, "BCDF-GHJK", "If it shows another", "203.0.113.9")
	lacks(t, html, "You return to")
}

func TestRedirectProblemOffersToAddWhatMayBeAdded(t *testing.T) {
	const received = "https://app.example.com/cb/"
	m := RedirectProblem{
		Page: page(), App: "Hub", ClientID: "abc", Received: received, CanAdd: true, Next: "/oauth2/auth?state=1",
		Registered: DiffRedirects(received, []string{"https://app.example.com/cb", "https://other.example.com/"}),
	}
	html := render(t, m)
	wants(t, html, `<mark class="bad">/</mark>`, "slash at the end", "https://other.example.com/", "Add it only if it is yours",
		`action="/apps/abc/redirect-uris"`, `name="redirect_uri" value="`+received+`"`, `name="next" value="/oauth2/auth?state=1"`, "Add this URI")
	m.AddRefused = "Write https."
	html = render(t, m)
	wants(t, html, "Write https.")
	lacks(t, html, "Add this URI", `name="redirect_uri"`)
	m.CanAdd, m.WhoCan = false, "Ana Conti can add it."
	html = render(t, m)
	wants(t, html, "Ana Conti can add it.")
	lacks(t, html, "Add this URI", "<form")
}

func TestPersonalTokenRevealShowsTheTokenOnce(t *testing.T) {
	html := render(t, PersonalTokenReveal{Page: page(), Name: "laptop", Token: "gpp_t0ken", Issuer: "http://localhost:8080", Scopes: []string{"read"}})
	wants(t, html, `value="gpp_t0ken"`, "data-secret", `API_TOKEN=<span data-secret-text>gpp_t0ken</span>`, `data-guard="/account/tokens"`, "data-saved", "$API_TOKEN", "laptop")
	if n := strings.Count(html, "gpp_t0ken"); n != 2 {
		t.Errorf("times that the token stands in the page = %d, want 2", n)
	}
}

func TestPersonalTokensWithoutAnEndAreOfferedWhereAllowed(t *testing.T) {
	m := PersonalTokens{Page: page(), CanCreate: true, Scopes: sampleScopes}
	html := render(t, m)
	wants(t, html, `<option value="30d" selected`, `type="date"`)
	lacks(t, html, `value="never"`)
	m.NoEndAllowed = true
	wants(t, render(t, m), `value="never"`)
}

func TestPersonalTokenRowReadsLikeASentence(t *testing.T) {
	p := page()
	m := PersonalTokens{Page: p, CanCreate: true, Rows: []PersonalTokenRow{{
		ID: "1", Name: "laptop", Hint: "k3f9", State: "live", Scopes: []string{"read", "events"}, Made: p.Now.Add(-12 * ui.Day), Ends: p.Now.Add(18 * ui.Day),
		LastUsed: p.Now.Add(-time.Hour), LastFrom: "203.0.113.9",
	}, {ID: "2", Name: "old", Hint: "zz01", State: "revoked", RevokedAt: p.Now.Add(-time.Hour)}}}
	html := render(t, m)
	wants(t, html, "gpp_…k3f9", "laptop", "12 d ago", "1 h ago", "203.0.113.9", "in 18 d", "read events", `href="/account/tokens/1/revoke"`)
	lacks(t, html, "made by", "uses in 24 h", "/account/tokens/2/revoke", "revoked by")
}

func TestAppWithoutSecretsHasNoSecretsTab(t *testing.T) {
	m := Tokens{Page: page(), App: AppHead{Name: "Hub", ClientID: "abc", LiveTokens: 3}}
	html := render(t, m)
	wants(t, html, `href="/apps/abc/tokens"`)
	lacks(t, html, `href="/apps/abc/secrets"`)
	m.App.HasSecrets = true
	wants(t, render(t, m), `href="/apps/abc/secrets"`)
}

func TestTokenRowSaysWhoseItIsAndWhatIssuedIt(t *testing.T) {
	p := page()
	m := Tokens{Page: p, App: AppHead{ClientID: "abc"}, Rows: []TokenRow{
		{JTI: "j1", Who: "Ana Conti", Scopes: []string{"read"}, Issued: p.Now.Add(-time.Minute), Expires: p.Now.Add(time.Hour), SecretHint: "k3f9", Dialect: "netrex", Refreshable: true, CanRevoke: true},
		{JTI: "j2", Issued: p.Now, Expires: p.Now.Add(time.Hour)},
	}}
	html := render(t, m)
	wants(t, html, "Ana Conti", "with secret …k3f9, netrex", "can be renewed", "the app itself", `href="/apps/abc/tokens/j1/revoke"`)
	lacks(t, html, "/j2/revoke", "revoke-all")
}

func TestRevokedSecretAsksForItsTokens(t *testing.T) {
	m := SecretRevoke{Page: page(), App: AppHead{ClientID: "abc"}, Secret: SecretRow{ID: "1"}}
	lacks(t, render(t, m), `name="tokens"`)
	m.LiveTokens = 3
	wants(t, render(t, m), "It issued 3 tokens that still work", `value="keep" checked`, `value="revoke"`, "They work on until they end by themselves.")
}

func TestSettingsShowWhatTheKindNeeds(t *testing.T) {
	m := AppSettings{Page: page(), App: AppHead{ClientID: "abc"}, CanEdit: true, Confidential: true, CanTeam: true}
	html := render(t, m)
	wants(t, html, `name="auth_method"`, `name="introspection"`, "An owner of the portal can turn this on.")
	lacks(t, html, `name="redirect_uris"`, `name="access"`)
	m.Confidential, m.HasRedirects, m.Access = false, true, "once"
	html = render(t, m)
	wants(t, html, `name="redirect_uris"`, `value="once" checked`)
	lacks(t, html, `name="auth_method"`, `name="introspection"`)
}

func TestRefusedFieldsComeBackFilledIn(t *testing.T) {
	html := render(t, AppNew{Page: page(), RedirectURIs: "http://a\nb:/c", Refresh: "once", Errors: ui.Errors{{Field: "redirect_uris", Text: "Write https."}}})
	wants(t, html, "http://a\nb:/c</textarea>", `value="once" checked`, `href="#f-redirect_uris"`, "Write https.")
}

func TestViewersMenuHasNoApplicationInterface(t *testing.T) {
	p := page()
	wants(t, render(t, Apps{Page: p, CanCreate: true}), "&lt;/&gt; API", `href="/account/tokens"`)
	p.CanSeeTeam = false
	html := render(t, Apps{Page: p, WhoCan: "Ana can."})
	wants(t, html, `href="/team/devices"`)
	lacks(t, html, "&lt;/&gt; API", `href="/account/tokens"`)
}

func TestKeySaysFromWhenAndUntilWhen(t *testing.T) {
	p := page()
	html := render(t, SigningKeys{Page: p, CanRotate: true, Keys: []SigningKeyRow{
		{KID: "k3", State: "next", Made: p.Now, SignsFrom: p.Now.Add(23 * time.Hour)},
		{KID: "k2", State: "signs", Made: p.Now, SignsUntil: p.Now.Add(23 * time.Hour)},
		{KID: "k1", State: "verifies", Made: p.Now, PublishedUntil: p.Now.Add(30 * time.Hour)},
	}})
	wants(t, html, "signs next", "Verifies only", "stops signing", "leaves the JWKS", "in 30 h", `href="/owner/keys/rotate"`)
	lacks(t, html, "signs since", "never")
}
