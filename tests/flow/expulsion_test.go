package flow

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// loot is what somebody who once had a person's account, or a role, may still hold.
type loot struct {
	app                         *testapp.App
	client, vendor, inspector   testapp.Credentials
	personal, calendar          string
	tokens                      testapp.Tokens
	vendorAccess, vendorRefresh string
}

// takeLoot has the person make one of everything in the first team, and checks that all of it works.
func takeLoot(t *testing.T, app *testapp.App, p *testapp.Person) loot {
	t.Helper()
	l := loot{app: app, client: app.AddClient(t, "First team", "Ward of "+p.Name, "native"), inspector: app.AddApp(t, "First team", "Inspector of "+p.Name, "read")}
	app.Change(t, "UPDATE apps SET introspection = 'portal' WHERE client_id = ?", l.inspector.ClientID)
	l.personal = p.AddToken(t, "laptop", "read")
	if l.tokens = p.Authorize(t, l.client); l.tokens.RefreshToken == "" {
		t.Fatal("the app gets no refresh token")
	}
	l.calendar = makeCalendar(t, app, p)
	l.vendorAccess, l.vendorRefresh = vendorLogin(t, app, p)
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(l.vendorAccess, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(payload, &l.vendor); err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{"personal": l.personal, "app's": l.tokens.AccessToken, "vendor login's": l.vendorAccess} {
		if got := app.Me(t, token); got != http.StatusOK || !l.active(t, token) {
			t.Fatalf("the %s token of %s = %d, want 200 and active", name, p.Name, got)
		}
	}
	testapp.WantStatus(t, "GET calendar", l.feed(t), http.StatusOK)
	return l
}

func makeCalendar(t *testing.T, app *testapp.App, p *testapp.Person) string {
	t.Helper()
	r := p.Post(t, "/account/calendars/"+between(t, p.Get(t, "/team/rotation").Body, `action="/account/calendars/`, `"`), nil)
	address := between(t, r.Body, app.URL+"/calendar/", "<")
	return app.Secret(address)
}

func vendorLogin(t *testing.T, app *testapp.App, p *testapp.Person) (access, refresh string) {
	t.Helper()
	key := regexp.MustCompile(`"solution_key":\s*"([^"]+)"`).FindStringSubmatch(app.Run(t, "", "team", "list", "--json"))
	var basic struct{ Data string }
	app.Do(t, app.Request(t, http.MethodGet, "/api/v2/Auth/basic-token", "")).JSON(t, &basic)
	r := app.Do(t, app.Request(t, http.MethodPost, "/api/v2/Auth/login", `{"username": "`+p.Email+`", "password": "`+testapp.Password+`"}`,
		"Content-Type", "application/json", "Authorization", "Basic "+basic.Data, "solution-key", key[1]))
	testapp.WantStatus(t, "the vendor login", r, http.StatusOK)
	tokens := app.Tokens(t, r)
	return tokens.AccessToken, tokens.RefreshToken
}

func (l loot) feed(t *testing.T) *testapp.Answer {
	return l.app.Do(t, l.app.Request(t, http.MethodGet, "/calendar/"+l.calendar, ""))
}

func (l loot) active(t *testing.T, token string) bool {
	t.Helper()
	var answer struct{ Active bool }
	l.app.PostForm(t, "/oauth2/introspect", l.inspector.With("token", token)).JSON(t, &answer)
	return answer.Active
}

// The two kinds of loot that wantDead checks as well as calendars: whatever is presented to whichever
// endpoint accepts it.
func (l loot) wantDead(t *testing.T, after string) {
	t.Helper()
	l.wantPersonalDead(t, after)
	l.wantAppsDead(t, after)
	testapp.WantStatus(t, "GET calendar after "+after, l.feed(t), http.StatusNotFound)
}

func (l loot) wantPersonalDead(t *testing.T, after string) {
	t.Helper()
	if got := l.app.Me(t, l.personal); got != http.StatusUnauthorized || l.active(t, l.personal) {
		t.Errorf("the personal token after %s = %d, active %t, want 401 and inactive", after, got, l.active(t, l.personal))
	}
}

func (l loot) wantAppsDead(t *testing.T, after string) {
	t.Helper()
	if got := l.app.Me(t, l.tokens.AccessToken); got != http.StatusUnauthorized || l.active(t, l.tokens.AccessToken) {
		t.Errorf("the app's access token after %s = %d, want 401 and inactive", after, got)
	}
	if r := l.app.TokenRequest(t, l.client, "grant_type", "refresh_token", "refresh_token", l.tokens.RefreshToken); !strings.Contains(r.Body, "invalid_grant") {
		t.Errorf("the app's refresh token after %s = %d %s, want invalid_grant", after, r.Status, r.Body)
	}
	l.wantVendorDead(t, after)
}

func (l loot) wantVendorDead(t *testing.T, after string) {
	t.Helper()
	if got := l.app.Me(t, l.vendorAccess); got != http.StatusUnauthorized || l.active(t, l.vendorAccess) {
		t.Errorf("the vendor login's access token after %s = %d, want 401 and inactive", after, got)
	}
	r := l.app.Do(t, l.app.Request(t, http.MethodPost, "/api/v2/Auth/refresh-token", `{"refreshtoken": "`+l.vendorRefresh+`"}`, "Content-Type", "application/json"))
	if r.Status != http.StatusUnauthorized && r.Status != http.StatusForbidden {
		t.Errorf("the vendor login's refresh token after %s = %d, want 401 or 403", after, r.Status)
	}
	if r := l.app.TokenRequest(t, l.vendor, "grant_type", "refresh_token", "refresh_token", l.vendorRefresh); !strings.Contains(r.Body, "invalid_grant") {
		t.Errorf("the vendor login's refresh token at /oauth2/token after %s = %d %s, want invalid_grant", after, r.Status, r.Body)
	}
}

// A thief had the account. The reset throws out everything they could have made, and leads to the page
// where a factor of theirs can be removed.
func TestResetExpelsWhoeverHadTheAccount(t *testing.T) {
	t.Parallel()
	box := testapp.StartMailbox(t)
	app := testapp.New(t, testapp.WithMailbox(box))
	app.Owner(t)
	dev := app.Member(t, "First team", "developer")
	thief := dev.Again(t)
	stolen := takeLoot(t, app, thief)
	phone := thief.AddTOTP(t) // which ends vendor logins as well
	half := dev.OtherBrowser(t)
	half.FirstStep(t, testapp.Password)
	testapp.WantStatus(t, "starting to change the address", thief.Post(t, "/account/email", testapp.Form("email", "thief@example.com", "current_password", testapp.Password)), http.StatusSeeOther)

	link := strings.Trim(regexp.MustCompile(`/reset/\S+`).FindString(app.Run(t, "", "user", "reset-link", dev.Email)), `",`)
	const fresh = "three other quiet otters"
	browser := dev.OtherBrowser(t)
	done := browser.Post(t, link, url.Values{"password": {app.Secret(fresh)}})
	testapp.WantStatus(t, "POST of the reset", done, http.StatusOK)
	stolen.wantDead(t, "a reset")
	testapp.WantRedirect(t, "the thief's session", thief.Get(t, "/dashboard"), "/login?next=%2Fdashboard")
	testapp.WantStatus(t, "the thief's half sign-in", half.Post(t, "/login/second", url.Values{"code": {phone.Code(t)}}), http.StatusGone)
	if n := testapp.One[int](t, app, "SELECT COUNT(*) FROM authorizations"); n != 0 {
		t.Errorf("remembered authorizations after a reset = %d, want 0", n)
	}

	next := between(t, done.Body, `href="/login?next=`, `"`)
	next, err := url.QueryUnescape(next)
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"email": {dev.Email}, "password": {fresh}, "next": {next}}
	testapp.WantRedirect(t, "the sign-in, with the factor still to come", browser.Post(t, "/login", form), "/login/second")
	testapp.WantRedirect(t, "the second step", browser.Post(t, "/login/second", url.Values{"code": {phone.Code(t)}}), "/account/security/after-reset")
	page := browser.Get(t, "/account/security/after-reset")
	testapp.WantStatus(t, "GET after-reset", page, http.StatusOK)
	testapp.WantWords(t, "the page after a reset", page.Body, "What was ended", "2 sessions", "1 personal token", "1 calendar address", "2 apps&#39; access", "1 pending change of your email address",
		"Remove authenticator app", `action="/account/security/totp/remove"`, "Generate new recovery codes")
	mail := box.Find(t, dev.Email, "was reset with a link")
	testapp.WantWords(t, "the mail about the reset", mail.Text, "2 sessions", "1 personal token", "1 calendar address", "remove any that you didn't add")
	for _, cookie := range browser.Cookies(t) {
		app.Secret(cookie.Value)
	}
	testapp.WantRedirect(t, "after-reset of somebody who never had one", app.Member(t, "First team", "viewer").Get(t, "/account/security/after-reset"), "/account/security")
}

