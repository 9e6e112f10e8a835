package dialect

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

const live = "/api/v2.1"

// The live shape, as the vendor's published client expects it.
func TestLiveIoTConnect(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	team := app.AddTeam(t, "Acme Water")
	person := app.Member(t, team.ID, "developer")
	login{app, map[string]string{
		"host": strings.TrimPrefix(app.URL, "http://"), "issuer": app.URL, "solution_key": team.SolutionKey,
		"username": person.Email, "person": personID(t, app, person), "password": testapp.Password,
	}}.converse(t, "testdata/iotconnect/live.txtar")
}

func personID(t *testing.T, app *testapp.App, p *testapp.Person) string {
	t.Helper()
	return testapp.One[string](t, app, "SELECT id FROM people WHERE email = $1", p.Email)
}

// liveLogin returns the answer to a login in the live shape, and a client with its token.
func (c client) liveLogin(team testapp.Team, email string) (envelope, client) {
	c.Helper()
	_, basic := c.send(http.StatusOK, http.MethodGet, live+"/Auth/basic-token", "")
	body, err := json.Marshal(map[string]string{"username": email, "password": testapp.Password})
	if err != nil {
		c.Fatal(err)
	}
	_, e := c.with("Authorization", "Basic "+strings.Trim(string(basic.Data), `"`), "solution-key", team.SolutionKey).send(http.StatusOK, http.MethodPost, live+"/Auth/login", string(body))
	c.app.Secret(e.Refresh)
	return e, c.with("Authorization", "Bearer "+c.app.Secret(e.Access))
}

// liveClaims are the claims of a token that matter here.
type liveClaims struct {
	Expires  int64             `json:"exp"`
	IssuedAt int64             `json:"iat"`
	User     map[string]string `json:"user"`
}

func claimsOf(t *testing.T, token string) (c liveClaims) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("the token has %d parts", len(parts))
	}
	payload, err := base64.StdEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(payload, &c)
	}
	if err != nil {
		t.Fatalf("the payload can't be read as base64: %v", err)
	}
	return c
}

// A token in the live shape lasts a day whatever the app's setting, says who it is for, and is otherwise
// one of the portal's. A login of the other shape is refreshed into it, and back.
func TestLiveTokens(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	team := app.AddTeam(t, "Ünïted ☂ 77")
	person := app.Member(t, team.ID, "viewer")
	c := client{t, app, nil}
	e, by := c.liveLogin(team, person.Email)
	claims := claimsOf(t, e.Access)
	if got := claims.Expires - claims.IssuedAt; got != 86400 {
		t.Errorf("the token lasts %d s, want a day", got)
	}
	want := map[string]string{
		"id": personID(t, app, person), "companyId": team.ID, "roleId": "viewer", "roleName": "viewer", "cpId": "united77",
		"entityGuid": claims.User["entityGuid"], "solutionGuid": team.ID, "solutionKey": team.SolutionKey,
	}
	if fmt.Sprint(claims.User) != fmt.Sprint(want) || len(claims.User["entityGuid"]) != 36 {
		t.Errorf("the claim user = %v, want %v", claims.User, want)
	}
	by.send(http.StatusOK, http.MethodGet, live+"/Device", "")
	by.send(http.StatusOK, http.MethodGet, "/api/v1.1/Device", "")
	if status := app.Me(t, e.Access); status != http.StatusOK {
		t.Errorf("GET /api/v1/me with it = %d", status)
	}

	app.Exec(t, "UPDATE apps SET token_lifetime = 600 WHERE client_id = (SELECT login_client_id FROM teams WHERE id = $1)", team.ID)
	refresh := func(version, token string, seconds int64, user bool) envelope {
		t.Helper()
		_, e := c.send(http.StatusOK, http.MethodPost, version+"/Auth/refresh-token", `{"refreshtoken": "`+token+`"}`)
		app.Secret(e.Refresh)
		app.Secret(e.Access)
		payload, err := base64.RawURLEncoding.DecodeString(strings.Split(e.Access, ".")[1])
		var claims liveClaims
		if err != nil || json.Unmarshal(payload, &claims) != nil || claims.Expires-claims.IssuedAt != seconds || (claims.User != nil) != user {
			t.Errorf("the token of %s = %s, want one for %d s", version, payload, seconds)
		}
		return e
	}
	e = refresh(live, e.Refresh, 86400, true)
	e = refresh("/api/v2", e.Refresh, 600, false)
	e = refresh(live, e.Refresh, 86400, true)
	c.send(http.StatusOK, http.MethodPost, "/API/V2.1/auth/REFRESH-TOKEN/", `{"refreshtoken": "`+e.Refresh+`"}`)
}

