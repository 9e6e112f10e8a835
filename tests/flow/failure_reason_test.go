package flow

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the driver named "sqlite"

	"gatepost/tests/testapp"
	"gatepost/views/words"
)

const formType = "application/x-www-form-urlencoded"

var (
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
	id := r.ErrorID()
	if r.Status < 400 || id == "" {
		d.t.Fatalf("POST %s = %d %s, want a refusal with an error_id", path, r.Status, r.Body)
	}
	return id
}

func (d *desk) token(parameters ...string) string {
	d.t.Helper()
	return d.post("/oauth2/token", formType, testapp.Form(parameters...).Encode())
}

// client is a token request for the app with a secret of any sort.
func (d *desk) client(clientSecret string, more ...string) string {
	d.t.Helper()
	return d.token(append([]string{"grant_type", "client_credentials", "client_id", d.app.ClientID, "client_secret", clientSecret}, more...)...)
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
	d.Exec(d.t, `UPDATE client_secrets SET revoked_at = $1, revoked_by_name = 'Ana' WHERE client_id = $2`, now.Add(-3*24*time.Hour).Unix(), retired.ClientID)
	d.Exec(d.t, `UPDATE client_secrets SET expires_at = $1 WHERE client_id = $2`, now.Truncate(24*time.Hour).Add(-12*time.Hour).Unix(), late.ClientID)
	drilled := d.AddApp(t, d.team.ID, "Drilled", "read")
	d.Exec(d.t, `UPDATE client_secrets SET drill_until = $1 WHERE client_id = $2`, now.Add(time.Minute).Unix(), drilled.ClientID)
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
		return testapp.Form(append([]string{"client_id", c.ClientID, "client_secret", c.ClientSecret}, more...)...)
	}
	for _, c := range []struct {
		name, id string
		want     string
	}{
		{"a revoked secret", d.token("grant_type", "client_credentials", "client_id", retired.ClientID, "client_secret", retired.ClientSecret),
			"Revoked secret …" + retired.ClientSecret[40:] + ", retired 3 d ago by Ana"},
		{"an expired secret", d.token("grant_type", "client_credentials", "client_id", late.ClientID, "client_secret", late.ClientSecret),
			"Secret …" + late.ClientSecret[40:] + " expired " + words.Ago(now.Sub(now.Truncate(24*time.Hour).Add(-12*time.Hour)))},
		{"a drill", d.token("grant_type", "client_credentials", "client_id", drilled.ClientID, "client_secret", drilled.ClientSecret),
			"Secret …" + drilled.ClientSecret[40:] + " was refused by a brownout drill"},
		{"a newline", d.client(good + "\n"), "A trailing newline in the secret"},
		{"a newline by Basic", d.post("/oauth2/token", formType, "grant_type=client_credentials", "Authorization", basic(d.app.ClientID, good+"\n")), "A trailing newline in the secret"},
		{"a newline by nextome", d.post("/apps/auth", "application/json", `{"clientId": "`+d.app.ClientID+`", "clientSecret": "`+good+`\n"}`), "A trailing newline in the secret"},
		{"a CR LF", d.client(good + "\r\n"), "A trailing newline in the secret"},
		{"a leading space", d.client(" " + good), "A leading space in the secret"},
		{"a tab", d.client(good + "\t"), "A trailing tab in the secret"},
		{"a newline that is spelled out", d.client(good + `\n`), "A trailing line break, written as an escape, in the secret"},
		{"a line break inside", d.client(good[:20] + "\n" + good[20:]), "A line break or a space inside the secret"},
		{"quotes", d.client(`"` + good + `"`), "Quotation marks around the secret"},
		{"a cut secret", d.client(good[:31]), "A cut secret: 31 characters of 44"},
		{"another app's secret", d.client(d.other.ClientSecret), "Secret of another app: Warehouse"},
		{"a placeholder", d.client("$CLIENT_SECRET"), "A placeholder was sent: the variable for the secret was not filled in"},
		{"a made-up secret", d.client("gps_" + strings.Repeat("a", 40)), "The secret has the right form, but the portal did not make it for this app"},
		{"a client id with a space", d.token("grant_type", "client_credentials", "client_id", d.app.ClientID+" ", "client_secret", good), "Whitespace around the client id"},
		{"JSON for a form", d.post("/oauth2/token", "application/json", jsonBody), "Form body expected, JSON received"},
		{"JSON that says it is a form", d.post("/oauth2/token", formType, jsonBody), "Form body expected, JSON received"},
		{"a form for JSON", d.post("/apps/auth", formType, "clientId="+d.app.ClientID+"&clientSecret="+good), "JSON body expected, a form received"},
		{"a form that says it is JSON", d.post("/apps/auth", "application/json", "clientId="+d.app.ClientID+"&clientSecret="+good), "JSON body expected, a form received"},
		{"a form as plain text", d.post("/oauth2/token", "text/plain", ofClient(d.app).Encode()), "The body is right, but its Content-Type says that it is plain text"},
		{"a clock ahead", d.token("grant_type", "client_credentials", "client_id", d.app.ClientID,
			"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion", d.assertion(time.Now().Add(4*time.Minute+30*time.Second))), "The caller's clock is 4 min"},
		{"an assertion alone, kept too long", d.token("grant_type", "client_credentials",
			"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion", d.assertion(time.Now().Add(-time.Hour))), "The assertion expired 55 min ago"},
		{"a scope of the portal", d.client(good, "scope", "read write"), "Scope not granted to this app: write"},
		{"a scope of nobody", d.client(good, "scope", "everything"), "Scope not granted to this app: one that this portal does not have"},
		{"a grant of another kind of app", d.token("grant_type", "authorization_code", "code", "x", "client_id", d.app.ClientID, "client_secret", good),
			"The app is not registered for the grant type authorization_code"},
		{"a parameter twice", d.post("/oauth2/token", formType, ofClient(d.app).Encode()+"&client_id="+d.app.ClientID), "A parameter was sent more than once"},
		{"two ways", d.post("/oauth2/token", formType, ofClient(d.app, "grant_type", "client_credentials").Encode(), "Authorization", basic(d.app.ClientID, good)), "The client sent credentials in the header and in the body"},
		{"the query", d.post("/oauth2/token?grant_type=client_credentials&"+ofClient(d.app).Encode(), formType, ""), "The parameters were sent in the address"},
		{"a secret of a native app", d.token("grant_type", "authorization_code", "code", "x", "client_id", native.ClientID, "client_secret", "hunter2"), "A secret was sent, but this is a native app, which has none"},
		{"no secret", d.token("grant_type", "client_credentials", "client_id", d.app.ClientID), "No client id and secret were sent"},
		{"a code of nobody", d.post("/oauth2/token", formType, ofClient(web, "grant_type", "authorization_code", "code", "gpc_x").Encode()), "This portal has no such code"},
		{"a refresh token of nobody", d.post("/oauth2/token", formType, ofClient(web, "grant_type", "refresh_token", "refresh_token", "gpr_x").Encode()), "This portal has no such refresh token"},
		{"a resource of nobody", d.client(good, "resource", "https://elsewhere.example/"), "A requested resource is not known here"},
		{"revocation with a wrong secret", d.post("/oauth2/revoke", formType, ofClient(testapp.Credentials{ClientID: d.app.ClientID, ClientSecret: good + " "}, "token", "x").Encode()), "A trailing space in the secret"},
		{"introspection that is not allowed", d.post("/oauth2/introspect", formType, ofClient(d.app, "token", "x").Encode()), "The app's settings don't allow introspection"},
		{"a device of a server app", d.post("/oauth2/device_authorization", formType, ofClient(d.app).Encode()), "The app is not registered for the grant type urn:ietf:params:oauth:grant-type:device_code"},
		{"a wrong password", d.post("/api/v2/Auth/login", "application/json", login, "Authorization", vendorBasic(), "solution-key", d.team.SolutionKey), "The username or the password is wrong"},
		{"a login without a basic token", d.post("/api/v2/Auth/login", "application/json", login, "solution-key", d.team.SolutionKey), "No basic token was sent"},
	} {
		r := d.admin.Get(t, "/team/failures/"+c.id)
		if r.Status != http.StatusOK || !strings.Contains(text(r), c.want) {
			t.Errorf("%s: GET /team/failures/%s = %d %.200q, want %q", c.name, c.id, r.Status, text(r)[max(0, strings.Index(text(r), "Refused requests")):], c.want)
		}
	}
}
