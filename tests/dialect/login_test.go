package dialect

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// envelope is any answer of the iotconnect dialect.
type envelope struct {
	Data    json.RawMessage `json:"data"`
	Access  string          `json:"access_token"`
	Refresh string          `json:"refresh_token"`
	Message string          `json:"message"`
	Count   int             `json:"count"`
	Links   map[string]struct {
		Href string `json:"href"`
	} `json:"_links"`
}

// client speaks the iotconnect dialect, with a bearer token once it has one.
type client struct {
	*testing.T
	app     *testapp.App
	headers []string
}

func (c client) with(headers ...string) client {
	c.headers = append(c.headers[:len(c.headers):len(c.headers)], headers...)
	return c
}

// send sends a request, whose answer must have this status.
func (c client) send(status int, method, path, body string) (*testapp.Answer, envelope) {
	c.Helper()
	r := c.app.Do(c, c.app.Request(c, method, path, body, append([]string{"Content-Type", "application/json"}, c.headers...)...))
	if r.Status != status {
		c.Fatalf("%s %s = %d %s, want %d", method, path, r.Status, r.Body, status)
	}
	var e envelope
	if r.Body != "" {
		r.JSON(c, &e)
	}
	return r, e
}

// login returns a client with the token that a person's password gets.
func (c client) login(team testapp.Team, email string) client {
	c.Helper()
	e := c.tryLogin(http.StatusOK, team.SolutionKey, email, testapp.Password)
	c.app.Secret(e.Refresh)
	return c.with("Authorization", "Bearer "+c.app.Secret(e.Access))
}

func (c client) tryLogin(status int, key, email, password string) envelope {
	c.Helper()
	_, basic := c.send(http.StatusOK, http.MethodGet, "/api/v2/Auth/basic-token", "")
	body, err := json.Marshal(map[string]string{"username": email, "password": password})
	if err != nil {
		c.Fatal(err)
	}
	_, e := c.with("Authorization", "Basic "+strings.Trim(string(basic.Data), `"`), "solution-key", key).send(status, http.MethodPost, "/api/v2/Auth/login", string(body))
	return e
}

func TestLoginTriesAreLimited(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	team, other := app.AddTeam(t, "Acme"), app.AddTeam(t, "Elsewhere")
	person := app.Member(t, team.ID, "developer")
	c := client{t, app, nil}
	// An account, no account and another team's account are answered alike: ten tries fail, and the
	// eleventh must wait, even with the right password.
	foreign := app.Member(t, other.ID, "developer")
	for what, try := range map[string]struct{ email, password string }{
		"a person of the team": {person.Email, "wrong"}, "nobody": {"nobody@example.com", "wrong"}, "a person of another team": {foreign.Email, testapp.Password},
	} {
		for range 10 {
			c.tryLogin(http.StatusUnauthorized, team.SolutionKey, try.email, try.password)
		}
		if e := c.tryLogin(http.StatusTooManyRequests, team.SolutionKey, try.email, testapp.Password); !strings.HasPrefix(e.Message, "Too many tries.") {
			t.Errorf("the eleventh try of %s = %q, want to be told to wait", what, e.Message)
		}
	}
	// The pages share the limit: no side door.
	if r := app.Visitor(t).Post(t, "/login", url.Values{"email": {person.Email}, "password": {testapp.Password}}); r.Status != http.StatusTooManyRequests {
		t.Errorf("POST /login after ten wrong logins over the API = %d, want 429", r.Status)
	}
	// Others can log in, as often as they like.
	third := app.Member(t, team.ID, "viewer")
	for range 12 {
		c.login(team, third.Email)
	}
}

