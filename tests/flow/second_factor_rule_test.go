package flow

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// A team asks for a second factor: who has none gets to nothing but the page where it is set
// up. The login by password over the API has no second step, so it is refused.
func TestTeamRequiresASecondFactor(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	dev := app.Member(t, "First team", "developer")

	r := owner.Post(t, "/team/settings/second-factor", url.Values{"required": {"on"}})
	testapp.WantStatus(t, "requiring a second factor without one", r, http.StatusUnprocessableEntity)
	testapp.WantWords(t, "requiring a second factor without one", r.Body, "your own account first", `href="/account/security"`)
	owner.AddTOTP(t)
	if r := owner.Post(t, "/team/settings/second-factor", url.Values{"required": {"on"}}); r.Status != http.StatusSeeOther {
		t.Fatalf("POST /team/settings/second-factor = %d, want 303\n%s", r.Status, r.Body)
	}
	if r := dev.Get(t, "/apps"); r.Status != http.StatusSeeOther || r.Location != "/account/security" {
		t.Errorf("GET /apps of a member without a second factor = %d to %q, want 303 to /account/security", r.Status, r.Location)
	}
	if r := dev.Post(t, "/account", url.Values{"name": {"X"}}); r.Status != http.StatusForbidden {
		t.Errorf("POST /account of a member without a second factor = %d, want 403", r.Status)
	}
	if r := dev.Get(t, "/account/security"); r.Status != http.StatusOK || !strings.Contains(r.Body, "The team First team requires one") {
		t.Errorf("GET /account/security = %d, want the page that says which team asks", r.Status)
	}
	phone := dev.AddTOTP(t)
	if r := dev.Get(t, "/apps"); r.Status != http.StatusOK {
		t.Errorf("GET /apps with a second factor = %d, want 200", r.Status)
	}
	if r := dev.Post(t, "/account/security/totp/remove", phone.Confirm(t)); r.Status != http.StatusConflict {
		t.Errorf("removing the last second factor = %d, want 409", r.Status)
	}
}

// Whoever must set up a second factor first goes on from there to the page that they wanted.
func TestForcedSetUpLeadsBack(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	dev := app.Member(t, "First team", "developer")
	owner.AddTOTP(t)
	testapp.WantRedirect(t, "POST /team/settings/second-factor", owner.Post(t, "/team/settings/second-factor", url.Values{"required": {"on"}}), "/team/settings")

	const wanted = "/playground/client-credentials?app=x&scope=read"
	testapp.WantRedirect(t, "GET of a page without a second factor", dev.Get(t, wanted), "/account/security")
	testapp.WantStatus(t, "GET /account/security", dev.Get(t, "/account/security"), http.StatusOK)
	phone := dev.AddTOTP(t)
	if phone.Next != wanted {
		t.Errorf("the page of recovery codes leads on to %q, want %q", phone.Next, wanted)
	}
	dev.ReplaceTOTP(t, phone) // another app, later: back to the security page
}

// The password login of IoTConnect's document is off for a person with two factors, and says so
// to who knows the password, and to nobody else.
func TestAPILoginNeedsNoSecondFactor(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	app.Owner(t)
	dev := app.Member(t, "First team", "developer")
	key := regexp.MustCompile(`"solution_key":\s*"([^"]+)"`).FindStringSubmatch(app.Run(t, "", "team", "list", "--json"))
	if key == nil {
		t.Fatal("gatepost team list --json names no solution key")
	}
	login := func(password string) (*testapp.Answer, string) {
		var basic struct {
			Data string `json:"data"`
		}
		app.Do(t, app.Request(t, http.MethodGet, "/api/v2/Auth/basic-token", "")).JSON(t, &basic)
		r := app.Do(t, app.Request(t, http.MethodPost, "/api/v2/Auth/login", `{"username": "`+dev.Email+`", "password": "`+password+`"}`,
			"Content-Type", "application/json", "Authorization", "Basic "+basic.Data, "solution-key", key[1]))
		var tokens struct {
			Refresh string `json:"refresh_token"`
		}
		r.JSON(t, &tokens)
		return r, tokens.Refresh
	}
	before, refresh := login(testapp.Password)
	if before.Status != http.StatusOK {
		t.Fatalf("login without a second factor = %d, want 200\n%s", before.Status, before.Body)
	}
	dev.AddTOTP(t)
	if r, _ := login(testapp.Password); r.Status != http.StatusForbidden || !strings.Contains(r.Body, "two factors") || !strings.Contains(r.Body, `"status":403`) {
		t.Errorf("login with a second factor = %d %s, want 403 in the vendor's shape that says why", r.Status, r.Body)
	}
	if r, _ := login("not the password"); r.Status != http.StatusUnauthorized || strings.Contains(r.Body, "two factors") {
		t.Errorf("login with a wrong password = %d %s, want the 401 of every account", r.Status, r.Body)
	}
	if r := app.Do(t, app.Request(t, http.MethodPost, "/api/v2/Auth/refresh-token", `{"refreshtoken": "`+refresh+`"}`, "Content-Type", "application/json")); r.Status != http.StatusUnauthorized {
		t.Errorf("refreshing a login from before = %d, want 401", r.Status)
	}
}

// An authorization request goes on after the second step.
func TestAuthorizationGoesThroughTheSecondStep(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	app.Owner(t)
	dev := app.Member(t, "First team", "developer")
	phone := dev.AddTOTP(t)
	client := app.AddClient(t, "First team", "Ward dashboard", "native")
	_, challenge := testapp.Verifier()
	path := testapp.AuthorizePath(client, challenge)
	browser := dev.OtherBrowser(t)
	start := browser.Get(t, path)
	next, err := url.Parse(start.Location)
	if err != nil || next.Path != "/login" {
		t.Fatalf("GET /oauth2/auth = %d to %q, want /login", start.Status, start.Location)
	}
	browser.Post(t, "/login", url.Values{"email": {dev.Email}, "password": {testapp.Password}, "next": {next.Query().Get("next")}})
	form := browser.Get(t, "/login/second")
	if csp := form.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self';") {
		t.Errorf("the second step's policy = %q, want form-action 'self'", csp)
	}
	if got := form.Header.Get("Cross-Origin-Opener-Policy"); got != "unsafe-none" {
		t.Errorf("Cross-Origin-Opener-Policy = %q, want unsafe-none as on /login", got)
	}
	done := browser.Post(t, "/login/second", url.Values{"code": {phone.Code(t)}})
	if done.Status != http.StatusOK || !strings.HasPrefix(done.Location, "/oauth2/auth?") {
		t.Fatalf("POST /login/second = %d to %q, want the authorization request", done.Status, done.Location)
	}
	if r := browser.Get(t, done.Location); r.Status != http.StatusOK || !strings.Contains(r.Body, "Ward dashboard") {
		t.Errorf("GET %s = %d, want the consent page", done.Location, r.Status)
	}
}
