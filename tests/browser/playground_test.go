package browser

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"gatepost/tests/testapp"
)

// opened gives the tab that act opens from this one.
func (b *tab) opened(act func()) *tab {
	b.t.Helper()
	known := map[target.ID]bool{}
	pages := func() (out []*target.Info) {
		all, err := chromedp.Targets(b.ctx)
		if err != nil {
			b.t.Fatal(err)
		}
		for _, i := range all {
			if i.Type == "page" {
				out = append(out, i)
			}
		}
		return out
	}
	for _, i := range pages() {
		known[i.TargetID] = true
	}
	act()
	var id target.ID
	testapp.Until(b.t, patience, "a new tab", func() bool {
		for _, i := range pages() {
			if !known[i.TargetID] && strings.HasPrefix(i.URL, b.app.URL) {
				id = i.TargetID
			}
		}
		return id != ""
	})
	ctx, closeTab := chromedp.NewContext(b.ctx, chromedp.WithTargetID(id))
	b.t.Cleanup(closeTab)
	other := &tab{t: b.t, ctx: ctx, app: b.app, refused: map[string]bool{}}
	if err := chromedp.Do(ctx); err != nil {
		b.t.Fatalf("look into the new tab: %v", err)
	}
	if err := chromedp.Listen(ctx, other.watch); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(other.check)
	return other
}

// front brings the tab before the others: Chromium lets one in the background rest.
func (b *tab) front() {
	b.t.Helper()
	if _, err := call(b, page.BringToFront, cdp.Empty{}); err != nil {
		b.t.Fatal(err)
	}
}

// answered waits until the playground shows this request and an answer to it.
func (b *tab) answered(path string, status int) {
	b.t.Helper()
	b.until(fmt.Sprintf("%s answers %d", path, status), fmt.Sprintf(`document.getElementById('answer').dataset.state === 'full' &&
		document.querySelector('#request [data-slot=line]').innerText.endsWith(%q) &&
		document.querySelector('#answer [data-slot=status]').innerText.startsWith('%d') &&
		document.querySelector('#answer [data-slot=meaning]').innerText !== ''`, path, status))
}

// holds reads what a field of the playground's memory holds, and keeps it out of the log.
func (b *tab) holds(name string) string {
	b.t.Helper()
	value, err := evaluate[string](b, "document.querySelector('[data-value="+name+"]').value")
	if err != nil {
		b.t.Fatal(err)
	}
	if value != "" {
		b.app.Secret(value)
	}
	return value
}

// keepsNothing checks that no credential is in the address or storage of the tab.
func (b *tab) keepsNothing() {
	b.t.Helper()
	b.keepsNoSecret("gpc_", "gpr_", "gpp_", "gpd_")
}

func (b *tab) playground(flow string, c testapp.Credentials, more string) {
	b.t.Helper()
	b.visit("/playground/" + flow + "?app=" + c.ClientID + more)
	b.until("the script is ready", "document.querySelector('#request [data-slot=line]') !== null && document.readyState === 'complete'")
}

func newPlayground(t *testing.T, chrome context.Context) (*tab, *testapp.App, *testapp.Person) {
	t.Helper()
	app := testapp.New(t)
	owner := app.Owner(t)
	b := open(t, chrome, app)
	b.signIn(owner)
	return b, app, owner
}

