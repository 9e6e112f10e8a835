package pages

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatalf("Render() = %v, want no error", err)
	}
	return b.String()
}

func page() layout.Page {
	return layout.Page{
		Brand: "Gatepost", Path: "/x?a=1&b=2", Now: time.Unix(1e9, 0), Team: "A & B", CanSeeTeam: true,
		Person: &layout.Person{Name: "Mario Rossi", Initials: "MR", Email: "m@example.com"},
	}
}

func TestPagesHaveTitleLandmarksAndNoInlineCode(t *testing.T) {
	app := AppHead{Name: "Hub", ClientID: "abc", State: "live", StateText: "Live"}
	for name, c := range map[string]templ.Component{
		"sign in": SignIn{Page: page()}, "activate": Activation{Page: page()}, "forgot": Forgot{Page: page()},
		"forgot sent": ForgotSent{Page: page()}, "reset": Reset{Page: page()}, "gone": Gone{Page: page()},
		"message": Message{Page: page(), Heading: "H"}, "error": Error{Page: page(), Status: 404, Heading: "H"},
		"dashboard": Dashboard{Page: page()}, "account": Account{Page: page()}, "security": Security{Page: page()},
		"totp setup": TOTPSetup{Page: page()}, "recovery codes": RecoveryCodes{Page: page()}, "passkey": PasskeyNew{Page: page()},
		"second factor": SecondFactor{Page: page()}, "step up": StepUp{Page: page()},
		"sessions": Sessions{Page: page()}, "apps": Apps{Page: page()}, "new app": AppNew{Page: page()},
		"reveal": SecretReveal{Page: page()}, "settings": AppSettings{Page: page(), App: app}, "secrets": Secrets{Page: page(), App: app},
		"activity": AppActivity{Page: page(), App: app}, "delete": AppDelete{Page: page(), App: app},
		"revoke": SecretRevoke{Page: page(), App: app}, "members": Members{Page: page()}, "audit": Audit{Page: page(), Path: "/team/audit"},
		"team settings": TeamSettings{Page: page()}, "teams": OwnerTeams{Page: page()}, "components": Components{Page: page()},
		"consent": Consent{Page: page(), App: "Hub"}, "redirect problem": RedirectProblem{Page: page(), Received: "x:/y"},
		"authorize problem": AuthorizeProblem{Page: page()}, "device code": DeviceCode{Page: page()}, "device code done": DeviceCodeDone{Page: page()},
		"authorizations": Authorizations{Page: page()}, "authorization revoke": AuthorizationRevoke{Page: page()},
		"personal tokens": PersonalTokens{Page: page(), CanCreate: true}, "personal token reveal": PersonalTokenReveal{Page: page()},
		"personal token revoke": PersonalTokenRevoke{Page: page()}, "app created": AppCreated{Page: page()},
		"app tokens": Tokens{Page: page(), App: app, Rows: []TokenRow{{JTI: "j"}}}, "token revoke": TokenRevoke{Page: page(), App: app},
		"tokens revoke": TokensRevoke{Page: page(), App: app}, "keys": SigningKeys{Page: page()}, "key rotate": SigningKeyRotate{Page: page()},
		"apis": OwnerAPIs{Page: page(), Issuer: "https://a"}, "api remove": APIRemove{Page: page()}, "api": OwnerAPI{Page: page(), Name: "X", Slug: "x", Findings: []APIFinding{{Text: "y"}}}, "portal settings": PortalSettings{Page: page()},
		"rotation": TeamRotation{Page: page(), Apps: []RotationApp{{Name: "Hub"}}}, "rotate": SecretRotate{Page: page(), App: app}, "retire": SecretRetire{Page: page(), App: app},
		"check": SecretCheck{Page: page(), App: app, Saved: &SecretRow{}}, "drill": Drill{Page: page(), App: app}, "calendar": CalendarMade{Page: page()},
		"hand over": HandoverSecret{Page: page(), App: app}, "handover": Handover{Page: page(), App: app, ForYou: true, Receipt: Receipt{State: "waiting"}},
		"rules": TeamRules{Page: page()}, "exposure": TeamExposure{Page: page()}, "person's exposure": PersonExposure{Page: page()},
		"failures": AuthFailures{Page: page()}, "failure": AuthFailure{Page: page()}, "people": OwnerPeople{Page: page()}, "person": OwnerPerson{Page: page()},
		"remove": MemberRemove{Page: page()}, "transfer": Transfer{Page: page(), App: app}, "outbox": Outbox{Page: page()},
		"email": EmailChange{Page: page()}, "email link": EmailConfirm{Page: page()},
		"devices": Devices{Page: page()}, "device": Device{Page: page()}, "device remove": DeviceRemove{Page: page()},
		"devices confirm": DevicesConfirm{Page: page()}, "imports": DeviceImports{Page: page()}, "import": DeviceImport{Page: page()}, "import preview": DeviceImportPreview{Page: page()},
		"reference": Reference{Page: page()}, "reference redirect": ReferenceRedirect{Page: page()},
	} {
		html := render(t, c)
		for _, s := range []string{"<!doctype html>", `<html lang="en" data-theme="system">`, "<title>", `<main`, "<h1", `class="skip"`, "data-toasts"} {
			if !strings.Contains(html, s) {
				t.Errorf("%s: want %s in the page", name, s)
			}
		}
		for _, s := range []string{" style=", "<style", " onclick=", "<script>"} {
			if strings.Contains(html, s) {
				t.Errorf("%s: want no %s in the page", name, s)
			}
		}
		if n := strings.Count(html, "<h1"); n != 1 {
			t.Errorf("%s: h1 elements = %d, want 1", name, n)
		}
	}
}

