package browser

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"gatepost/tests/testapp"
)

// travels is an app whose callback redirects twice, each time to another origin: from https to http, and on to where it
// shows what came back.
type travels struct {
	callback string
	hops     []string
}

func newTravels(t *testing.T, app *testapp.App) travels {
	t.Helper()
	last := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/done" {
			w.WriteHeader(http.StatusNoContent) // the browser looks for an icon
			return
		}
		q := r.URL.Query()
		if q.Has("code") {
			app.Secret(q.Get("code"))
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<!doctype html><title>App</title><p>back: code %t, error %s, state %s, iss %t, referrer %q", q.Has("code"), q.Get("error"), q.Get("state"), q.Get("iss") == app.URL, r.Referer())
	}))
	t.Cleanup(last.Close)
	middle := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, last.URL+"/done?"+r.URL.RawQuery, http.StatusFound)
	}))
	t.Cleanup(middle.Close)
	first := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, middle.URL+"/hop?"+r.URL.RawQuery, http.StatusSeeOther)
	}))
	t.Cleanup(first.Close)
	return travels{first.URL + "/callback", []string{first.URL, middle.URL, last.URL}}
}

// open is a tab that may go wherever the app sends it.
func (v travels) open(t *testing.T, chrome context.Context, app *testapp.App) *tab {
	t.Helper()
	b := open(t, chrome, app)
	b.hops = v.hops
	if _, err := call(b, security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true}); err != nil {
		t.Fatal(err)
	}
	return b
}

// AUT-19: Chromium applies a form's policy to every redirect behind it, also to those of the app's own site. No form that
// leads to an app may be stopped by that: not the one of the consent, nor those of signing in and proving who somebody is.
func TestBrowserFollowsTheAppToAnotherOrigin(t *testing.T) {
	chrome := start(t)
	app := testapp.New(t)
	owner := app.Owner(t)
	site := newTravels(t, app)
	client := app.AddClient(t, "First team", "Ward dashboard", "web", "--redirect-uri", site.callback)
	_, challenge := testapp.Verifier()
	ask := func(more ...string) string {
		return testapp.AuthorizePath(client, challenge, append([]string{"redirect_uri", site.callback, "state", "s1"}, more...)...)
	}
	signIn := func(b *tab) {
		b.fill("Email", owner.Email)
		b.fill("Password", testapp.Password)
		b.click("button", "Sign in")
	}
	const allowed, denied = `back: code true, error , state s1, iss true, referrer ""`, `back: code false, error access_denied, state s1, iss true, referrer ""`

	// Signed out, the first time.
	b := site.open(t, chrome, app)
	b.visit(ask())
	b.at("/login")
	signIn(b)
	b.sees("asks to act for you")
	b.click("button", "Allow")
	b.sees(allowed)
	b.keepsNoCode()
	// Back leads to the question, which is asked anew, and not to a form that is sent once more.
	before := testapp.One[int](t, app, "SELECT COUNT(*) FROM audit_events WHERE action = 'consent.given'")
	b.visit(ask("prompt", "consent"))
	b.sees("asks to act for you")
	b.click("button", "Deny")
	b.sees(denied)
	asked := testapp.One[int](t, app, "SELECT COUNT(*) FROM consent_requests")
	b.do("back", chromedp.Evaluate[chromedp.Void]("history.back()"))
	testapp.Until(t, patience, "the question is asked anew", func() bool {
		return testapp.One[int](t, app, "SELECT COUNT(*) FROM consent_requests") > asked
	})
	b.until("the page is there", "document.readyState === 'complete'")
	b.sees("asks to act for you")
	b.click("button", "Allow")
	b.sees(allowed)
	b.keepsNoCode()
	if n := testapp.One[int](t, app, "SELECT COUNT(*) FROM audit_events WHERE action = 'consent.given'"); n != before+1 {
		t.Errorf("consents = %d, want %d", n, before+1)
	}

	// Remembered, signed in and signed out.
	b.visit(ask())
	b.sees(allowed)
	b = site.open(t, chrome, app)
	b.visit(ask())
	b.at("/login")
	signIn(b)
	b.sees(allowed)
	b.keepsNoCode()
	// Signing in again, because the app asks for it.
	b.visit(ask("prompt", "login", "login_hint", owner.Email))
	b.sees("Sign in again")
	b.fill("Password", testapp.Password)
	b.click("button", "Sign in")
	b.sees(allowed)
	b.visit(ask("prompt", "select_account"))
	b.click("link", "Continue as "+owner.Name)
	b.sees(allowed)
	// An error is sent after signing in, too.
	b = site.open(t, chrome, app)
	b.visit(ask("scope", "nothing"))
	b.at("/login")
	signIn(b)
	b.sees("back: code false, error invalid_scope, state s1, iss true")

	// A proof before the answer: the form is kept on the page that asks for it.
	admin := app.AddClient(t, "First team", "Harvester", "web", "--redirect-uri", site.callback, "--scope", "team:read")
	adminAsk := testapp.AuthorizePath(admin, challenge, "redirect_uri", site.callback, "state", "s1", "scope", "team:read")
	b.mayRefuse("/oauth2/consent")
	b.visit(adminAsk)
	b.sees("asks to act for you")
	app.Stale(t)
	b.click("button", "Allow")
	b.sees("Confirm it's you")
	b.fill("Password", testapp.Password)
	b.click("button", "Confirm")
	b.sees(allowed)
	// And before the question.
	app.Stale(t)
	b.visit(strings.Replace(adminAsk, "/oauth2/auth?", "/oauth2/auth?prompt=consent&", 1))
	b.sees("Confirm it's you")
	b.fill("Password", testapp.Password)
	b.click("button", "Confirm")
	b.sees("asks to act for you")
	b.click("button", "Deny")
	b.sees(denied)

	// With a passkey, and with a second factor.
	b.authenticator(webauthn.AuthenticatorTransportInternal)
	b.mayRefuse("/account/security/passkeys/begin")
	b.leave = true
	b.addPasskey("Laptop")
	b.sees("Save your recovery codes")
	b.click("link", "I have saved them")
	b.signOut()
	b.visit(ask())
	b.click("button", "Sign in with a passkey")
	b.sees(allowed)
	b.visit(ask("prompt", "login"))
	signIn(b)
	b.sees("Second factor")
	b.click("button", "Use a passkey")
	b.sees(allowed)
	app.Exec(t, "DELETE FROM passkeys")
	app.Exec(t, "DELETE FROM recovery_codes")
	app.Exec(t, "UPDATE sessions SET verified_at = verified_at + 7201, factor_at = factor_at + 7201")
	phone := owner.AddTOTP(t)
	b = site.open(t, chrome, app)
	b.visit(ask())
	signIn(b)
	b.sees("Second factor")
	b.fill("Code", phone.Code(t))
	b.click("button", "Sign in")
	b.sees(allowed)
	b.keepsNoCode()
}

