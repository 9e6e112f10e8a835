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

	// The proof counts for the next form, and for pages.
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

// A foreign team's app asks for scopes that only admins give. A session that was left open gives it none: not by the
// request, and not by a consent page that was open since the session was fresh.
func TestStaleSessionConsentsToNoAdminScopes(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	app.AddTeam(t, "Elsewhere")
	foreign := app.AddClient(t, "Elsewhere", "Harvester", "web", "--scope", "team:read")
	_, challenge := testapp.Verifier()
	path := testapp.AuthorizePath(foreign, challenge, "scope", "read team:read")
	kept := owner.Get(t, path)
	testapp.WantStatus(t, "GET /oauth2/auth of a fresh session", kept, http.StatusOK)
	granted := func() int {
		return testapp.One[int](t, app, "SELECT (SELECT COUNT(*) FROM authorizations) + (SELECT COUNT(*) FROM families) + (SELECT COUNT(*) FROM authorization_codes)")
	}

	app.Stale(t)
	testapp.WantRedirect(t, "GET /oauth2/auth of a stale session", owner.Get(t, path), "/confirm?next="+url.QueryEscape(path))
	asked := owner.Answer(t, kept, "allow")
	testapp.WantStatus(t, "POST of the page that was kept open", asked, http.StatusForbidden)
	testapp.WantWords(t, "the answer", asked.Body, `name="confirm_password"`)
	if n := granted(); n != 0 {
		t.Errorf("the stale session has left %d authorizations, families and codes, want none", n)
	}
	again := hidden(t, asked.Body)
	again.Set("confirm_password", "not the password")
	testapp.WantStatus(t, "POST with a wrong password", owner.Post(t, "/oauth2/consent", again), http.StatusForbidden)
	if n := granted(); n != 0 {
		t.Errorf("a wrong password has left %d authorizations, families and codes, want none", n)
	}

	// Whoever proves themselves comes back to the question.
	testapp.WantMoveOn(t, "POST /confirm", owner.Post(t, "/confirm", url.Values{"next": {path}, "confirm_password": {testapp.Password}}), path)
	page := owner.Get(t, path)
	testapp.WantStatus(t, "GET /oauth2/auth after the proof", page, http.StatusOK)
	if code := owner.Answer(t, page, "allow").Returned(t).Get("code"); app.Secret(code) == "" || granted() == 0 {
		t.Error("the consent after the proof gave no code")
	}

	// What no admin needs to give asks for no proof.
	app.Stale(t)
	plain := app.AddClient(t, "Elsewhere", "Reader", "web")
	testapp.WantStatus(t, "GET /oauth2/auth for other scopes", owner.Get(t, testapp.AuthorizePath(plain, challenge, "scope", "read")), http.StatusOK)
}

// Whoever finds a session open and knows the password, but not the second factor, changes none of the factors.
func TestPasswordAloneRemovesNoSecondFactor(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	app.Owner(t)
	dev := app.Member(t, "First team", "developer")
	phone := dev.AddTOTP(t)
	addPasskey := func(id string, p *testapp.Person) {
		app.Exec(t, `INSERT INTO passkeys (id, person_id, name, credential, created_at)
			SELECT '`+id+`', id, 'Key', '{}', 1 FROM people WHERE email = $1`, p.Email)
	}
	// The only factor is the one that counts: it is asked for before it is gone.
	single := app.Member(t, "First team", "developer")
	addPasskey("b25seQ", single)
	app.Stale(t)
	password := url.Values{"confirm_password": {testapp.Password}}
	testapp.WantStatus(t, "removing the only passkey with the password alone", single.Post(t, "/account/security/passkeys/b25seQ/remove", password), http.StatusForbidden)
	testapp.WantStatus(t, "removing the only authenticator app with the password alone", dev.Post(t, "/account/security/totp/remove", password), http.StatusForbidden)
	addPasskey("cGFzc2tleQ", dev)
	state := func() string {
		return testapp.One[string](t, app, `SELECT (SELECT COUNT(*) FROM totp_factors) || ' ' || (SELECT COUNT(*) FROM passkeys) || ' ' || (SELECT MIN(hash) FROM recovery_codes)`)
	}
	before := state()
	const passkey = "/account/security/passkeys/cGFzc2tleQ/remove"
	for _, path := range []string{"/account/security/totp/remove", passkey, "/account/security/recovery", "/account/security/totp"} {
		app.Stale(t)
		form := url.Values{"confirm_password": {testapp.Password}}
		asked := dev.Post(t, path, form)
		testapp.WantStatus(t, "POST "+path+" with the password alone", asked, http.StatusForbidden)
		testapp.WantWords(t, "the answer to "+path, asked.Body, `name="confirm_code"`)
		form.Set("confirm_code", "000000")
		testapp.WantStatus(t, "POST "+path+" with a wrong code", dev.Post(t, path, form), http.StatusForbidden)
	}
	app.Exec(t, "DELETE FROM sign_in_tries")
	begin := func() *testapp.Answer {
		return dev.Do(t, app.Request(t, http.MethodPost, "/account/security/passkeys/begin", "", "Content-Type", "application/x-www-form-urlencoded"))
	}
	if r := begin(); r.Status != http.StatusForbidden {
		t.Errorf("POST /account/security/passkeys/begin without a proof = %d, want 403", r.Status)
	}
	dev.Post(t, "/confirm", url.Values{"confirm_password": {testapp.Password}})
	if r := begin(); r.Status != http.StatusForbidden {
		t.Errorf("POST /account/security/passkeys/begin after the password alone = %d, want 403", r.Status)
	}
	if after := state(); after != before {
		t.Errorf("authenticator apps, passkeys and recovery codes = %s, want %s as before", after, before)
	}

	proof := url.Values{"confirm_password": {testapp.Password}, "confirm_code": {phone.Code(t)}}
	testapp.WantRedirect(t, "POST "+passkey+" with a code", dev.Post(t, passkey, proof), "/account/security")
	proof.Set("confirm_code", phone.Code(t))
	testapp.WantRedirect(t, "POST totp/remove with a code", dev.Post(t, "/account/security/totp/remove", proof), "/account/security")
}

// A clock that was set back, or a row that somebody wrote, makes no proof last longer.
func TestProofFromTheFutureProvesNothing(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	invitation := url.Values{"email": {"new@example.com"}, "role": {"admin"}}
	app.Exec(t, "UPDATE sessions SET verified_at = verified_at + 3600, factor_at = factor_at + 3600")
	asked := owner.Post(t, "/team/invitations", invitation)
	testapp.WantStatus(t, "POST /team/invitations with a proof from the next hour", asked, http.StatusForbidden)
	testapp.WantWords(t, "the answer", asked.Body, `name="confirm_password"`)
	testapp.WantRedirect(t, "GET /owner/settings", owner.Get(t, "/owner/settings"), "/confirm?next=%2Fowner%2Fsettings")
	if n := testapp.One[int](t, app, "SELECT COUNT(*) FROM links WHERE email = 'new@example.com'"); n != 0 {
		t.Errorf("%d invitations were made, want none", n)
	}
	invitation.Set("confirm_password", testapp.Password)
	if r := owner.Post(t, "/team/invitations", invitation); r.Status >= http.StatusBadRequest {
		t.Errorf("POST /team/invitations with the password = %d, want it to be made", r.Status)
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