func TestPlaygroundRefreshRevokeIntrospect(t *testing.T) {
	b, app, owner := newPlayground(t, start(t))
	c := app.AddClient(t, "First team", "Night watch", "web", "--refresh-grace", "0")
	tokens := func() testapp.Tokens {
		verifier, challenge := testapp.Verifier()
		code := owner.Code(t, testapp.AuthorizePath(c, challenge))
		return app.Tokens(t, app.TokenRequest(t, c, "grant_type", "authorization_code", "code", code, "redirect_uri", testapp.Redirect, "code_verifier", verifier))
	}
	b.mayRefuse("/oauth2/token", "/oauth2/introspect", "/api/v1/me")

	got := tokens()
	b.playground("refresh", c, "&auth=basic")
	b.click("button", "Refresh token")
	b.sees("Paste the client secret first")
	b.fill("Client secret", c.ClientSecret)
	b.fill("Refresh token", got.RefreshToken)
	shown := "document.getElementById('request').innerText.includes('" + got.RefreshToken + "')"
	b.until("the refresh token is masked", "!"+shown)
	b.click("button", "Show Refresh token")
	b.until("the refresh token is shown", shown)
	b.click("button", "Refresh token")
	b.answered("/oauth2/token", 200)
	b.holds("access_token")
	if next := b.holds("refresh_token"); next == got.RefreshToken || !strings.HasPrefix(next, "gpr_") {
		t.Error("the field holds the refresh token that was used, want the next one")
	}
	b.keepsNothing()
	b.fill("Refresh token", got.RefreshToken)
	b.click("button", "Refresh token*")
	b.answered("/oauth2/token", 400)
	b.sees("Using one again after the app's refresh grace revokes everything")
	reason := b.opened(func() { b.click("link", "See the reason*") })
	reason.sees("Somebody may have copied it, so all tokens of the authorization were revoked.")
	b.front()

	// Introspection is off: the page says which setting changes that.
	got = tokens()
	b.playground("introspect", c, "")
	b.sees("Introspection is off for it.")
	b.find("link", "Open its settings")
	if settings := owner.Get(t, "/apps/"+c.ClientID).Body; !strings.Contains(settings, `name="introspection"`) {
		t.Fatal("the app's settings have no field introspection")
	}
	form := url.Values{"name": {"Night watch"}, "scopes": {"read", "write"}, "token_lifetime": {"3600"}, "redirect_uris": {testapp.Redirect},
		"access": {"unlimited"}, "auth_method": {"client_secret"}, "introspection": {"team"}}
	if r := owner.Post(t, "/apps/"+c.ClientID, form); r.Status != 303 {
		t.Fatalf("POST /apps/{client_id} = %d\n%s", r.Status, r.Body)
	}
	b.playground("introspect", c, "")
	b.fill("Client secret", c.ClientSecret)
	b.fill("Token", got.AccessToken)
	b.click("button", "Introspect token")
	b.answered("/oauth2/introspect", 200)
	b.sees("The token is valid right now.")

	b.playground("revoke", c, "")
	b.fill("Client secret", c.ClientSecret)
	b.fill("Access token or refresh token", got.RefreshToken)
	b.click("button", "Revoke token")
	b.answered("/oauth2/revoke", 200)
	b.keepsNothing()
	b.playground("introspect", c, "&auth=basic")
	b.fill("Client secret", c.ClientSecret)
	b.fill("Token", got.AccessToken)
	b.click("button", "Introspect token")
	b.sees("The token isn't valid")

	// The vendor's form takes no credentials.
	got = tokens()
	b.playground("revoke", c, "&dialect=netrex")
	b.fill("Access token or personal token", got.AccessToken)
	b.click("button", "Revoke token")
	b.answered("/oauth2/revoke", 200)
	b.until("the vendor's answer", `document.getElementById('answer-body').innerText.includes('"success":true')`)
	b.click("button", "Call GET /api/v1/me")
	b.answered("/api/v1/me", 401)
	b.keepsNothing()
}

func TestPlaygroundPersonalToken(t *testing.T) {
	b, _, owner := newPlayground(t, start(t))
	b.playground("personal-token", testapp.Credentials{}, "")
	b.find("link", "Create an API token")
	token := owner.AddToken(t, "A test", "read")
	b.mayRefuse("/api/v1/me")
	b.fill("Personal token", token)
	b.click("button", "Call GET /api/v1/me")
	b.answered("/api/v1/me", 200)
	b.keepsNothing()
	b.click("button", "Revoke token")
	b.answered("/oauth2/revoke", 200)
	b.click("button", "Call GET /api/v1/me")
	b.answered("/api/v1/me", 401)
	b.sees("The token isn't accepted: it is mistyped, expired or revoked")
}