func TestOwnerSwitchesLoginsOff(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner, team := app.Owner(t), app.AddTeam(t, "Acme")
	person := app.Member(t, team.ID, "developer")
	c := client{t, app, nil}
	e := c.tryLogin(http.StatusOK, team.SolutionKey, person.Email, testapp.Password)
	_, basic := c.send(http.StatusOK, http.MethodGet, "/api/v2/Auth/basic-token", "")
	set := func(form url.Values) {
		t.Helper()
		if r := owner.Post(t, "/owner/settings", form); r.Status != http.StatusSeeOther {
			t.Fatalf("POST /owner/settings = %d", r.Status)
		}
	}
	set(url.Values{"iotconnect_off": {"on"}})
	off := "Signing in by password over the API is switched off on this portal. Use a personal token or the authorization code grant."
	for _, try := range [][2]string{{"/api/v2/Auth/basic-token", ""}, {"/api/v2/Auth/refresh-token", `{"refreshtoken": "` + e.Refresh + `"}`},
		{"/api/v2/Auth/login", `{"username": "` + person.Email + `", "password": "` + testapp.Password + `"}`}} {
		_, got := c.with("Authorization", "Basic "+strings.Trim(string(basic.Data), `"`), "solution-key", team.SolutionKey).send(http.StatusForbidden, http.MethodPost, try[0], try[1])
		if message, _, _ := strings.Cut(got.Message, " error_id: "); message != off {
			t.Errorf("POST %s = %q, want %q", try[0], got.Message, off)
		}
	}
	// Tokens already issued end with the switch, and stay so when it is switched on again.
	c.with("Authorization", "Bearer "+e.Access).send(http.StatusUnauthorized, http.MethodGet, "/api/v2/Device", "")
	set(url.Values{})
	c.with("Authorization", "Bearer "+e.Access).send(http.StatusUnauthorized, http.MethodGet, "/api/v2/Device", "")
	c.send(http.StatusUnauthorized, http.MethodPost, "/api/v2/Auth/refresh-token", fmt.Sprintf(`{"refreshtoken": %q}`, e.Refresh))
	c.login(team, person.Email)
	if r := person.Post(t, "/owner/settings", url.Values{"iotconnect_off": {"on"}}); r.Status != http.StatusForbidden {
		t.Errorf("POST /owner/settings of a developer = %d, want 403", r.Status)
	}
}

// SEE-08: one store of tokens. A login's tokens are listed, introspected and revoked like all
// others.
func TestTokensOfLoginsAreLikeOthers(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	team := app.AddTeam(t, "Acme")
	person := app.Member(t, team.ID, "developer")
	c := client{t, app, nil}
	dead := func(what string, e envelope) {
		t.Helper()
		c.with("Authorization", "Bearer "+e.Access).send(http.StatusUnauthorized, http.MethodGet, "/api/v2/Device", "")
		c.send(http.StatusUnauthorized, http.MethodPost, "/api/v2/Auth/refresh-token", `{"refreshtoken": "`+e.Refresh+`"}`)
	}
	login := func() envelope {
		t.Helper()
		return c.tryLogin(http.StatusOK, team.SolutionKey, person.Email, testapp.Password)
	}
	e := login()
	if r := app.PostForm(t, "/oauth2/revoke", url.Values{"access_token": {e.Access}}); r.Status != http.StatusOK {
		t.Fatalf("POST /oauth2/revoke = %d", r.Status)
	}
	dead("revoked", e)

	e = login()
	page := person.Get(t, "/account/authorizations")
	_, path, found := strings.Cut(page.Body, `href="/account/authorizations/`)
	if !found || !strings.Contains(page.Body, "IoTConnect login") {
		t.Fatal("the page of authorizations does not list the login")
	}
	path, _, _ = strings.Cut(path, `"`)
	if r := person.Post(t, "/account/authorizations/"+path, nil); r.Status != http.StatusSeeOther {
		t.Fatalf("POST /account/authorizations/%s = %d", path, r.Status)
	}
	dead("of an authorization that was revoked", e)

	e = login()
	if r := person.Post(t, "/account/security", url.Values{"current_password": {testapp.Password}, "new_password": {testapp.Password + " anew"}, "end_apps": {"on"}}); r.Status != http.StatusSeeOther {
		t.Fatalf("POST /account/security = %d", r.Status)
	}
	dead("of a password that was changed", e)

	// A refresh token of another dialect doesn't work here.
	second := app.Member(t, team.ID, "developer")
	tokens := second.Authorize(t, app.AddClient(t, team.ID, "Reader", "native"))
	c.send(http.StatusUnauthorized, http.MethodPost, "/api/v2/Auth/refresh-token", fmt.Sprintf(`{"refreshtoken": %q}`, tokens.RefreshToken))
	c.with("Authorization", "Bearer "+tokens.AccessToken).send(http.StatusOK, http.MethodGet, "/api/v1.1/Device", "")
}