// A change of the password offers to end the same, preselected; what isn't ticked stays.
func TestPasswordChangeEndsWhatIsTicked(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	app.Owner(t)
	dev := app.Member(t, "First team", "developer")
	stolen := takeLoot(t, app, dev)
	other := dev.Again(t)
	form := dev.Get(t, "/account/security").Body
	ticks := url.Values{}
	for _, name := range []string{"end_sessions", "end_personal_tokens", "end_calendars", "end_apps"} {
		if !regexp.MustCompile(`name="` + name + `" value="on" checked`).MatchString(form) {
			t.Errorf("%s isn't preselected", name)
		}
		ticks.Set(name, "on")
	}
	change := func(from, to string, more url.Values) *testapp.Answer {
		f := url.Values{"current_password": {from}, "new_password": {app.Secret(to)}}
		for name := range more {
			f.Set(name, "on")
		}
		return dev.Post(t, "/account/security", f)
	}
	testapp.WantRedirect(t, "a change that ends nothing", change(testapp.Password, "three other quiet otters", nil), "/account/security")
	testapp.WantStatus(t, "the other session", other.Get(t, "/dashboard"), http.StatusOK)
	if got := app.Me(t, stolen.personal); got != http.StatusOK || app.Me(t, stolen.tokens.AccessToken) != http.StatusOK {
		t.Errorf("the personal token after a change that ends nothing = %d, want 200", got)
	}
	refused := change("not the password", "four other quiet otters", url.Values{"end_apps": nil})
	testapp.WantStatus(t, "a wrong password", refused, http.StatusUnprocessableEntity)
	if strings.Contains(refused.Body, `name="end_sessions" value="on" checked`) || !strings.Contains(refused.Body, `name="end_apps" value="on" checked`) {
		t.Error("the form that came back has other ticks than it was sent with")
	}
	testapp.WantRedirect(t, "a change that ends all", change("three other quiet otters", "four other quiet otters", ticks), "/account/security")
	stolen.wantDead(t, "a change of the password")
	testapp.WantStatus(t, "the other session", other.Get(t, "/dashboard"), http.StatusSeeOther)
	testapp.WantWords(t, "the page after the change", dev.Get(t, "/account/security").Body, "This ended 1 session, 1 personal token, 1 calendar address and 2 apps")
}

