package browser

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"gatepost/tests/testapp"
)

// partOfApps has the way in, the account, apps, the playground and the documentation.
func partOfApps(t *testing.T, chrome context.Context) {
	app := testapp.New(t)
	owner := app.Owner(t)
	signedOut := open(t, chrome, app)
	first := owner.Invite(t, "new@example.com", "developer")
	signedOut.mayRefuse("/nothing", "/activate/gpi_gone", "/login")
	signedOut.look([]sight{
		{name: "login", path: "/login"},
		{name: "login-refused", path: "/login", act: func(b *tab) {
			b.fill("Email", "nobody@example.com")
			b.fill("Password", "a wrong password")
			b.click("button", "Sign in")
			b.sees("Not signed in")
		}},
		{name: "activate", path: first},
		{name: "activate-gone", path: "/activate/gpi_gone"},
		{name: "forgot", path: "/forgot"},
		{name: "forgot-sent", path: "/forgot", act: func(b *tab) {
			b.fill("Email", "nobody@example.com")
			b.click("button", "Send reset link")
			b.until("it is sent", `!document.querySelector('input[name=email]')`)
		}},
		{name: "not-found", path: "/nothing"},
		{name: "docs-signed-out", path: "/docs"},
		{name: "swagger-signed-out", path: "/swagger-ui/index.html", words: "Get an access token"},
	})

	b := open(t, chrome, app)
	b.signIn(owner)
	b.look([]sight{
		{name: "dashboard-empty", path: "/dashboard"},
		{name: "account-empty", path: "/account"},
		{name: "apps-empty", path: "/apps"},
		{name: "playground-empty", path: "/playground/client-credentials"},
	})

	app.AddTeam(t, "Second team with quite a long name")
	c := busyApp(t, app, owner)
	base := "/apps/" + c.ClientID
	revoke := regexp.MustCompile(base + `/secrets/[^/"]+/revoke`).FindString(owner.Get(t, base+"/secrets").Body)
	b.mayRefuse("/apps", "/apps/aaaaaaaaaaaaaaaaaaaaaaaaaa", base+"/delete", "/account")
	b.leave = true
	sights := []sight{
		{name: "dashboard", path: "/dashboard"},
		{name: "menu", path: "/dashboard", act: func(b *tab) { b.click("button", "Your menu, MR") }},
		{name: "navigation", path: "/dashboard", phone: true, act: func(b *tab) { b.click("button", "Menu") }},
		{name: "account", path: "/account"},
		{name: "account-refused", path: "/account", act: func(b *tab) {
			b.fill("Name", " ")
			b.click("button", "Save profile")
			b.until("the summary", `document.querySelector('a[href="#f-name"]') !== null`)
		}},
		{name: "security", path: "/account/security"},
		{name: "sessions", path: "/account/sessions"},
		{name: "apps", path: "/apps"},
		{name: "app-new", path: "/apps/new"},
		{name: "app", path: base},
		{name: "app-secrets", path: base + "/secrets"},
		{name: "app-activity", path: base + "/activity"},
		{name: "app-delete", path: base + "/delete"},
		{name: "secret-revoke", path: revoke},
		{name: "app-not-found", path: "/apps/aaaaaaaaaaaaaaaaaaaaaaaaaa"},
		{name: "members", path: "/team/members"},
		{name: "audit", path: "/team/audit"},
		{name: "team-settings", path: "/team/settings"},
		{name: "owner-teams", path: "/owner/teams"},
		{name: "components", path: "/owner/components"},
		{name: "playground", path: "/playground/client-credentials?app=" + c.ClientID + "&dialect=nxtsoft"},
		{name: "playground-answer", path: "/playground/client-credentials?app=" + c.ClientID, act: func(b *tab) {
			b.fill("Client secret", c.ClientSecret)
			b.click("button", "Get token")
			b.click("button", "Call GET /api/v1/me")
			b.until("the first call is answered", `document.getElementById('answer-body').innerText.includes('client_id')`)
		}},
		{name: "docs", path: "/docs"},
		{name: "swagger", path: "/swagger-ui/index.html#/Me/getMe", words: "Execute"},
		{name: "reveal", path: "/apps/new", act: func(b *tab) {
			b.fill("Name", "One more app")
			b.click("button", "Create app")
			b.sees("I have saved it")
			b.app.Secret(credentials(b).ClientSecret)
		}},
	}
	for _, page := range regexp.MustCompile(`href="/docs/([a-z-]+)"`).FindAllStringSubmatch(owner.Get(t, "/docs").Body, -1) {
		sights = append(sights, sight{name: "docs-" + page[1], path: "/docs/" + page[1]})
	}
	b.look(sights)

	viewer := app.Member(t, "First team", "viewer")
	v := open(t, chrome, app)
	v.signIn(viewer)
	v.mayRefuse("/apps/new", "/team/audit")
	v.look([]sight{
		{name: "viewer-dashboard", path: "/dashboard"}, {name: "viewer-account", path: "/account"}, {name: "viewer-apps", path: "/apps"},
		{name: "viewer-forbidden", path: "/apps/new"}, {name: "viewer-playground", path: "/playground/client-credentials"},
	})
}

// busyApp makes an app with secrets in every state, that is used.
func busyApp(t *testing.T, app *testapp.App, owner *testapp.Person) testapp.Credentials {
	t.Helper()
	c := owner.AddApp(t, "Warehouse with a name that is rather long for a card", "read", "write", "transactions/mock")
	base := "/apps/" + c.ClientID
	for _, label := range []string{"production", "build server in the cellar"} {
		owner.Post(t, base+"/secrets", url.Values{"label": {label}, "expires_at": {"30d"}, "once": {label}})
	}
	owner.Post(t, base+"/playground-secret", url.Values{})
	var list []struct {
		ClientID string `json:"client_id"`
		Secrets  []struct{ Hint, Label string }
	}
	app.RunJSON(t, &list, "app", "list")
	for _, a := range list {
		for _, s := range a.Secrets {
			if a.ClientID == c.ClientID && s.Label == "production" {
				app.Run(t, "", "app", "revoke-secret", c.ClientID, s.Hint)
			}
		}
	}
	if status := app.Me(t, app.Token(t, c)); status != http.StatusOK {
		t.Fatalf("GET /api/v1/me = %d", status)
	}
	return c
}
