package pages

import (
	"strings"
	"testing"
)

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
	wants(t, html, "BCDF-GHJK", "If it shows a different one", "203.0.113.9")
	lacks(t, html, "You return to")
}