// What was under way when the password changes doesn't end up as a way back in: a device that was allowed and hasn't
// asked for its tokens, a consent page that is open in another browser, and a link to reset the password.
func TestPasswordChangeLeavesNothingUnderWay(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	app.Owner(t)
	dev := app.Member(t, "First team", "developer")
	client := app.AddClient(t, "First team", "Camera", "native")
	var device struct {
		DeviceCode string `json:"device_code"`
		UserCode   string `json:"user_code"`
	}
	app.PostForm(t, "/oauth2/device_authorization", client.With("scope", "read")).JSON(t, &device)
	app.Secret(device.DeviceCode)
	testapp.WantStatus(t, "allowing the device", dev.Answer(t, dev.Post(t, "/device", testapp.Form("user_code", device.UserCode)), "allow"), http.StatusOK)
	other := dev.Again(t)
	_, challenge := testapp.Verifier()
	open := other.Get(t, testapp.AuthorizePath(client, challenge, "scope", "read write"))
	testapp.WantStatus(t, "the consent page in another browser", open, http.StatusOK)
	link := strings.Trim(regexp.MustCompile(`/reset/\S+`).FindString(app.Run(t, "", "user", "reset-link", dev.Email)), `",`)
	testapp.WantStatus(t, "the link to reset the password", app.Visitor(t).Get(t, link), http.StatusOK)

	form := testapp.Form("current_password", testapp.Password, "new_password", app.Secret("three other quiet otters"), "end_apps", "on")
	testapp.WantRedirect(t, "the change", dev.Post(t, "/account/security", form), "/account/security")
	poll := app.TokenRequest(t, client, "grant_type", "urn:ietf:params:oauth:grant-type:device_code", "device_code", device.DeviceCode)
	if poll.Status != http.StatusBadRequest || !strings.Contains(poll.Body, "access_denied") {
		t.Errorf("the device's tokens after the change = %d %s, want 400 access_denied", poll.Status, poll.Body)
	}
	testapp.WantStatus(t, "the session that wasn't to end", other.Get(t, "/dashboard"), http.StatusOK)
	if r := other.Answer(t, open, "allow"); r.Status < http.StatusBadRequest {
		t.Errorf("the answer to the consent page after the change = %d to %q, want it refused", r.Status, r.Location)
	}
	testapp.WantStatus(t, "the link to reset the password", app.Visitor(t).Get(t, link), http.StatusGone)
}