func TestPlaygroundDevice(t *testing.T) {
	b, app, _ := newPlayground(t, start(t))
	c := app.AddClient(t, "First team", "Camera", "native")
	b.mayRefuse("/oauth2/token")
	b.playground("device", c, "&scope=read")
	b.click("button", "Ask for a code")
	b.answered("/oauth2/device_authorization", 200)
	b.sees("Asks again in")
	b.holds("device_code")
	b.click("button", "Stop asking")
	b.until("it has stopped", "document.getElementById('device').hidden")
	b.click("button", "Ask for a code")
	b.sees("Asks again in")
	b.holds("device_code")
	b.answered("/oauth2/token", 400)
	b.sees("Nobody has answered yet.")
	other := b.opened(func() { b.click("link", "/device") })
	other.at("/device")
	other.click("button", "Continue*")
	other.sees("Your device shows this code.")
	other.click("button", "Allow")
	other.sees("Camera")
	b.front()
	b.answered("/oauth2/token", 200)
	b.until("it has stopped", "document.getElementById('device').hidden")
	b.until("the token is decoded", `document.getElementById('token-payload').innerText.includes('`+c.ClientID+`')`)
	b.holds("access_token")
	b.holds("refresh_token")
	b.keepsNothing()
}

// A choice is in the address; a person signed out comes back to it.
func TestPlaygroundPermalinks(t *testing.T) {
	chrome := start(t)
	app := testapp.New(t)
	owner := app.Owner(t)
	c := app.AddClient(t, "First team", "Night watch", "web")
	server := app.AddApp(t, "First team", "Bed sensors", "read")
	b := open(t, chrome, app)
	link := "/playground/authorization-code?app=" + c.ClientID + "&dialect=netrex&redirect=0&scope=read&client_secret=gps_x&url=https%3A%2F%2Fevil.example"
	b.visit(link)
	b.at("/login")
	b.fill("Email", owner.Email)
	b.fill("Password", testapp.Password)
	b.click("button", "Sign in")
	b.at("/playground/authorization-code")
	for what, expression := range map[string]string{
		"the app":      `document.querySelector('[name=app]').value === '` + c.ClientID + `'`,
		"the dialect":  `document.querySelector('[name=dialect]:checked').value === 'netrex'`,
		"the redirect": `document.getElementById('asked').innerText.includes('redirect_uri=https%3A%2F%2Fclient.example%2Fcallback')`,
		"the scope":    `document.getElementById('asked').innerText.includes('scope=read') && !document.getElementById('asked').innerText.includes('write')`,
		"no secret":    `document.getElementById('secret').value === '' && !document.querySelector('main').innerHTML.includes('gps_x')`,
		"no target":    `!document.querySelector('main').innerHTML.includes('evil.example')`,
		"nothing sent": `document.getElementById('answer').dataset.state === 'empty'`,
	} {
		b.until(what, expression)
	}
	b.click("radio", "nxtsoft*")
	b.until("the choice is in the address", `location.search.includes('dialect=nxtsoft') && !location.href.includes('gps_x') && !location.href.includes('evil')`)
	b.keepsNothing()

	audience := "https://beds.example/"
	owner.AddAPI(t, "Beds", audience, "read")
	b.playground("client-credentials", server, "&dialect=nxtsoft&audience="+url.QueryEscape(audience))
	b.until("the audience is asked for", "document.getElementById('request').innerText.includes('resource=https%3A%2F%2Fbeds.example%2F')")
	b.fill("Client secret", server.ClientSecret)
	b.click("button", "Get token")
	b.until("the token is for it", `document.getElementById('token-payload').innerText.includes('`+audience+`')`)
	b.holds("access_token")

	// Apps that can't do a flow are listed, and say what changes that.
	b.playground("authorization-code", server, "")
	b.sees("This app can't do this flow")
	b.find("link", "Add a web or native app")
	for _, flow := range []string{"Client credentials", "Authorization code", "Refresh", "Revoke", "Introspect", "Personal token", "Device"} {
		b.click("link", flow)
		b.until(flow, `document.querySelector('nav[aria-label=Flows] [aria-current]').innerText.trim() === '`+flow+`'`)
	}
}