// keepsNoCode checks what the browser remembers of the way: no address of the portal with a code, and no answer to a consent.
func (b *tab) keepsNoCode() {
	b.t.Helper()
	history, err := call(b, page.GetNavigationHistory, cdp.Empty{})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, entry := range history.Entries {
		u, err := url.Parse(entry.URL)
		if err != nil || !strings.HasPrefix(entry.URL, b.app.URL) {
			continue
		}
		if strings.Contains(entry.URL, "gpc_") || u.Path == "/oauth2/consent" {
			b.t.Errorf("the browser's history has %s (%s)", entry.URL, entry.TransitionType)
		}
	}
}

// Without scripts, and to a program of the machine: the page moves on, stays where nothing takes the browser elsewhere,
// and has a link.
func TestBrowserGoesOnWithoutScripts(t *testing.T) {
	chrome := start(t)
	app := testapp.New(t)
	owner := app.Owner(t)
	site := newTravels(t, app)
	client := app.AddClient(t, "First team", "Ward dashboard", "web", "--redirect-uri", site.callback)
	program := app.AddClient(t, "First team", "Ward reader", "native", "--redirect-uri", "com.example.reader:/done")
	_, challenge := testapp.Verifier()
	b := site.open(t, chrome, app)
	b.signIn(owner)
	if _, err := call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	press := func(answer string) {
		b.do("press "+answer, chromedp.Evaluate[chromedp.Void](fmt.Sprintf("document.querySelector('button[value=%s]').click()", answer)))
	}
	b.visit(testapp.AuthorizePath(client, challenge, "redirect_uri", site.callback, "state", "s1"))
	b.sees("asks to act for you")
	press("allow")
	b.sees("back: code true, error , state s1, iss true")

	// No program takes the scheme here, which the browser says. The way there is a link as well.
	var seen []string
	if err := chromedp.Listen(b.ctx, func(event any) {
		if e, ok := event.(*page.EventFrameRequestedNavigation); ok {
			b.mu.Lock()
			defer b.mu.Unlock()
			seen = append(seen, string(e.Reason)+" "+e.URL)
		}
	}); err != nil {
		t.Fatal(err)
	}
	for answer, want := range map[string]string{"allow": "?code=gpc_", "deny": "?error=access_denied"} {
		b.visit(testapp.AuthorizePath(program, challenge, "redirect_uri", "com.example.reader:/done", "state", "s1"))
		b.sees("asks to act for you")
		press(answer)
		b.sees("Ward reader should open now")
		b.until("the link to the program", fmt.Sprintf("document.querySelector('main a.btn').href.startsWith('com.example.reader:/done%s')", want))
		testapp.Until(t, patience, "the page moves on to the program", func() bool {
			b.mu.Lock()
			defer b.mu.Unlock()
			return slices.ContainsFunc(seen, func(s string) bool {
				return strings.Contains(s, "com.example.reader:/done"+want) && !strings.HasPrefix(s, "formSubmission")
			})
		})
		b.mu.Lock()
		b.faults = slices.DeleteFunc(b.faults, func(f string) bool { // the button was pressed by the test, not by a person
			return strings.Contains(f, "does not have a registered handler") || strings.Contains(f, "because a user gesture is required")
		})
		b.mu.Unlock()
	}
}
