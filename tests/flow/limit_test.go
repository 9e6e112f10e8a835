package flow

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// wantLimited checks that an answer is a 429 that says how many are allowed, that none are left, and when to try
// again.
func wantLimited(t *testing.T, what string, r *testapp.Answer, number string) {
	t.Helper()
	wait, err := strconv.Atoi(r.Header.Get("Retry-After"))
	if r.Status != http.StatusTooManyRequests || err != nil || wait < 1 || r.Header.Get("RateLimit-Limit") != number ||
		r.Header.Get("RateLimit-Remaining") != "0" || r.Header.Get("RateLimit-Reset") == "" {
		t.Errorf("%s = %d, Retry-After %q, RateLimit-Limit %q with %q left, want 429 and a limit of %s\n%.300s", what, r.Status,
			r.Header.Get("Retry-After"), r.Header.Get("RateLimit-Limit"), r.Header.Get("RateLimit-Remaining"), number, r.Body)
	}
}

// Refused sign-ins of strangers add one row, whatever names they make up, and the owners see the count.
func TestUnknownSignInsGrowNoTable(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	events := testapp.One[int](t, app, "SELECT COUNT(*) FROM audit_events")
	stranger := app.Visitor(t)
	for n := range 37 {
		r := stranger.Post(t, "/login", testapp.Form("email", fmt.Sprintf("nobody%d@example.com", n), "password", "a wrong password"))
		testapp.WantStatus(t, "POST /login of nobody", r, http.StatusUnauthorized)
		if left := r.Header.Get("RateLimit-Remaining"); left != "9" || r.Header.Get("RateLimit-Limit") != "10" {
			t.Fatalf("RateLimit-Remaining of a wrong password = %q, want 9", left)
		}
	}
	testapp.WantStatus(t, "POST /login of the owner", stranger.Post(t, "/login", testapp.Form("email", owner.Email, "password", "a wrong password")), http.StatusUnauthorized)
	if n := testapp.One[int](t, app, "SELECT COUNT(*) FROM audit_events"); n != events {
		t.Errorf("%d audit events of refused sign-ins, want none before the hour is over", n-events)
	}
	if rows, most := testapp.One[int](t, app, "SELECT COUNT(*) FROM refusals"), testapp.One[int](t, app, "SELECT MAX(count) FROM refusals"); rows > 4 || most < 10 {
		t.Errorf("refusals has %d rows with up to %d, want one for all unknown accounts and one for the owner's", rows, most)
	}
	page := owner.Get(t, "/owner/audit").Body
	testapp.WantWords(t, "the audit page", page, "refused sign-ins to", "unknown accounts", "times from 127.0.0.1 on")
	if r := owner.Get(t, "/team/audit"); strings.Contains(r.Body, "unknown accounts") {
		t.Error("a team's audit page shows the portal's refusals")
	}
}

// A place gets 60 device codes in 15 minutes, of every app and process together.
func TestDeviceCodesOfOnePlaceAreLimited(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	team := app.AddTeam(t, "Cameras")
	camera, other := app.AddClient(t, team.ID, "Camera", "native"), app.AddClient(t, team.ID, "Other", "native")
	beside := testapp.New(t, testapp.Beside(app))
	ask := func(at *testapp.App, c testapp.Credentials) *testapp.Answer {
		t.Helper()
		return at.PostForm(t, "/oauth2/device_authorization", testapp.Form("client_id", c.ClientID, "scope", "read"))
	}
	for n := range 60 {
		r := ask([]*testapp.App{app, beside}[n%2], []testapp.Credentials{camera, other}[n/2%2])
		if r.Status != http.StatusOK || r.Header.Get("RateLimit-Remaining") != strconv.Itoa(59-n) {
			t.Fatalf("device code %d = %d with %q left, want 200 with %d left", n+1, r.Status, r.Header.Get("RateLimit-Remaining"), 59-n)
		}
	}
	for _, at := range []*testapp.App{app, beside} {
		r := ask(at, camera)
		wantLimited(t, "the 61st device code", r, "60")
		testapp.WantWords(t, "the error", r.Body, `"error":"temporarily_unavailable"`, "error_id")
	}
	if n := testapp.One[int](t, app, "SELECT COUNT(*) FROM device_codes"); n != 60 {
		t.Errorf("%d device codes are stored, want 60", n)
	}
	app.Exec(t, "UPDATE limit_windows SET ends_at = 1")
	testapp.WantStatus(t, "a device code after the window", ask(app, camera), http.StatusOK)
}