// What a member doesn't see in the portal, the live shape doesn't tell either.
func TestLiveShapeTellsEachTheirOwn(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	team, other := app.AddTeam(t, "Acme"), app.AddTeam(t, "Elsewhere")
	developer, viewer, stranger := app.Member(t, team.ID, "developer"), app.Member(t, team.ID, "viewer"), app.Member(t, other.ID, "admin")
	c := client{t, app, nil}
	_, dev := c.liveLogin(team, developer.Email)
	_, see := c.liveLogin(team, viewer.Email)
	_, foreign := c.liveLogin(other, stranger.Email)
	upload := func(code string) string {
		t.Helper()
		body := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"file\"\r\n\r\n" + fmt.Sprintf(`{"code": %q, "name": %q}`, code, code) + "\r\n--x--\r\n"
		r := app.Do(t, app.Request(t, http.MethodPost, live+"/device-template/quick", body, append(dev.headers, "Content-Type", "multipart/form-data; boundary=x")...))
		m := newTemplate.FindStringSubmatch(r.Body)
		if m == nil {
			t.Fatalf("POST /device-template/quick = %d %s", r.Status, r.Body)
		}
		return m[1]
	}
	add := func(id, template, group string) string {
		t.Helper()
		r, _ := dev.send(http.StatusOK, http.MethodPost, live+"/Device", fmt.Sprintf(`{"uniqueId": %q, "displayName": %q, "deviceTemplateGuid": %q, "groupName": %q}`, id, id, template, group))
		return newGUID.FindStringSubmatch(r.Body)[1]
	}
	open, secret := upload("open1"), upload("secret1")
	door, hidden := add("door", open, "Doors"), add("hidden", secret, "Secret ward")
	page := "/team/devices/" + door
	id := regexp.MustCompile(`name="viewers"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="viewers"`).FindStringSubmatch(developer.Get(t, page).Body)
	if id == nil {
		t.Fatal("the page of a device offers no viewer")
	}
	if r := developer.Post(t, page, url.Values{"display_name": {"door"}, "group_name": {"Doors"}, "is_active": {"on"}, "viewers": {id[1] + id[2]}}); r.Status != http.StatusSeeOther {
		t.Fatalf("POST %s = %d", page, r.Status)
	}

	for path, want := range map[string]string{"/Device": "door", "/Entity": "Doors", "/Entity/lookup": "Doors", "/device-template": "open1", "/Device/uniqueId/door": "Doors", "/device-template/" + open: "open1"} {
		if r, _ := see.send(http.StatusOK, http.MethodGet, live+path, ""); !strings.Contains(r.Body, want) || strings.Contains(strings.ToLower(r.Body), "hidden") || strings.Contains(strings.ToLower(r.Body), "secret") {
			t.Errorf("GET %s of a viewer = %s, want %s alone", path, r.Body, want)
		}
	}
	// What they don't see is answered like what doesn't exist.
	const none = "0198f3a2-7c1e-7b41-9d0a-5e2f6a1c3b47"
	for _, who := range []client{see, foreign} {
		for _, ask := range []struct {
			status                     int
			method, hidden, none, body string
		}{
			{http.StatusConflict, http.MethodGet, "/Device/" + hidden, "/Device/" + none, ""},
			{http.StatusConflict, http.MethodGet, "/Device/uniqueId/hidden", "/Device/uniqueId/none", ""},
			{http.StatusConflict, http.MethodPut, "/Device/" + hidden, "/Device/" + none, `{"displayName": "x"}`},
			{http.StatusConflict, http.MethodPut, "/Device/" + hidden + "/status", "/Device/" + none + "/status", `{"isActive": false}`},
			{http.StatusConflict, http.MethodDelete, "/Device/" + hidden, "/Device/" + none, ""},
			{http.StatusNotFound, http.MethodGet, "/device-template/" + secret, "/device-template/" + none, ""},
			{http.StatusConflict, http.MethodGet, "/device-template/template-code/secret1", "/device-template/template-code/none1", ""},
			{http.StatusConflict, http.MethodGet, "/template-attribute/" + secret, "/template-attribute/" + none, ""},
			{http.StatusNotFound, http.MethodDelete, "/device-template/" + secret, "/device-template/" + none, ""},
		} {
			one, _ := who.send(ask.status, ask.method, live+ask.hidden, ask.body)
			two, _ := who.send(ask.status, ask.method, live+ask.none, ask.body)
			if one.Body != two.Body {
				t.Errorf("%s %s = %s, and of one that doesn't exist %s", ask.method, ask.hidden, one.Body, two.Body)
			}
		}
	}
	// Viewers change nothing.
	see.send(http.StatusForbidden, http.MethodPut, live+"/Device/"+door, `{"displayName": "Mine"}`)
	see.send(http.StatusForbidden, http.MethodPut, live+"/Device/"+door+"/status", `{"isActive": false}`)
	see.send(http.StatusForbidden, http.MethodDelete, live+"/Device/"+door, "")
	see.send(http.StatusForbidden, http.MethodPost, live+"/Device", `{"uniqueId": "x", "displayName": "x"}`)
	see.send(http.StatusForbidden, http.MethodDelete, live+"/device-template/"+open, "")
	see.send(http.StatusForbidden, http.MethodPost, live+"/device-template/quick", "{}")

	// Of users, everybody finds themselves, and only their own team's.
	self, mate, far := personID(t, app, viewer), personID(t, app, developer), personID(t, app, stranger)
	see.send(http.StatusOK, http.MethodGet, live+"/User/"+self, "")
	see.send(http.StatusOK, http.MethodGet, live+"/User/"+strings.ToUpper(viewer.Email)+"/availability", "")
	see.send(http.StatusForbidden, http.MethodGet, live+"/User/"+mate, "")
	see.send(http.StatusForbidden, http.MethodGet, live+"/User/"+developer.Email+"/availability", "")
	dev.send(http.StatusOK, http.MethodGet, live+"/User/"+self, "")
	dev.send(http.StatusOK, http.MethodGet, live+"/User/"+viewer.Email+"/availability", "")
	dev.send(http.StatusNotFound, http.MethodGet, live+"/User/"+far, "")
	dev.send(http.StatusNoContent, http.MethodGet, live+"/User/"+stranger.Email+"/availability", "")
	dev.send(http.StatusNoContent, http.MethodGet, live+"/User/%ff/availability", "")
}

