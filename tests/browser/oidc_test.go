package browser

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"

	"gatepost/tests/testapp"
)

// single is a page of another origin that signs people in with oidc-client-ts, as its documentation says. What the library
// returned is in window.results, and what it refused.
const single = `<!doctype html><title>Meters</title><link rel="icon" href="data:,"><body data-settings="SETTINGS"><p>Meters</p>
<script src="/oidc-client-ts.min.js"></script><script>
const settings = {...JSON.parse(document.body.dataset.settings), userStore: new oidc.WebStorageStateStore({store: localStorage})}
let manager = new oidc.UserManager(settings)
const told = (user) => ({token: user.access_token, refresh: user.refresh_token, scope: user.scope})
const attempt = (what) => what.then(told, (e) => ({error: e.error ?? String(e)}))
// Another tab that has read the storage before the first one wrote to it.
const readOnce = async () => {
	const user = await manager.getUser()
	manager = new oidc.UserManager({...settings, userStore: new oidc.WebStorageStateStore({store: new oidc.InMemoryWebStorage()})})
	await manager.storeUser(user)
	return told(user)
}
if (location.pathname === '/callback') manager.signinCallback().then(() => location.replace('/home'), (e) => { document.title = String(e) })
if (location.pathname === '/silent') manager.signinSilentCallback()
</script>`

// newSingle serves the page, at a name of the same site as the portal's: other ports of localhost are that.
func newSingle(t *testing.T, settings func(origin string) map[string]any) string {
	t.Helper()
	library, err := os.ReadFile("node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js")
	if err != nil {
		t.Fatalf("this test needs oidc-client-ts: type .ci/install (%v)", err)
	}
	var origin string
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/oidc-client-ts.min.js" {
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = w.Write(library)
			return
		}
		given, err := json.Marshal(settings(origin))
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(strings.Replace(single, "SETTINGS", html.EscapeString(string(given)), 1)))
	}))
	t.Cleanup(site.Close)
	origin = strings.Replace(site.URL, "127.0.0.1", "localhost", 1)
	return origin
}

// told is what the page says of an attempt.
type told struct{ Token, Refresh, Scope, Error string }

// attempt has the page do something with the library.
func (b *tab) attempt(what string) (out told) {
	b.t.Helper()
	text, err := evaluate[string](b, what+".then(JSON.stringify)")
	if err == nil {
		err = json.Unmarshal([]byte(text), &out)
	}
	if err != nil {
		b.t.Fatalf("%s: %v\n%s", what, err, b.text())
	}
	for _, secret := range []string{out.Token, out.Refresh} {
		if secret != "" {
			b.app.Secret(secret)
		}
	}
	return out
}

// oidc-client-ts 3 in a page of another origin: sign-in, renewal in a frame by prompt=none, and two tabs that refresh with the
// same refresh token.
func TestOIDCClientSignsInAndRenews(t *testing.T) {
	chrome := start(t)
	app := testapp.New(t)
	owner := app.Owner(t)
	var client testapp.Credentials
	origin := newSingle(t, func(origin string) map[string]any {
		return map[string]any{
			"authority": app.URL, "client_id": client.ClientID, "redirect_uri": origin + "/callback", "silent_redirect_uri": origin + "/silent",
			"scope": "read", "automaticSilentRenew": false, "silentRequestTimeoutInSeconds": 5,
		}
	})
	client = app.AddClient(t, "First team", "Meters", "native", "--redirect-uri", origin+"/callback", "--redirect-uri", origin+"/silent")
	b := open(t, chrome, app)
	b.client = origin
	b.visit(origin + "/")
	if _, err := evaluate[bool](b, "void manager.signinRedirect(), true"); err != nil {
		t.Fatal(err)
	}
	b.at("/login")
	b.fill("Email", owner.Email)
	b.fill("Password", testapp.Password)
	b.click("button", "Sign in")
	b.sees("asks to act for you")
	b.click("button", "Allow")
	b.at("/home")
	first := b.attempt("attempt(manager.getUser())")
	if first.Token == "" || first.Scope != "read" {
		t.Fatalf("the sign-in returned %+v, want a token for read", first.Error)
	}

	// A frame renews the token, as long as somebody is signed in and allows it.
	const renew = "attempt(manager.signinSilent({forceIframeAuth: true}))"
	renewed := b.attempt(renew)
	if renewed.Token == "" || renewed.Token == first.Token {
		t.Fatalf("the renewal in a frame returned error %q, want another token", renewed.Error)
	}
	r := app.Do(t, app.Request(t, http.MethodGet, "/api/v1/devices", "", testapp.Bearer(renewed.Token)...))
	testapp.WantStatus(t, "a call with the renewed token", r, http.StatusOK)
	if got := b.attempt("attempt(manager.signinSilent({forceIframeAuth: true, scope: 'read write'}))"); got.Error != "consent_required" {
		t.Errorf("a renewal for more = %+v, want consent_required", got.Error)
	}
	if got := b.attempt("attempt(manager.signinSilent({forceIframeAuth: true, max_age: 0}))"); got.Error != "login_required" {
		t.Errorf("a renewal with max_age=0 = %+v, want login_required", got.Error)
	}
	app.Exec(t, "UPDATE sessions SET expires_at = expires_at - 10000000")
	if got := b.attempt(renew); got.Error != "login_required" {
		t.Errorf("a renewal after the session has ended = %+v, want login_required", got.Error)
	}

	// Two tabs refresh with the same token; both go on with what they got.
	ctx, closeTab := chromedp.NewContext(b.ctx) // with the same storage
	t.Cleanup(closeTab)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	other := &tab{t: t, ctx: ctx, app: app, refused: map[string]bool{}, client: origin}
	other.visit(origin + "/home")
	held := other.attempt("readOnce()")
	if kept := b.attempt("attempt(manager.getUser())"); held.Refresh == "" || held.Refresh != kept.Refresh {
		t.Fatalf("the second tab doesn't hold the first one's refresh token: %t", kept.Refresh == "")
	}
	tabs := []*tab{b, other}
	for round := range 2 {
		var got [2]told
		var wg sync.WaitGroup
		for i, tab := range tabs {
			wg.Go(func() { got[i] = tab.attempt("attempt(manager.signinSilent())") })
		}
		wg.Wait()
		for i, g := range got {
			if g.Token == "" || g.Refresh == "" {
				t.Errorf("round %d, tab %d: the refresh returned error %q, want tokens", round, i, g.Error)
				continue
			}
			r := app.Do(t, app.Request(t, http.MethodGet, "/api/v1/devices", "", testapp.Bearer(g.Token)...))
			testapp.WantStatus(t, fmt.Sprintf("round %d, tab %d: a call with the token", round, i), r, http.StatusOK)
		}
	}
}
