package flow

import (
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the driver named "sqlite"

	"gatepost/handlers/secret"
	"gatepost/tests/testapp"
)

const formType = "application/x-www-form-urlencoded"

var (
	errorID  = regexp.MustCompile(secret.ErrorIDPattern)
	pageTags = regexp.MustCompile(`<[^>]*>`)
	spaces   = regexp.MustCompile(`\s+`)
)

// desk is a portal with an app of a team that somebody calls wrongly.
type desk struct {
	*testapp.App
	t          *testing.T
	team       testapp.Team
	admin      *testapp.Person
	app, other testapp.Credentials
}

func newDesk(t *testing.T) *desk {
	d := &desk{App: testapp.New(t), t: t}
	d.team = d.AddTeam(t, "Acme")
	d.admin = d.Member(t, d.team.ID, "admin")
	d.app, d.other = d.AddApp(t, d.team.ID, "Meter reader", "read"), d.AddApp(t, d.team.ID, "Warehouse", "read")
	return d
}

// post sends a body, which is refused, and gives the error_id.
func (d *desk) post(path, contentType, body string, headers ...string) string {
	d.t.Helper()
	r := d.Do(d.t, d.Request(d.t, http.MethodPost, path, body, append([]string{"Content-Type", contentType}, headers...)...))
	id := errorID.FindString(r.Body)
	if r.Status < 400 || id == "" {
		d.t.Fatalf("POST %s = %d %s, want a refusal with an error_id", path, r.Status, r.Body)
	}
	return id
}

func (d *desk) token(parameters ...string) string {
	d.t.Helper()
	return d.post("/oauth2/token", formType, form(parameters...).Encode())
}

// client is a token request for the app with a secret of any sort.
func (d *desk) client(clientSecret string, more ...string) string {
	d.t.Helper()
	return d.token(append([]string{"grant_type", "client_credentials", "client_id", d.app.ClientID, "client_secret", clientSecret}, more...)...)
}