// Anyone can ask for the addresses, at a bounded pace, and learns nothing about solution keys.
func TestDiscovery(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	team := app.AddTeam(t, "Acme")
	c := client{t, app, nil}
	known, _ := c.send(http.StatusOK, http.MethodGet, "/api/uisdk/solutionkey/"+team.SolutionKey+"/env/poc?version=2.1&pf=aws", "")
	for _, path := range []string{"/api/uisdk/solutionkey/none/env/poc", "/API/UISDK/SolutionKey/%ff%00/ENV/prod/?version=v2", "/api/uisdk/solutionkey/" + strings.Repeat("x", 2000) + "/env/eu?pf=az"} {
		if r, _ := c.send(http.StatusOK, http.MethodGet, path, ""); r.Body != known.Body {
			t.Errorf("GET %.80s = %s, want %s", path, r.Body, known.Body)
		}
	}
	for range 200 {
		r := app.Do(t, app.Request(t, http.MethodGet, "/api/uisdk/solutionkey/guess/env/poc", ""))
		if r.Status == http.StatusTooManyRequests {
			if r.Header.Get("Retry-After") == "" || !strings.HasPrefix(r.Body, `{"status":429,"message":"Too many look-ups from this place.`) {
				t.Errorf("the answer beyond the limit = %v %s", r.Header, r.Body)
			}
			return
		}
	}
	t.Error("200 look-ups in a row were all answered")
}
