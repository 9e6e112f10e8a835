package flow

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

func TestAccount(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	r := owner.Post(t, "/account", url.Values{"name": {"Mario <b>Rossi</b>"}, "phone": {"+39 080 1"}, "city": {"Bari"}})
	testapp.WantRedirect(t, "POST /account", r, "/account")
	page := owner.Get(t, "/account").Body
	if !strings.Contains(page, "Mario &lt;b&gt;Rossi&lt;/b&gt;") || strings.Contains(page, "<b>Rossi") || !strings.Contains(page, `value="Bari"`) {
		t.Error("GET /account does not show the fields as they were typed")
	}
	r = owner.Post(t, "/account", url.Values{"name": {""}, "phone": {"+39 080 2"}, "city": {"Roma"}})
	testapp.WantStatus(t, "POST /account without a name", r, http.StatusUnprocessableEntity)
	if !strings.Contains(r.Body, `value="Roma"`) {
		t.Error("the form that came back lost the city")
	}
}

func TestSessionsAndPassword(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	second, third := owner.Again(t), owner.Again(t)
	signedIn := func(p *testapp.Person) bool { return p.Get(t, "/dashboard").Status == http.StatusOK }

	end := regexp.MustCompile(`/account/sessions/([^/"]+)/end"`)
	var mine string
	for _, c := range owner.Cookies(t) {
		mine, _, _ = strings.Cut(c.Value, ".")
	}
	page := owner.Get(t, "/account/sessions").Body
	found := end.FindAllStringSubmatch(page, -1)
	if len(found) < 2 {
		t.Fatalf("GET /account/sessions has %d sessions to end, want at least 2", len(found))
	}
	other := ""
	for _, m := range found {
		if m[1] != mine {
			other = m[1]
		}
	}
	testapp.WantRedirect(t, "POST end", owner.Post(t, "/account/sessions/"+other+"/end", url.Values{}), "/account/sessions")
	if a, b := signedIn(second), signedIn(third); a == b || !signedIn(owner) {
		t.Errorf("after the end of one session: %v and %v, want one of them ended and the own one going on", a, b)
	}
	testapp.WantRedirect(t, "POST end-others", owner.Post(t, "/account/sessions/end-others", url.Values{}), "/account/sessions")
	if signedIn(second) || signedIn(third) || !signedIn(owner) {
		t.Error("after the end of all others only the own session must go on")
	}

	// ACC-11: a new password needs the old one, and ends other sessions.
	second = owner.Again(t)
	const fresh = "nine patient otters 27"
	app.Secret(fresh)
	r := owner.Post(t, "/account/security", url.Values{"current_password": {"wrong"}, "new_password": {fresh}})
	testapp.WantStatus(t, "POST /account/security with a wrong password", r, http.StatusUnprocessableEntity)
	r = owner.Post(t, "/account/security", url.Values{"current_password": {testapp.Password}, "new_password": {"password1234"}})
	testapp.WantStatus(t, "POST /account/security with a common password", r, http.StatusUnprocessableEntity)
	r = owner.Post(t, "/account/security", url.Values{"current_password": {testapp.Password}, "new_password": {fresh}, "end_sessions": {"on"}})
	testapp.WantRedirect(t, "POST /account/security", r, "/account/security")
	if signedIn(second) || !signedIn(owner) {
		t.Error("after a new password only the own session must go on")
	}
	owner.SignIn(t, fresh)
}

