package browser

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"gatepost/tests/testapp"
)

// signIn signs somebody in by the form of /login.
func (b *tab) signIn(p *testapp.Person) {
	b.t.Helper()
	b.visit("/login")
	b.fill("Email", p.Email)
	b.fill("Password", testapp.Password)
	b.click("button", "Sign in")
	b.at("/dashboard")
}

// addApp makes an app by its form and stops at the page that reveals the secret.
func (b *tab) addApp(name string) testapp.Credentials {
	b.t.Helper()
	b.visit("/apps/new")
	b.fill("Name", name)
	b.click("button", "Create app")
	b.sees("I have saved it")
	return credentials(b)
}

// A secret is revealed once.
func TestRevealPage(t *testing.T) {
	chrome := start(t)
	app := testapp.New(t)
	owner := app.Owner(t)
	b := open(t, chrome, app)
	b.signIn(owner)
	c := b.addApp("Warehouse")
	apps := func() int {
		return strings.Count(owner.Get(t, "/apps").Body, `"/apps/`+c.ClientID+`"`)
	}
	if n := apps(); n == 0 {
		t.Fatal("GET /apps does not have the app")
	}

	// Masked until Show; selectable all the same.
	masked := func() bool {
		hidden, err := evaluate[bool](b, `getComputedStyle(document.querySelector('[data-secret]')).webkitTextSecurity !== 'none' || document.querySelector('[data-secret]').type === 'password'`)
		if err != nil {
			t.Fatal(err)
		}
		return hidden
	}
	if !masked() {
		t.Error("the secret is not masked")
	}
	b.click("button", "Show*")
	if masked() {
		t.Error("the secret is masked after Show")
	}

	// Copy by the clipboard, where the page may; by a selection where it may not.
	id := chromedp.FromContext(b.ctx).BrowserContextID
	for _, way := range []struct {
		setting browser.PermissionSetting
	}{{browser.PermissionSettingGranted}, {browser.PermissionSettingDenied}} {
		for _, permission := range []string{"clipboard-write", "clipboard-read"} {
			if _, err := chromedp.CallBrowser(b.ctx, browser.SetPermission, browser.SetPermissionParams{
				Permission: &browser.PermissionDescriptor{Name: permission}, Setting: way.setting, Origin: app.URL, BrowserContextID: id,
			}); err != nil {
				t.Fatal(err)
			}
		}
		b.click("button", "Copy Client secret")
		b.until("Copy is announced", `document.querySelector('[aria-live]').innerText.toLowerCase().includes('copied')`)
	}
	for what, expression := range map[string]string{
		"the document's JSON": `document.body.textContent.includes('"clientId": "` + c.ClientID + `"') && document.body.textContent.includes('"clientSecret"')`,
		"the .env":            `document.body.textContent.includes('CLIENT_SECRET=')`,
		"the curl":            `document.body.textContent.includes('curl')`,
	} {
		b.until("the page has "+what, expression)
	}
	b.keepsNoSecret(c.ClientSecret)

	// Leaving without "I have saved it" asks.
	b.leave = false
	_, _ = call(b, page.Navigate, page.NavigateParams{URL: app.URL + "/apps"}) // it is refused
	b.until("the page is still there", `document.querySelector('[data-guard]') !== null`)
	b.mu.Lock()
	asked := len(b.dialogs) == 1 && b.dialogs[0] == "beforeunload"
	b.leave = true
	b.mu.Unlock()
	if !asked {
		t.Errorf("leaving opened the dialogs %v, want one that asks", b.dialogs)
	}

	// A reload (which sends the form again) shows nothing and makes nothing.
	before := apps()
	_, _ = call(b, page.Reload, page.ReloadParams{})
	b.until("the secret is gone", `document.readyState === 'complete' && !document.documentElement.outerHTML.includes('`+c.ClientSecret+`')`)
	if after := apps(); after != before {
		t.Errorf("after a reload /apps names the app %d times, before %d times", after, before)
	}

	// After "I have saved it" the way back does not show it either.
	second := b.addApp("Second")
	b.click("link", "I have saved it")
	b.at("/playground/client-credentials")
	at, err := evaluate[string](b, "location.search")
	if err != nil {
		t.Fatal(err)
	}
	if query, _ := url.ParseQuery(strings.TrimPrefix(at, "?")); query.Get("app") != second.ClientID {
		t.Errorf("after the page that reveals the address is %s, want the app %s in it", at, second.ClientID)
	}
	b.mayRefuse("/apps")
	_, _ = evaluate[chromedp.Void](b, "history.back()")
	b.until("the way back shows no secret", `document.readyState === 'complete' && !document.documentElement.outerHTML.includes('`+second.ClientSecret+`')`)
}