func TestFailedPageSaysSoInItsTitle(t *testing.T) {
	html := render(t, AppNew{Page: page(), Errors: ui.Errors{{Field: "name", Text: "Empty."}}})
	if !strings.Contains(html, "<title>Error: New API app · Gatepost</title>") {
		t.Errorf("title = %s, want Error: first", html[:200])
	}
}

func atoi(s string) (n int) {
	for _, r := range s {
		n = 10*n + int(r-'0')
	}
	return n
}

func TestSignedOutReaderOfAShellCanSignInAndReturn(t *testing.T) {
	p := page()
	p.Person = nil
	html := render(t, Apps{Page: p})
	if !strings.Contains(html, `href="/login?next=%2Fx%3Fa%3D1%26b%3D2"`) {
		t.Error("want a link to sign in that comes back to this page")
	}
	if strings.Contains(html, `action="/logout"`) {
		t.Error("want no Sign out for who is signed out")
	}
}

// Password managers and people who press Enter take the first button of a form.
func TestFirstButtonOfSignInSubmits(t *testing.T) {
	html := render(t, SignIn{Page: layout.Page{Brand: "Gatepost"}})
	got := html[:strings.Index(html, `type="submit"`)]
	if got = got[strings.LastIndex(got, "<button"):]; !strings.HasPrefix(got, `<button class="btn primary wide-btn"`) {
		t.Errorf("first button = %.80s, want the one that signs in", got)
	}
}

func TestFailureKeepsTheNavigationOfWhoIsSignedIn(t *testing.T) {
	m := Error{Page: page(), Status: 404, Heading: "Page not found", What: "There is nothing at this address.", ErrorID: "e1"}
	html := render(t, m)
	for _, s := range []string{`href="/apps"`, "Go to the dashboard", "Error 404", `data-copy="e1"`, "was deleted"} {
		if !strings.Contains(html, s) {
			t.Errorf("want %s in the page", s)
		}
	}
	m.Person = nil
	if html = render(t, m); strings.Contains(html, `href="/apps"`) || !strings.Contains(html, "Go to the start page") {
		t.Error("a stranger's error page has a navigation, or no way to the start page")
	}
}

func TestViewerIsToldWhoCanGrantMore(t *testing.T) {
	who := "Ana Conti, admin of the team, can give you the role developer."
	for name, c := range map[string]templ.Component{
		"dashboard": Dashboard{Page: page(), WhoCan: who}, "account": Account{Page: page(), WhoCan: who}, "apps": Apps{Page: page(), WhoCan: who},
	} {
		html := render(t, c)
		if !strings.Contains(html, who) || !strings.Contains(html, "/docs/quickstart") || strings.Contains(html, "/apps/new") {
			t.Errorf("%s: want who can grant more and a way to the docs, and no way to add an app", name)
		}
	}
}

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