// exec changes the database, as time would.
func (d *desk) exec(query string, args ...any) {
	d.t.Helper()
	db, err := sql.Open("sqlite", "file:"+d.DB+"?_pragma=busy_timeout(5000)")
	if err != nil {
		d.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(query, args...); err != nil {
		d.t.Fatal(err)
	}
}

// text is what a page says.
func text(r *testapp.Answer) string {
	return spaces.ReplaceAllString(html.UnescapeString(pageTags.ReplaceAllString(r.Body, " ")), " ")
}

// assertion is a client assertion that is wrong by its times; nobody looks at its signature.
func (d *desk) assertion(issued time.Time) string {
	part := func(v any) string {
		text, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(text)
	}
	return part(map[string]any{"alg": "ES256"}) + "." + part(map[string]any{
		"iss": d.app.ClientID, "sub": d.app.ClientID, "aud": d.URL, "jti": "1", "iat": issued.Unix(), "exp": issued.Add(5 * time.Minute).Unix(),
	}) + "." + base64.RawURLEncoding.EncodeToString(make([]byte, 64))
}

// Each cause that the issue names, and the others: the client reads an error_id, its team
// reads why.
func TestRefusalsHaveTheirTrueReason(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	good := d.app.ClientSecret
	retired, late := d.AddApp(t, d.team.ID, "Retired", "read"), d.AddApp(t, d.team.ID, "Late", "read")
	d.Run(t, "", "app", "revoke-secret", retired.ClientID, retired.ClientSecret[40:])
	now := time.Now().UTC()
	d.exec(`UPDATE client_secrets SET revoked_at = $1, revoked_by_name = 'Ana' WHERE client_id = $2`, now.Add(-3*24*time.Hour).Unix(), retired.ClientID)
	d.exec(`UPDATE client_secrets SET expires_at = $1 WHERE client_id = $2`, now.Truncate(24*time.Hour).Add(-12*time.Hour).Unix(), late.ClientID)
	drilled := d.AddApp(t, d.team.ID, "Drilled", "read")
	d.exec(`UPDATE client_secrets SET drill_until = $1 WHERE client_id = $2`, now.Add(time.Minute).Unix(), drilled.ClientID)
	native, web := d.AddClient(t, d.team.ID, "Camera", "native"), d.AddClient(t, d.team.ID, "Site", "web")
	jsonBody := `{"grant_type": "client_credentials", "client_id": "` + d.app.ClientID + `", "client_secret": "` + good + `"}`
	basic := func(id, secret string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
	}
	vendorBasic := func() string {
		var answer struct{ Data string }
		d.Do(t, d.Request(t, http.MethodGet, "/api/v2/Auth/basic-token", "")).JSON(t, &answer)
		return "Basic " + answer.Data
	}
	login := `{"username": "` + d.admin.Email + `", "password": "not the password of anybody"}`
	ofClient := func(c testapp.Credentials, more ...string) url.Values {
		return form(append([]string{"client_id", c.ClientID, "client_secret", c.ClientSecret}, more...)...)
	}
	for _, c := range []struct {
		name, id string
		want     string
	}{
		{"a revoked secret", d.token("grant_type", "client_credentials", "client_id", retired.ClientID, "client_secret", retired.ClientSecret),
			"Revoked secret …" + retired.ClientSecret[40:] + ", retired 3 d ago by Ana"},
		{"an expired secret", d.token("grant_type", "client_credentials", "client_id", late.ClientID, "client_secret", late.ClientSecret),
			"Secret …" + late.ClientSecret[40:] + " expired yesterday"},
		{"a drill", d.token("grant_type", "client_credentials", "client_id", drilled.ClientID, "client_secret", drilled.ClientSecret),
			"Secret …" + drilled.ClientSecret[40:] + " was refused by a brownout drill"},
		{"a newline", d.client(good + "\n"), "A trailing newline in the secret"},
		{"a newline by Basic", d.post("/oauth2/token", formType, "grant_type=client_credentials", "Authorization", basic(d.app.ClientID, good+"\n")), "A trailing newline in the secret"},
		{"a newline by nextome", d.post("/apps/auth", "application/json", `{"clientId": "`+d.app.ClientID+`", "clientSecret": "`+good+`\n"}`), "A trailing newline in the secret"},
		{"a CR LF", d.client(good + "\r\n"), "A trailing newline in the secret"},
		{"a leading space", d.client(" " + good), "A leading space in the secret"},
		{"a tab", d.client(good + "\t"), "A trailing tab in the secret"},
		{"a newline that is spelled out", d.client(good + `\n`), "A trailing line end, written as an escape, in the secret"},
		{"a line end inside", d.client(good[:20] + "\n" + good[20:]), "A line end or a space inside the secret"},
		{"quotes", d.client(`"` + good + `"`), "Quotation marks around the secret"},
		{"a cut secret", d.client(good[:31]), "A cut secret: 31 characters of 44"},
		{"another app's secret", d.client(d.other.ClientSecret), "Secret of another app: Warehouse"},
		{"a placeholder", d.client("$CLIENT_SECRET"), "A placeholder came: the variable for the secret was not filled in"},
		{"a made-up secret", d.client("gps_" + strings.Repeat("a", 40)), "A secret of this form came that the portal did not make for this app"},
		{"a client id with a space", d.token("grant_type", "client_credentials", "client_id", d.app.ClientID+" ", "client_secret", good), "Whitespace around the client id"},
		{"JSON for a form", d.post("/oauth2/token", "application/json", jsonBody), "Form body expected, JSON came"},
		{"JSON that says it is a form", d.post("/oauth2/token", formType, jsonBody), "Form body expected, JSON came"},
		{"a form for JSON", d.post("/apps/auth", formType, "clientId="+d.app.ClientID+"&clientSecret="+good), "JSON body expected, a form came"},
		{"a form that says it is JSON", d.post("/apps/auth", "application/json", "clientId="+d.app.ClientID+"&clientSecret="+good), "JSON body expected, a form came"},
		{"a form as plain text", d.post("/oauth2/token", "text/plain", ofClient(d.app).Encode()), "The body is right, but its Content-Type says that it is plain text"},
		{"a clock ahead", d.token("grant_type", "client_credentials", "client_id", d.app.ClientID,
			"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion", d.assertion(time.Now().Add(4*time.Minute+30*time.Second))), "Clock 4 min ahead"},
		{"an assertion alone, kept too long", d.token("grant_type", "client_credentials",
			"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion", d.assertion(time.Now().Add(-time.Hour))), "The assertion expired 55 min ago"},
		{"a scope of the portal", d.client(good, "scope", "read write"), "Scope not granted to this app: write"},
		{"a scope of nobody", d.client(good, "scope", "everything"), "Scope not granted to this app: one that this portal does not have"},
		{"a grant of another kind of app", d.token("grant_type", "authorization_code", "code", "x", "client_id", d.app.ClientID, "client_secret", good),
			"The app is not registered for the grant type authorization_code"},
		{"a parameter twice", d.post("/oauth2/token", formType, ofClient(d.app).Encode()+"&client_id="+d.app.ClientID), "A parameter came more than once"},
		{"two ways", d.post("/oauth2/token", formType, ofClient(d.app, "grant_type", "client_credentials").Encode(), "Authorization", basic(d.app.ClientID, good)), "The client sent credentials in the header and in the body"},
		{"the query", d.post("/oauth2/token?grant_type=client_credentials&"+ofClient(d.app).Encode(), formType, ""), "The parameters came in the address"},
		{"a secret of a native app", d.token("grant_type", "authorization_code", "code", "x", "client_id", native.ClientID, "client_secret", "hunter2"), "A secret came, but this is a native app, which has none"},
		{"no secret", d.token("grant_type", "client_credentials", "client_id", d.app.ClientID), "No client id and secret came"},
		{"a code of nobody", d.post("/oauth2/token", formType, ofClient(web, "grant_type", "authorization_code", "code", "gpc_x").Encode()), "No code that this portal keeps"},
		{"a refresh token of nobody", d.post("/oauth2/token", formType, ofClient(web, "grant_type", "refresh_token", "refresh_token", "gpr_x").Encode()), "No refresh token that this portal keeps"},
		{"a resource of nobody", d.client(good, "resource", "https://elsewhere.example/"), "A resource that was asked for is not known here"},
		{"revocation with a wrong secret", d.post("/oauth2/revoke", formType, ofClient(testapp.Credentials{ClientID: d.app.ClientID, ClientSecret: good + " "}, "token", "x").Encode()), "A trailing space in the secret"},
		{"introspection that is not allowed", d.post("/oauth2/introspect", formType, ofClient(d.app, "token", "x").Encode()), "The app's settings do not let it introspect"},
		{"a device of a server app", d.post("/oauth2/device_authorization", formType, ofClient(d.app).Encode()), "The app is not registered for the grant type urn:ietf:params:oauth:grant-type:device_code"},
		{"a wrong password", d.post("/api/v2/Auth/login", "application/json", login, "Authorization", vendorBasic(), "solution-key", d.team.SolutionKey), "The username or the password is wrong"},
		{"a login without a basic token", d.post("/api/v2/Auth/login", "application/json", login, "solution-key", d.team.SolutionKey), "No basic token came"},
	} {
		r := d.admin.Get(t, "/team/failures/"+c.id)
		if r.Status != http.StatusOK || !strings.Contains(text(r), c.want) {
			t.Errorf("%s: GET /team/failures/%s = %d %.200q, want %q", c.name, c.id, r.Status, text(r)[max(0, strings.Index(text(r), "Refused requests")):], c.want)
		}
	}
}

// Nobody but the team, and people with full access in it, sees a reason.
func TestRefusalsAreTheTeams(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	owner := d.Owner(t)
	elsewhere := d.AddTeam(t, "Elsewhere")
	mine := d.client(d.app.ClientSecret + "\n")
	stray := d.token("grant_type", "client_credentials", "client_id", strings.Repeat("z", 26), "client_secret", "x")
	for _, c := range []struct {
		who            string
		person         *testapp.Person
		mine, stray    int
		list, ownerSee int
	}{
		{"the admin", d.admin, 200, 404, 200, 403},
		{"a developer", d.Member(t, d.team.ID, "developer"), 200, 404, 200, 403},
		{"a viewer", d.Member(t, d.team.ID, "viewer"), 403, 404, 403, 403},
		{"another team's admin", d.Member(t, elsewhere.ID, "admin"), 404, 404, 200, 403},
		{"an owner", owner, 200, 200, 200, 200},
		{"nobody", d.Visitor(t), 303, 303, 303, 303},
	} {
		list := c.person.Get(t, "/team/failures")
		for path, want := range map[string]int{"/team/failures/" + mine: c.mine, "/team/failures/" + stray: c.stray, "/team/failures": c.list, "/owner/failures": c.ownerSee} {
			if r := c.person.Get(t, path); r.Status != want {
				t.Errorf("%s: GET %s = %d, want %d", c.who, path, r.Status, want)
			}
		}
		if sees := strings.Contains(list.Body, mine); sees != (c.mine == 200) {
			t.Errorf("%s: /team/failures shows the team's: %t", c.who, sees)
		}
		if strings.Contains(list.Body, stray) {
			t.Errorf("%s: /team/failures shows one of no app", c.who)
		}
	}
	page := owner.Get(t, "/owner/failures")
	if !strings.Contains(page.Body, stray) || strings.Contains(page.Body, mine) || !strings.Contains(text(page), "No app of this portal has this client id") {
		t.Errorf("GET /owner/failures = %d %.300q, want the one of no app alone", page.Status, text(page))
	}
	for _, id := range []string{mine, stray} {
		if !strings.Contains(d.Log.String(), id) {
			t.Errorf("the server's log lacks the error_id %s", id)
		}
	}
	// A pasted answer leads to its page; one of another team does not.
	pasted := url.QueryEscape(`{"error":"invalid_client","error_description":"The client id .. error_id: ` + mine + `"}`)
	wantRedirect(t, "GET /team/failures?error_id= of the team's", d.admin.Get(t, "/team/failures?error_id="+pasted), "/team/failures/"+mine)
	if r := d.admin.Get(t, "/team/failures?error_id="+stray); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("GET /team/failures?error_id= of no app = %d, want 422", r.Status)
	}
}

