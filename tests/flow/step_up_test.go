package flow

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// Step-up: what matters most asks again after two hours, and nothing typed is lost.
func TestStepUp(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	form := url.Values{"name": {"Ward <dashboard>"}, "description": {"line 1\nline 2"}, "kind": {"server"}, "scopes": {"read", "write"}, "secret_expires_at": {"90d"},
		"client_secret": {"gps_typed"}, "once": {owner.Get(t, "/apps/new").Once(t)}}
	app.Stale(t)

	asked := owner.Post(t, "/apps", form)
	if asked.Status != http.StatusForbidden || strings.Contains(asked.Body, "gps_typed") || asked.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("POST /apps after two hours = %d, want 403 without the typed secret", asked.Status)
	}
	again := hidden(t, asked.Body)
	for name, values := range form {
		if name == "client_secret" {
			continue
		}
		if got := again[name]; strings.Join(got, "|") != strings.Join(values, "|") {
			t.Errorf("field %s on the page that asks = %q, want %q", name, got, values)
		}
	}
	again.Set("confirm_password", "not the password")
	wrong := owner.Post(t, "/apps", again)
	if wrong.Status != http.StatusForbidden || strings.Contains(wrong.Body, "not the password") || !strings.Contains(wrong.Body, "This is not your password.") {
		t.Fatalf("POST /apps with a wrong password = %d, want 403 that does not repeat it", wrong.Status)
	}
	again = hidden(t, wrong.Body)
	again.Set("confirm_password", testapp.Password)
	made := owner.Post(t, "/apps", again)
	if made.Status != http.StatusOK || !strings.Contains(made.Body, "Ward &lt;dashboard&gt;") || !strings.Contains(made.Body, "gps_") {
		t.Fatalf("POST /apps with the password = %d, want the new app\n%s", made.Status, made.Body)
	}

	// The proof stands for the next form, and for pages.
	if r := owner.Get(t, "/owner/settings"); r.Status != http.StatusOK {
		t.Errorf("GET /owner/settings after the proof = %d, want 200", r.Status)
	}
	app.Stale(t)
	if r := owner.Get(t, "/owner/settings"); r.Status != http.StatusSeeOther || r.Location != "/confirm?next=%2Fowner%2Fsettings" {
		t.Errorf("GET /owner/settings after two hours = %d to %q, want /confirm", r.Status, r.Location)
	}
	client := regexp.MustCompile(`/apps/([a-z0-9]{26})`).FindStringSubmatch(made.Body)[1]
	if r := owner.Post(t, "/apps/"+client+"/playground-secret", nil); r.Status != http.StatusForbidden || !strings.Contains(r.Body, "step_up_required") {
		t.Errorf("POST playground-secret after two hours = %d %s, want 403 step_up_required", r.Status, r.Body)
	}
	old := owner.Cookies(t)
	done := owner.Post(t, "/confirm", url.Values{"next": {"/owner/settings"}, "confirm_password": {testapp.Password}})
	if done.Status != http.StatusSeeOther || done.Location != "/owner/settings" {
		t.Errorf("POST /confirm = %d to %q, want 303 to /owner/settings", done.Status, done.Location)
	}
	if r := owner.Get(t, "/owner/settings"); r.Status != http.StatusOK {
		t.Errorf("GET /owner/settings = %d, want 200", r.Status)
	}

	// ASVS 7.2.4: the cookie from before the proof is dead.
	copied := app.Request(t, http.MethodGet, "/dashboard", "")
	for _, c := range old {
		copied.AddCookie(c)
	}
	if r := app.Do(t, copied); r.Status != http.StatusSeeOther {
		t.Errorf("GET /dashboard with the cookie from before the proof = %d, want the way to /login", r.Status)
	}
	if r := owner.Post(t, "/confirm", url.Values{"next": {"//evil.example"}, "confirm_password": {testapp.Password}}); r.Location != "/dashboard" {
		t.Errorf("POST /confirm with a next elsewhere leads to %q, want /dashboard", r.Location)
	}

	// Guessing is slowed down.
	var slowed bool
	for range 14 {
		slowed = slowed || owner.Post(t, "/confirm", url.Values{"confirm_password": {"a wrong password"}}).Status == http.StatusTooManyRequests
	}
	if !slowed {
		t.Error("14 wrong passwords at /confirm: none was answered 429")
	}
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)

// hidden reads the hidden fields of a page's form.
func hidden(t *testing.T, body string) url.Values {
	t.Helper()
	out := url.Values{}
	unescape := strings.NewReplacer("&lt;", "<", "&gt;", ">", "&#34;", `"`, "&#39;", "'", "&amp;", "&")
	for _, m := range hiddenField.FindAllStringSubmatch(body, -1) {
		out.Add(m[1], unescape.Replace(m[2]))
	}
	return out
}