// A request that began in a session which is ended meanwhile must not bring it back.
func TestEndedSessionStaysEnded(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	other := owner.Again(t)
	host := strings.TrimPrefix(app.URL, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	body := "name=Mario+Rossi&phone=1&city=Bari"
	cookie := other.Cookies(t)[0]
	fmt.Fprintf(conn, "POST /account HTTP/1.1\r\nHost: %s\r\nCookie: %s=%s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n",
		host, cookie.Name, cookie.Value, len(body))
	reader := bufio.NewReader(conn)
	if line, err := reader.ReadString('\n'); err != nil || !strings.Contains(line, " 100 ") {
		t.Fatalf("the server said %q, %v, want 100 Continue: it has read the session and waits for the body", line, err)
	}
	testapp.WantRedirect(t, "POST end-others", owner.Post(t, "/account/sessions/end-others", url.Values{}), "/account/sessions")
	fmt.Fprint(conn, body)
	if _, err := io.ReadAll(io.LimitReader(reader, 30)); err != nil {
		t.Fatalf("the request got no answer: %v", err)
	}
	testapp.WantRedirect(t, "GET /dashboard in the ended session", other.Get(t, "/dashboard"), "/login?next=%2Fdashboard")
}

func TestTheme(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	visitor := app.Visitor(t)
	for _, theme := range []string{"dark", "light", "system"} {
		testapp.WantRedirect(t, "POST /preferences/theme", visitor.Post(t, "/preferences/theme", url.Values{"theme": {theme}, "next": {"/login"}}), "/login")
		if page := visitor.Get(t, "/login").Body; !strings.Contains(page, `data-theme="`+theme+`"`) {
			t.Errorf("GET /login is not in the theme %s", theme)
		}
	}
	testapp.WantStatus(t, "POST /preferences/theme with another", visitor.Post(t, "/preferences/theme", url.Values{"theme": {"pink"}}), http.StatusBadRequest)
}

// ACC-14: ids of another team's things find nothing.
func TestTeamsAreApart(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	acme, other := app.AddTeam(t, "Acme"), app.AddTeam(t, "Other")
	ana, eve := app.Member(t, acme.ID, "admin"), app.Member(t, other.ID, "admin")
	credentials := ana.AddApp(t, "Warehouse", "read")
	invitation := regexp.MustCompile(`/team/invitations/([^/"]+)/cancel`)
	ana.Invite(t, "new@example.com", "viewer")
	invited := invitation.FindStringSubmatch(ana.Get(t, "/team/members").Body)
	secret := regexp.MustCompile(`/secrets/([^/"]+)/revoke`).FindStringSubmatch(ana.Get(t, "/apps/"+credentials.ClientID+"/secrets").Body)
	session, _, _ := strings.Cut(ana.Cookies(t)[0].Value, ".")
	if invited == nil || secret == nil {
		t.Fatal("no invitation or secret on the pages")
	}
	base := "/apps/" + credentials.ClientID
	for _, path := range []string{base, base + "/secrets", base + "/activity", base + "/delete", base + "/secrets/" + secret[1] + "/revoke"} {
		testapp.WantStatus(t, "GET "+path+" by another team", eve.Get(t, path), http.StatusNotFound)
		testapp.WantStatus(t, "GET "+path+" by its own team", ana.Get(t, path), http.StatusOK)
	}
	form := url.Values{"name": {"Taken"}, "scopes": {"read"}, "token_lifetime": {"3600"}, "confirm_name": {"Warehouse"}, "once": {"x"}, "secret_expires_at": {"never"}}
	fieldless := url.Values{} // what scripts call refuses a form before it looks for the app
	for path, fields := range map[string]url.Values{
		base: form, base + "/secrets": form, base + "/delete": form, base + "/secrets/" + secret[1] + "/revoke": form,
		base + "/playground-secret": fieldless, base + "/try-token": fieldless,
		"/team/invitations/" + invited[1] + "/resend": form, "/team/invitations/" + invited[1] + "/cancel": form, "/account/sessions/" + session + "/end": form,
	} {
		r := eve.Post(t, path, fields)
		if r.Status != http.StatusNotFound && r.Status != http.StatusGone {
			t.Errorf("POST %s by another team = %d, want 404", path, r.Status)
		}
	}
	testapp.WantStatus(t, "POST /team/switch to another team", eve.Post(t, "/team/switch", url.Values{"team": {acme.ID}}), http.StatusNotFound)
	for _, path := range []string{"/apps", "/team/members", "/team/audit", "/dashboard", "/account", "/playground/client-credentials?app=" + credentials.ClientID} {
		if body := eve.Get(t, path).Body; strings.Contains(body, "Warehouse") || strings.Contains(body, ana.Email) {
			t.Errorf("GET %s shows another team's things", path)
		}
	}
	if app.Token(t, credentials); ana.Get(t, "/dashboard").Status != http.StatusOK {
		t.Error("the other team's session was ended")
	}
	// The API keeps teams apart too.
	eves := app.AddApp(t, other.ID, "Eve's", "apps:read", "apps:write")
	token := app.Token(t, eves)
	for _, call := range []string{"GET " + "/api/v1" + base, "GET /api/v1" + base + "/secrets", "DELETE /api/v1" + base, "DELETE /api/v1" + base + "/secrets/" + secret[1]} {
		method, path, _ := strings.Cut(call, " ")
		r := app.Do(t, app.Request(t, method, path, "", testapp.Bearer(token)...))
		testapp.WantStatus(t, call+" by another team's token", r, http.StatusNotFound)
	}
	r := app.Do(t, app.Request(t, http.MethodPost, "/api/v1"+base+"/secrets", "{}", "Authorization", "Bearer "+token, "Content-Type", "application/json"))
	testapp.WantStatus(t, "POST a secret by another team's token", r, http.StatusNotFound)
}

// The table of roles in CONTRIBUTING.md: what each may not do, and that the page says who can.
func TestRoles(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	team := app.AddTeam(t, "Acme")
	admin, developer, colleague, viewer := app.Member(t, team.ID, "admin"), app.Member(t, team.ID, "developer"), app.Member(t, team.ID, "developer"), app.Member(t, team.ID, "viewer")
	credentials := developer.AddApp(t, "Warehouse", "read")
	base := "/apps/" + credentials.ClientID
	newApp := url.Values{"name": {"Second"}, "kind": {"server"}, "scopes": {"read"}, "secret_expires_at": {"never"}, "once": {"k"}}
	privileged := url.Values{"name": {"Third"}, "kind": {"server"}, "scopes": {"apps:write"}, "secret_expires_at": {"never"}, "once": {"l"}}
	settings := url.Values{"name": {"Warehouse"}, "scopes": {"read"}, "token_lifetime": {"600"}}
	for _, c := range []struct {
		who  string
		by   *testapp.Person
		path string
		form url.Values // nil: GET
		want int
	}{
		{"a viewer", viewer, "/dashboard", nil, 200},
		{"a viewer", viewer, "/docs", nil, 200},
		{"a viewer", viewer, "/account", nil, 200},
		{"a viewer", viewer, "/apps/new", nil, 403},
		{"a viewer", viewer, "/apps", newApp, 403},
		{"a viewer", viewer, base, settings, 403},
		{"a viewer", viewer, base + "/secrets", url.Values{"once": {"m"}}, 403},
		{"a viewer", viewer, base + "/playground-secret", url.Values{}, 403},
		{"a viewer", viewer, base + "/try-token", url.Values{}, 403},
		{"a viewer", viewer, "/team/invitations", url.Values{"email": {"x@example.com"}, "role": {"viewer"}}, 403},
		{"a viewer", viewer, "/team/audit", nil, 403},
		{"a developer", developer, base, settings, 303},
		{"a developer", developer, "/apps", privileged, 422},
		{"a developer", developer, "/team/invitations", url.Values{"email": {"x@example.com"}, "role": {"viewer"}}, 403},
		{"a developer", developer, "/team/audit", nil, 403},
		{"a developer", developer, "/team/settings", url.Values{"name": {"X"}}, 403},
		{"a developer", developer, "/owner/teams", nil, 403},
		{"another developer", colleague, base, nil, 200},
		{"another developer", colleague, base, settings, 403},
		{"another developer", colleague, base + "/secrets", url.Values{"once": {"n"}}, 403},
		{"another developer", colleague, base + "/delete", url.Values{"confirm_name": {"Warehouse"}}, 403},
		{"another developer", colleague, base + "/try-token", url.Values{}, 403},
		{"another developer", colleague, base + "/playground-secret", url.Values{}, 403},
		{"an admin", admin, base, settings, 303},
		{"an admin", admin, "/apps", privileged, 200},
		{"an admin", admin, "/team/audit", nil, 200},
		{"an admin", admin, "/owner/teams", nil, 403},
		{"an admin", admin, "/owner/teams", url.Values{"name": {"New"}}, 403},
		{"an admin", admin, "/owner/components", nil, 403},
	} {
		var r *testapp.Answer
		what := "GET " + c.path + " by " + c.who
		if c.form == nil {
			r = c.by.Get(t, c.path)
		} else {
			what = "POST " + c.path + " by " + c.who
			r = c.by.Post(t, c.path, c.form)
		}
		testapp.WantStatus(t, what, r, c.want)
		if c.want == 403 && !regexp.MustCompile(`can |owners`).MatchString(r.Body) {
			t.Errorf("%s: the answer does not say who can", what)
		}
	}
}
