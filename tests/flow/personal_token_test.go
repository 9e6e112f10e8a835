package flow

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

var personalToken = regexp.MustCompile(`gpp_[A-Za-z0-9]{49}`)

// A personal token: shown once, works immediately, reaches what its person may see, ends.
func TestPersonalToken(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	page := owner.Get(t, "/account/tokens")
	testapp.WantStatus(t, "GET /account/tokens", page, http.StatusOK)
	once := page.Once(t)
	bad := testapp.Form("name", "", "scopes", "read", "expires", "date", "expires_on", "soon", "once", once)
	r := owner.Post(t, "/account/tokens", bad)
	testapp.WantStatus(t, "POST with a wrong day", r, http.StatusUnprocessableEntity)
	if !strings.Contains(r.Body, once) || !strings.Contains(r.Body, `value="soon"`) {
		t.Error("the form did not come back filled in")
	}
	testapp.WantWords(t, "a wrong day", r.Body, `href="#f-expires_on"`)
	past := testapp.Form("name", "x", "scopes", "read", "expires", "date", "expires_on", "2001-01-01", "once", "a")
	testapp.WantWords(t, "a day in the past", owner.Post(t, "/account/tokens", past).Body, `href="#f-expires_on"`)
	never := testapp.Form("name", "x", "scopes", "read", "expires", "never", "once", "a")
	testapp.WantWords(t, "no expiry", owner.Post(t, "/account/tokens", never).Body, `href="#f-expires"`)
	testapp.WantStatus(t, "POST without an end", owner.Post(t, "/account/tokens", testapp.Form("name", "x", "scopes", "read", "expires", "never", "once", "a")), http.StatusUnprocessableEntity)

	good := testapp.Form("name", "My laptop", "scopes", "read", "scopes", "apps:read", "expires", "7d", "once", once)
	r = owner.Post(t, "/account/tokens", good)
	token := personalToken.FindString(r.Body)
	if r.Status != http.StatusOK || token == "" || r.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("POST /account/tokens = %d, Cache-Control %q, want the page with the token, not stored", r.Status, r.Header.Get("Cache-Control"))
	}
	app.Secret(token)
	again := owner.Post(t, "/account/tokens", good)
	if again.Status != http.StatusSeeOther || personalToken.MatchString(again.Body) {
		t.Errorf("the same form again = %d, want a redirect without a token", again.Status)
	}
	list := owner.Get(t, "/account/tokens").Body
	if strings.Contains(list, token) || !strings.Contains(list, token[len(token)-4:]) || !strings.Contains(list, "My laptop") {
		t.Error("the list must show the name and the last four characters, and not the token")
	}
	if status := app.Me(t, token); status != http.StatusOK {
		t.Errorf("GET /api/v1/me with the personal token = %d, want 200", status)
	}
	if list := owner.Get(t, "/account/tokens").Body; !strings.Contains(list, "127.0.0.1") {
		t.Error("the list does not say from where the token was used")
	}
	changed := token[:20] + "A" + token[21:]
	for what, wrong := range map[string]string{"a changed token": changed, "half a token": token[:30]} {
		if status := app.Me(t, wrong); wrong != token && status != http.StatusUnauthorized {
			t.Errorf("GET /api/v1/me with %s = %d, want 401", what, status)
		}
	}

	revoke := regexp.MustCompile(`/account/tokens/[^/"]+/revoke`).FindString(list)
	testapp.WantStatus(t, "GET revoke", owner.Get(t, revoke), http.StatusOK)
	stranger := app.Member(t, "First team", "developer")
	testapp.WantStatus(t, "GET revoke by another person", stranger.Get(t, revoke), http.StatusNotFound)
	testapp.WantStatus(t, "POST revoke by another person", stranger.Post(t, revoke, url.Values{}), http.StatusNotFound)
	if status := app.Me(t, token); status != http.StatusOK {
		t.Errorf("GET /api/v1/me after another person's try = %d, want 200", status)
	}
	testapp.WantRedirect(t, "POST revoke", owner.Post(t, revoke, url.Values{}), "/account/tokens")
	if status := app.Me(t, token); status != http.StatusUnauthorized {
		t.Errorf("GET /api/v1/me with a revoked token = %d, want 401", status)
	}
	viewer := app.Member(t, "First team", "viewer")
	if body := viewer.Get(t, "/account/tokens").Body; strings.Contains(body, `name="once"`) || !strings.Contains(body, "admin") {
		t.Error("a viewer is offered to create a token, or is not told who can change that")
	}
	testapp.WantStatus(t, "POST /account/tokens by a viewer", viewer.Post(t, "/account/tokens", testapp.Form("name", "x", "scopes", "read", "expires", "7d", "once", "b")), http.StatusForbidden)

	testapp.WantRedirect(t, "POST /owner/settings", owner.Post(t, "/owner/settings", testapp.Form("personal_tokens_without_end", "on")), "/owner/settings")
	r = owner.Post(t, "/account/tokens", testapp.Form("name", "Without an end", "scopes", "read", "expires", "never", "once", "c"))
	if app.Secret(personalToken.FindString(r.Body)) == "" {
		t.Errorf("POST without an end, which the owner allows = %d, want the token", r.Status)
	}
	testapp.WantStatus(t, "POST /owner/settings by a developer", stranger.Post(t, "/owner/settings", url.Values{}), http.StatusForbidden)
	testapp.WantStatus(t, "GET /owner/settings by a developer", stranger.Get(t, "/owner/settings"), http.StatusForbidden)
}

// A personal token reaches what its person may do now, not what they might when they made it.
func TestPersonalTokenFollowsItsPerson(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	owner.AddApp(t, "Warehouse", "read")
	dev := app.Member(t, "First team", "developer")
	token := dev.AddToken(t, "Laptop", "apps:read")
	apps := func() (int, int) {
		var list struct{ Apps []struct{ Name string } }
		r := app.Do(t, app.Request(t, http.MethodGet, "/api/v1/apps", "", testapp.Bearer(token)...))
		if r.Status == http.StatusOK {
			r.JSON(t, &list)
		}
		return r.Status, len(list.Apps)
	}
	if status, n := apps(); status != http.StatusOK || n != 1 {
		t.Fatalf("GET /api/v1/apps as a developer = %d with %d apps, want 200 with 1", status, n)
	}
	app.Exec(t, "UPDATE memberships SET role = 'viewer' WHERE person_id = (SELECT id FROM people WHERE email = ?)", dev.Email)
	if _, n := apps(); n != 0 {
		t.Errorf("GET /api/v1/apps after the person became a viewer shows %d apps, want none", n)
	}
	app.Exec(t, "UPDATE people SET disabled_at = ? WHERE email = ?", time.Now().Unix(), dev.Email)
	if status, _ := apps(); status != http.StatusUnauthorized {
		t.Errorf("GET /api/v1/apps after the person was disabled = %d, want 401", status)
	}
}