// Wrong user codes are counted across processes; right ones aren't.
func TestUserCodesCannotBeGuessedThroughManyProcesses(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	team := app.AddTeam(t, "Cameras")
	ben := app.Member(t, team.ID, "developer")
	beside := testapp.New(t, testapp.Beside(app))
	there := beside.Visitor(t)
	there.Email = ben.Email
	there.SignIn(t, testapp.Password)
	guess := func(p *testapp.Person, code string) *testapp.Answer {
		return p.Post(t, "/device", testapp.Form("user_code", code))
	}
	for n := range 10 {
		r := guess([]*testapp.Person{ben, there}[n%2], "BCDF-GHJK")
		if r.Status != http.StatusUnprocessableEntity || r.Header.Get("RateLimit-Remaining") != strconv.Itoa(9-n) {
			t.Fatalf("wrong code %d = %d with %q left, want 422 with %d left", n+1, r.Status, r.Header.Get("RateLimit-Remaining"), 9-n)
		}
	}
	for _, p := range []*testapp.Person{ben, there} {
		r := guess(p, "BCDF-GHJK")
		wantLimited(t, "the 11th code", r, "10")
		testapp.WantWords(t, "the page", r.Body, "Too many wrong codes. Try again in", "BCDF-GHJK")
	}
}

// A page that sends a browser to the consent page again and again fills no table.
func TestConsentRequestsOfOnePersonAreLimited(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	team := app.AddTeam(t, "Sites")
	site := app.AddClient(t, team.ID, "Site", "web")
	ben := app.Member(t, team.ID, "developer")
	_, challenge := testapp.Verifier()
	path := testapp.AuthorizePath(site, challenge)
	for n := range 60 {
		if r := ben.Get(t, path); r.Status != http.StatusOK {
			t.Fatalf("consent page %d = %d\n%.300s", n+1, r.Status, r.Body)
		}
	}
	r := ben.Get(t, path)
	wantLimited(t, "the 61st consent page", r, "60")
	testapp.WantWords(t, "the page", r.Body, "Too many apps asked for access. Try again in")
	if n := testapp.One[int](t, app, "SELECT COUNT(*) FROM consent_requests"); n != 60 {
		t.Errorf("%d consent requests are stored, want 60", n)
	}
	testapp.WantStatus(t, "another person's consent page", app.Member(t, team.ID, "developer").Get(t, path), http.StatusOK)
}