func TestRefusalsAreFiltered(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if page := text(d.admin.Get(t, "/team/failures")); !strings.Contains(page, "No refused request") || !strings.Contains(page, "Read about errors") {
		t.Errorf("GET /team/failures of a new team = %.300q, want its empty state", page)
	}
	if page := text(d.admin.Get(t, "/dashboard")); strings.Contains(page, "refused in the last hour") {
		t.Error("GET /dashboard speaks of failing callers before there is one")
	}
	newline, scope := d.client(d.app.ClientSecret+"\n"), d.client(d.app.ClientSecret, "scope", "write")
	other := d.token("grant_type", "client_credentials", "client_id", d.other.ClientID, "client_secret", "x")
	old := d.client("old")
	d.admin.Get(t, "/team/failures") // which writes what was noted
	d.exec(`UPDATE auth_failures SET seq = $1 WHERE id = $2`, time.Now().Add(-2*24*time.Hour).UnixNano(), old)
	secretID := regexp.MustCompile(`<option value="([0-9a-f-]{36})"[^>]*>…` + d.app.ClientSecret[40:]).FindStringSubmatch(d.admin.Get(t, "/team/failures").Body)
	if secretID == nil {
		t.Fatal("GET /team/failures does not offer the secret as a filter")
	}
	stamp := func(ago time.Duration) string { return time.Now().UTC().Add(-ago).Format("2006-01-02T15:04:05") }
	for query, want := range map[string][]string{
		"": {other, scope, newline, old}, "?app=" + d.other.ClientID: {other}, "?reason=scope_not_granted": {scope}, "?secret=" + secretID[1]: {scope, newline},
		"?within=1h": {other, scope, newline}, "?within=7d&app=" + d.app.ClientID: {scope, newline, old}, "?to=" + stamp(24*time.Hour): {old},
		"?from=" + stamp(72*time.Hour) + "&to=" + stamp(time.Hour): {old}, "?address=127.0.0.1&reason=secret_unknown": {other, old}, "?address=192.0.2.1": nil,
		"?reason=' OR 1=1": nil, "?before=" + scope: {newline, old},
	} {
		r := d.admin.Get(t, "/team/failures"+strings.ReplaceAll(query, " ", "%20"))
		got := regexp.MustCompile(`href="/team/failures/(`+secret.ErrorIDPattern+`)"`).FindAllStringSubmatch(r.Body, -1)
		var ids []string
		for _, m := range got {
			ids = append(ids, m[1])
		}
		if r.Status != http.StatusOK || fmt.Sprint(ids) != fmt.Sprint(want) {
			t.Errorf("GET /team/failures%s = %d %v, want %v", query, r.Status, ids, want)
		}
	}
	if r := d.admin.Get(t, "/team/failures?from=yesterday"); r.Status != http.StatusUnprocessableEntity || !strings.Contains(text(r), "Write a time such as") {
		t.Errorf("GET /team/failures?from=yesterday = %d, want 422 with what to write", r.Status)
	}
	page := text(d.admin.Get(t, "/dashboard"))
	if !strings.Contains(page, "1 caller was refused in the last hour") && !strings.Contains(page, "2 callers were refused in the last hour") {
		t.Errorf("GET /dashboard = %.500q, want the failing callers", page)
	}
	if r := d.admin.Get(t, "/apps/"+d.app.ClientID+"/activity"); !strings.Contains(r.Body, "/team/failures?app="+d.app.ClientID) || !strings.Contains(text(r), "1 caller was refused") {
		t.Errorf("GET /apps/%s/activity = %d, want a link to its refused requests", d.app.ClientID, r.Status)
	}
	// 60 more: pages, both ways.
	for range 60 {
		d.client("x")
	}
	first := d.admin.Get(t, "/team/failures?reason=secret_unknown")
	older := regexp.MustCompile(`href="(/team/failures\?before=[^"]+)"`).FindStringSubmatch(first.Body)
	if older == nil {
		t.Fatal("GET /team/failures with 62 of them offers no older ones")
	}
	second := d.admin.Get(t, html.UnescapeString(older[1]))
	if n := len(regexp.MustCompile(`href="/team/failures/err_`).FindAllString(second.Body, -1)); n != 12 || !strings.Contains(second.Body, `href="/team/failures?reason=secret_unknown"`) {
		t.Errorf("the second page has %d requests, want 12 and the way back", n)
	}
}

