package browser

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"gatepost/tests/testapp"
)

// sight is a page to be looked at. Words wait for what a script fills in.
type sight struct {
	name, path string
	words      string
	phone      bool         // only at the narrow width
	act        func(b *tab) // what is done on the page first
}

// UI-01 and UI-02: no violation of WCAG 2.2 A or AA that axe-core knows, in both themes,
// on a phone and on a desk; nothing wider than the screen.
func TestEveryPageIsAccessible(t *testing.T) {
	chrome := start(t)
	app := testapp.New(t)
	owner := app.Owner(t)
	signedOut := open(t, chrome, app)
	first := owner.Invite(t, "new@example.com", "developer")
	signedOut.mayRefuse("/nothing", "/activate/gpi_gone", "/login")
	signedOut.look([]sight{
		{name: "login", path: "/login"},
		{name: "login-refused", path: "/login", act: func(b *tab) {
			b.fill("E-mail", "nobody@example.com")
			b.fill("Password", "a wrong password")
			b.click("button", "Sign in")
			b.sees("Not signed in")
		}},
		{name: "activate", path: first},
		{name: "activate-gone", path: "/activate/gpi_gone"},
		{name: "forgot", path: "/forgot"},
		{name: "forgot-sent", path: "/forgot", act: func(b *tab) {
			b.fill("E-mail", "nobody@example.com")
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
			b.click("button", "Save person")
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
		owner.Post(t, base+"/secrets", url.Values{"label": {label}, "secret_expires": {"30d"}, "once": {label}})
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

// look loads each page and examines it at both widths and in both themes.
func (b *tab) look(sights []sight) {
	b.t.Helper()
	axe, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		b.t.Fatalf("this test needs axe-core: type .ci/install (%v)", err)
	}
	for _, s := range sights {
		widths := []int64{1440, 375}
		if s.phone {
			widths = widths[1:]
		}
		b.resize(widths[0], false)
		b.visit(s.path)
		b.until("the page of "+s.name, "document.readyState === 'complete' && document.querySelector('h1') !== null")
		if s.act != nil {
			s.act(b)
		}
		if s.words != "" {
			b.sees(s.words)
		}
		if _, err := evaluate[bool](b, "(() => {"+string(axe)+"; return true })()"); err != nil {
			b.t.Fatalf("%s: axe-core: %v", s.name, err)
		}
		for _, width := range widths {
			for _, dark := range []bool{false, true} {
				b.resize(width, dark)
				b.examine(fmt.Sprintf("%s-%d-%s", s.name, width, map[bool]string{false: "light", true: "dark"}[dark]))
			}
		}
		if !strings.Contains(s.path, "/activate/") {
			b.keepsNoSecret()
		}
		if s.act == nil {
			b.tabsThrough(s.name)
		}
		b.mu.Lock()
		for _, fault := range b.faults {
			b.t.Errorf("%s: %s", s.name, fault)
		}
		b.faults = nil
		b.mu.Unlock()
	}
}

// examine is one look at the page as it stands.
func (b *tab) examine(name string) {
	b.t.Helper()
	b.shot(name)
	type finding struct {
		ID, Impact, Help string
		Nodes            []struct{ HTML, FailureSummary string }
	}
	var report struct {
		Violations []finding
		Overflow   int
		Wide       string
	}
	text, err := evaluate[string](b, `(async () => {
		// axe-core does not know that what pops over lies above the page.
		document.querySelectorAll(':popover-open').forEach((e) => { e.style.zIndex = 1; });
		// The change of theme may still fade in.
		const fades = document.getAnimations().filter((a) => a.effect.getComputedTiming().iterations !== Infinity);
		await Promise.all(fades.map((a) => a.finished.catch(() => {})));
		const found = await axe.run(document, {runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}, resultTypes: ['violations']});
		const root = document.documentElement;
		const wide = [...document.querySelectorAll('main *')].find((e) => e.getBoundingClientRect().right > root.clientWidth + 1);
		return JSON.stringify({Violations: found.violations, Overflow: root.scrollWidth - root.clientWidth, Wide: wide ? wide.outerHTML.slice(0, 120) : ''});
	})()`)
	if err == nil {
		err = json.Unmarshal([]byte(text), &report)
	}
	if err != nil {
		b.t.Fatalf("%s: axe-core: %v", name, err)
	}
	for _, v := range report.Violations {
		b.t.Errorf("%s: %s (%s): %s: %d times, first at %.200s: %.300s", name, v.ID, v.Impact, v.Help, len(v.Nodes), v.Nodes[0].HTML,
			strings.ReplaceAll(v.Nodes[0].FailureSummary, "\n", " "))
	}
	if report.Overflow > 0 {
		b.t.Errorf("%s: %d px wider than the screen, by %s", name, report.Overflow, report.Wide)
	}
}

// tabsThrough walks over the page by the Tab key: first comes the way past the navigation,
// and whatever has the focus shows it.
func (b *tab) tabsThrough(name string) {
	b.t.Helper()
	b.resize(1440, false)
	b.do("begin at the top", chromedp.Evaluate[chromedp.Void]("document.activeElement.blur(); scrollTo(0, 0)"))
	for i := range 20 {
		b.do("press Tab", chromedp.KeyEvent(kb.Tab))
		focus, err := evaluate[struct {
			Name             string
			Shown, Autofocus bool
		}](b, `(() => {
			const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
			const ring = (x) => { const s = getComputedStyle(x); return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== 'none' };
			return {Autofocus: !!document.querySelector('[autofocus]'), Name: e === document.body ? '' : (e.outerHTML.slice(0, 100)), Shown: (ring(e) || [...(e.labels ?? [])].some(ring) || e.parentElement && ring(e.parentElement)) && r.width > 0 && r.height > 0};
		})()`)
		if err != nil {
			b.t.Fatal(err)
		}
		if focus.Name == "" {
			return // past the last one
		}
		if !focus.Shown {
			b.t.Errorf("%s: the focus does not show on %s", name, focus.Name)
		}
		if i == 0 && !focus.Autofocus && !strings.Contains(focus.Name, "#main") {
			b.t.Errorf("%s: Tab comes first to %s, want the link to the content", name, focus.Name)
		}
	}
}