// A client that gets tokens beyond its limit is told to slow down, in the shape of its dialect, and slows nobody
// else down. Only owners change the limit.
func TestClientBeyondItsMintLimitGets429(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	c := owner.AddApp(t, "Loop", "read")
	quiet := owner.AddApp(t, "Quiet", "read")
	r := app.RequestToken(t, c)
	if r.Status != http.StatusOK || r.Header.Get("RateLimit-Limit") != "1000" || r.Header.Get("RateLimit-Remaining") != "999" {
		t.Errorf("a token = %d %v, want the default limit in the headers", r.Status, r.Header)
	}
	dev := app.Member(t, "First team", "admin")
	settings := testapp.Form("name", "Loop", "scopes", "read", "token_lifetime", "3600", "auth_method", "client_secret")
	with := func(burst, rate string) url.Values {
		form := url.Values{"mint_burst": {burst}, "mint_rate": {rate}}
		for name, values := range settings {
			form[name] = values
		}
		return form
	}
	path := "/apps/" + c.ClientID
	testapp.WantStatus(t, "a limit that an admin sets", dev.Post(t, path, with("5", "1")), http.StatusForbidden)
	if page := dev.Get(t, path).Body; strings.Contains(page, "mint_burst") {
		t.Error("the app's page shows the limit to somebody who isn't an owner")
	}
	testapp.WantWords(t, "the owner's page", owner.Get(t, path).Body, "mint_burst", `value="1000"`)
	for _, wrong := range []string{"-1", "x", "1.5", "1000001", "99999999999999999999"} {
		testapp.WantStatus(t, "a limit of "+wrong, owner.Post(t, path, with(wrong, "1")), http.StatusUnprocessableEntity)
	}
	testapp.WantRedirect(t, "a limit that an owner sets", owner.Post(t, path, with("5", "1")), path)
	testapp.WantRedirect(t, "settings that an admin saves", dev.Post(t, path, settings), path)
	issued := 0
	var refused *testapp.Answer
	for range 20 {
		if r := app.RequestToken(t, c); r.Status == http.StatusOK {
			issued++
		} else {
			refused = r
			break
		}
	}
	if refused == nil || issued < 5 {
		t.Fatalf("%d tokens were issued, want 5 or a few more, and then a 429", issued)
	}
	wantLimited(t, "a token beyond the limit", refused, "5")
	testapp.WantWords(t, "the error", refused.Body, `"error":"temporarily_unavailable"`, "error_id")
	object := `{"clientId":"` + c.ClientID + `","clientSecret":"` + c.ClientSecret + `"}`
	for range 20 { // whichever comes before the next second is refused
		if refused = app.Do(t, app.Request(t, http.MethodPost, "/apps/auth", object, "Content-Type", "application/json")); refused.Status != http.StatusOK {
			break
		}
	}
	wantLimited(t, "a token of nextome's dialect beyond the limit", refused, "5")
	testapp.WantWords(t, "the error", refused.Body, `"error":"temporarily_unavailable"`)
	testapp.WantStatus(t, "a token of another app", app.RequestToken(t, quiet), http.StatusOK)
	app.Run(t, "", "app", "limit", c.ClientID, "--burst", "7")
	if got := testapp.One[string](t, app, "SELECT mint_burst || ' ' || COALESCE(mint_rate, 0) FROM apps WHERE client_id = '"+c.ClientID+"'"); got != "7 0" {
		t.Errorf("the limit after gatepost app limit = %s, want 7 and the default", got)
	}
	if n := testapp.One[int](t, app, "SELECT COUNT(*) FROM audit_events WHERE action = 'app.mint_limit_changed'"); n != 2 {
		t.Errorf("%d audit events of a changed limit, want 2", n)
	}
}

// The limit of a client counts for the other ways to ask for a token too: by parameters in the address, and by the
// vendor's login, which makes a token without the token endpoint.
func TestMintLimitHoldsForEveryDialect(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	c := owner.AddApp(t, "Loop", "read")
	app.Change(t, "UPDATE apps SET query_parameters = ? WHERE client_id = ?", true, c.ClientID)
	address := "/oauth2/token?" + c.With("grant_type", "client_credentials").Encode()
	app.Run(t, "", "app", "limit", c.ClientID, "--burst", "2", "--rate", "1")
	beyond := func(what string, ask func() *testapp.Answer) {
		t.Helper()
		r := ask()
		testapp.WantStatus(t, what, r, http.StatusOK)
		for range 20 { // whichever comes before the next second is refused
			if r = ask(); r.Status != http.StatusOK {
				break
			}
		}
		wantLimited(t, what+" beyond the limit", r, "2")
	}
	beyond("a token by the address", func() *testapp.Answer { return app.Do(t, app.Request(t, http.MethodPost, address, "")) })

	vendorLogin(t, app, owner)
	login := testapp.One[string](t, app, "SELECT login_client_id FROM teams WHERE login_client_id <> ''")
	app.Run(t, "", "app", "limit", login, "--burst", "2", "--rate", "1")
	key := testapp.One[string](t, app, "SELECT solution_key FROM teams WHERE login_client_id <> ''")
	var basic struct{ Data string }
	app.Do(t, app.Request(t, http.MethodGet, "/api/v2/Auth/basic-token", "")).JSON(t, &basic)
	beyond("a vendor login", func() *testapp.Answer {
		return app.Do(t, app.Request(t, http.MethodPost, "/api/v2/Auth/login", `{"username": "`+owner.Email+`", "password": "`+testapp.Password+`"}`,
			"Content-Type", "application/json", "Authorization", "Basic "+basic.Data, "solution-key", key))
	})
}

// The docs page lists every limit, with its number.
func TestDocsListTheLimits(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	page := app.Visitor(t).Get(t, "/docs/limits")
	testapp.WantStatus(t, "GET /docs/limits", page, http.StatusOK)
	testapp.WantWords(t, "the page", page.Body, "Emails to one address, per hour", "5 in 1 hour", "1,000 in a burst, and 100 more per second", "RateLimit-*", "memory of each process")
	if strings.Contains(page.Body, "TABLE_OF_LIMITS") {
		t.Error("the page has its placeholder, want the table")
	}
}
