package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"gatepost/tests/testapp"
)

// AUT-19: Chromium applies a form's policy to every redirect behind it. Both forms that lead to an app, the one of
// the consent and the one of signing in, must let it through.
func TestBrowserComesBackToTheApp(t *testing.T) {
	chrome := start(t)
	app := testapp.New(t)
	owner := app.Owner(t)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/callback" {
			w.WriteHeader(http.StatusNoContent) // the browser looks for an icon
			return
		}
		q := r.URL.Query()
		if q.Has("code") {
			app.Secret(q.Get("code"))
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<!doctype html><title>App</title><p>back: code %t, error %s, state %s, iss %t, referrer %q",
			q.Has("code"), q.Get("error"), q.Get("state"), q.Get("iss") == app.URL, r.Referer())
	}))
	t.Cleanup(site.Close)
	client := app.AddClient(t, "First team", "Ward dashboard", "web", "--redirect-uri", site.URL+"/callback")
	_, challenge := testapp.Verifier()
	ask := func(more ...string) string {
		return testapp.AuthorizePath(client, challenge, append([]string{"redirect_uri", site.URL + "/callback", "state", "s1"}, more...)...)
	}
	b := open(t, chrome, app)
	b.client = site.URL
	signIn := func() {
		b.fill("Email", owner.Email)
		b.fill("Password", testapp.Password)
		b.click("button", "Sign in")
	}
	b.visit(ask())
	b.at("/login")
	signIn()
	b.sees("asks to act for you")
	b.click("button", "Allow")
	b.sees(`back: code true, error , state s1, iss true, referrer ""`)

	b.visit(ask())
	b.sees("asks to act for you") // a program of this machine could claim the redirect
	b.click("button", "Deny")
	b.sees(`back: code false, error access_denied, state s1, iss true, referrer ""`)

	// Signing in leads straight to the app.
	other := open(t, chrome, app)
	other.client = site.URL
	b = other
	b.visit(ask("scope", "nothing"))
	b.at("/login")
	signIn()
	b.sees("back: code false, error invalid_scope, state s1, iss true")

	// A form on the app's own page starts it too, as Netrex's clients do.
	form := open(t, chrome, app)
	form.client = site.URL
	b = form
	b.signIn(owner)
	b.visit(site.URL + "/callback")
	if _, err := evaluate[bool](b, fmt.Sprintf(`(() => { const f = document.createElement('form'); f.method = 'post'; f.action = %q; document.body.append(f); f.submit(); return true })()`,
		app.URL+"/oauth2/auth/?"+query(t, ask()))); err != nil {
		t.Fatal(err)
	}
	b.sees("asks to act for you")
}

// query is that of a path.
func query(t *testing.T, path string) string {
	t.Helper()
	u, err := url.Parse(path)
	if err != nil {
		t.Fatal(err)
	}
	return u.RawQuery
}