// No row, page or log ever holds what a client sent as a credential, wherever it sent it.
func TestRefusalsKeepNoCredential(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	owner := d.Owner(t)
	n := 0
	var ids []string
	mark := func(prefix string) string {
		n++
		return d.Secret(fmt.Sprintf("%sMARKED%04dvalueThatNobodyMayKeep", prefix, n))
	}
	fields := []string{"client_id", "client_secret", "clientId", "clientSecret", "grant_type", "scope", "code", "redirect_uri", "code_verifier", "refresh_token", "device_code",
		"client_assertion", "client_assertion_type", "resource", "token", "token_type_hint", "access_token", "username", "password", "refreshtoken", "solution-key"}
	prefixes := []string{"", "gps_", "gpr_", "gpc_", "gpd_", "gpp_", "eyJ", d.app.ClientSecret + "\n"}
	refuse := func(path, contentType, body string, headers ...string) {
		r := d.Do(t, d.Request(t, http.MethodPost, path, body, append([]string{"Content-Type", contentType}, headers...)...))
		if id := errorID.FindString(r.Body); id != "" {
			ids = append(ids, id)
		}
		if strings.Contains(r.Body, "MARKED") {
			t.Errorf("POST %s answers what came: %s", path, r.Body)
		}
	}
	for _, path := range []string{"/oauth2/token", "/oauth2/revoke", "/oauth2/introspect", "/oauth2/device_authorization", "/apps/auth", "/api/v2/Auth/login", "/api/v2/Auth/refresh-token"} {
		for i, field := range fields {
			prefix := prefixes[i%len(prefixes)]
			for _, named := range []bool{true, false} { // the client id of the app stands beside the field
				values := form(field, mark(prefix))
				if named && field != "client_id" && field != "clientId" {
					values.Set("client_id", d.app.ClientID)
					values.Set("clientId", d.app.ClientID)
				}
				asJSON := map[string]string{}
				for name := range values {
					asJSON[name] = values.Get(name)
				}
				text, _ := json.Marshal(asJSON)
				for _, contentType := range []string{formType, "application/json"} {
					refuse(path, contentType, values.Encode())
					refuse(path, contentType, string(text))
				}
				refuse(path+"?"+values.Encode(), formType, "")
			}
		}
		refuse(path, formType, "grant_type=client_credentials", "Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(d.app.ClientID+":"+mark("gps_"))))
		refuse(path, formType, "grant_type=client_credentials", "Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(mark("")+":"+mark(""))))
		refuse(path, formType, "grant_type=client_credentials", "Authorization", "Bearer "+mark("eyJ"))
		refuse(path, "application/json", `{"username": "a@example.com", "password": "`+mark("")+`"}`, "solution-key", mark(""))
	}
	if len(ids) < 300 {
		t.Fatalf("%d refusals, want hundreds", len(ids))
	}
	d.client(d.app.ClientSecret + "\n")
	for _, path := range []string{"/team/failures", "/owner/failures", "/dashboard", "/apps/" + d.app.ClientID + "/activity"} {
		for _, p := range []*testapp.Person{d.admin, owner} {
			if r := p.Get(t, path); strings.Contains(r.Body, "MARKED") || strings.Contains(r.Body, d.app.ClientSecret) {
				t.Errorf("GET %s shows a credential that was sent", path)
			}
		}
	}
	for _, id := range ids[len(ids)-40:] {
		if r := owner.Get(t, "/team/failures/"+id); strings.Contains(r.Body, "MARKED") {
			t.Errorf("GET /team/failures/%s shows a credential that was sent", id)
		}
	}
	d.Stop(t)
	d.Start(t) // so that all is in the file
	for _, name := range []string{d.DB, d.DB + "-wal"} {
		data, err := os.ReadFile(name)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		for _, bad := range []string{"MARKED", d.app.ClientSecret} {
			if strings.Contains(string(data), bad) {
				t.Errorf("%s has a credential that was sent: %q", name, bad)
			}
		}
	}
}
