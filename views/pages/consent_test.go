package pages

import (
	"strings"
	"testing"

	"gatepost/views/ui"
)

func askedConsent() Consent {
	return Consent{
		Page: page(), App: "Ward <dashboard>", Team: "San Vito", Description: "Shows free beds.", PersonName: "Mario Rossi", PersonEmail: "m@example.com",
		Scopes:       []ConsentScope{{Name: "read", Text: "See devices."}, {Name: "events", Text: "Read events.", New: true}},
		Teams:        []ConsentTeam{{ID: "t1", Name: "Wards & Beds", Reach: "3 of 12 devices", Checked: true}, {ID: "t2", Name: "Kitchen"}},
		RedirectHost: "ward.example.com", Lifetime: "Until you end it.", RequestID: "req-1",
	}
}

// AUT-16: app, owner, redirect host, scopes and lifetime, in words.
func TestConsentSaysWhoWhatAndAsWhom(t *testing.T) {
	wants(t, render(t, askedConsent()), "Ward &lt;dashboard&gt;", "asks to act for you", "San Vito", "“Shows free beds.”", "Mario Rossi", "m@example.com",
		"See devices.", "3 of 12 devices", "Read events.", "Wards &amp; Beds", "Kitchen", "ward.example.com", "Until you end it.",
		`action="/oauth2/consent"`, `name="request" value="req-1"`, `name="answer" value="allow"`, `name="answer" value="deny"`,
		`name="team" value="t1" checked`, `name="team" value="t2">`)
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

// A refused answer comes back with the page, and says at the boxes what is missing.
func TestConsentKeepsThePageWhenNoTeamIsTicked(t *testing.T) {
	m := askedConsent()
	m.Teams[0].Checked, m.Errors = false, ui.Errors{{Field: "team", Text: "Choose at least one of your teams."}}
	html := render(t, m)
	wants(t, html, "Nothing was allowed yet", `href="#f-team"`, `id="f-team-error"`, "Choose at least one of your teams.")
	lacks(t, html, "checked")
}

func TestConsentSaysWhyItAsksAgain(t *testing.T) {
	m := askedConsent()
	m.Again = "The app has moved."
	wants(t, render(t, m), m.Again)
}

func TestConsentWithoutTeamsHasNoBoxes(t *testing.T) {
	m := askedConsent()
	m.Teams = nil
	lacks(t, render(t, m), `name="team"`, "In these teams")
}

func TestConsentOfADeviceShowsItsCode(t *testing.T) {
	m := askedConsent()
	m.UserCode, m.RedirectHost, m.DeviceFrom = "BCDF-GHJK", "", "203.0.113.9"
	m.DeviceSays = "Portal\u202e” verified " + strings.Repeat("x", 100)
	html := render(t, m)
	wants(t, html, "BCDF-GHJK", "If it shows a different one", "203.0.113.9", "It says it is", "“Portal&#39; verified xxx", "…”")
	lacks(t, html, "You return to")
}
