package flow

import (
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

	"gatepost/handlers/secret"
	"gatepost/tests/testapp"
)

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
	testapp.WantRedirect(t, "GET /team/failures?error_id= of the team's", d.admin.Get(t, "/team/failures?error_id="+pasted), "/team/failures/"+mine)
	if r := d.admin.Get(t, "/team/failures?error_id="+stray); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("GET /team/failures?error_id= of no app = %d, want 422", r.Status)
	}
}

func TestRefusalsAreFiltered(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if page := text(d.admin.Get(t, "/team/failures")); !strings.Contains(page, "No refused requests") || !strings.Contains(page, "Read about errors") {
		t.Errorf("GET /team/failures of a new team = %.300q, want its empty state", page)
	}
	if page := text(d.admin.Get(t, "/dashboard")); strings.Contains(page, "refused in the last hour") {
		t.Error("GET /dashboard speaks of failing callers before there is one")
	}
	newline, scope := d.client(d.app.ClientSecret+"\n"), d.client(d.app.ClientSecret, "scope", "write")
	other := d.token("grant_type", "client_credentials", "client_id", d.other.ClientID, "client_secret", "x")
	old := d.client("old")
	d.admin.Get(t, "/team/failures") // which writes what was noted
	d.Exec(d.t, `UPDATE auth_failures SET seq = $1 WHERE id = $2`, time.Now().Add(-2*24*time.Hour).UnixNano(), old)
	secretID := regexp.MustCompile(`<option value="([0-9a-f-]{36})"[^>]*>…` + d.app.ClientSecret[40:]).FindStringSubmatch(d.admin.Get(t, "/team/failures").Body)
	if secretID == nil {
		t.Fatal("GET /team/failures does not offer the secret as a filter")
	}
	stamp := func(ago time.Duration) string { return time.Now().UTC().Add(-ago).Format("2006-01-02T15:04:05") }
	for query, want := range map[string][]string{
		"": {other, scope, newline, old}, "?app=" + d.other.ClientID: {other}, "?reason=scope_not_granted": {scope}, "?secret=" + secretID[1]: {scope, newline},
		"?within=1h": {other, scope, newline}, "?within=7d&app=" + d.app.ClientID: {scope, newline, old}, "?to=" + stamp(24*time.Hour): {old},
		"?from=" + stamp(72*time.Hour) + "&to=" + stamp(time.Hour): {old}, "?address=127.0.0.1&reason=secret_unknown": {other, old}, "?address=192.0.2.1": nil,
		"?reason=' OR 1=1": {other, scope, newline, old}, "?app=0nothing0": nil, "?before=" + scope: {newline, old},
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
	if r := d.admin.Get(t, "/team/failures?from=yesterday"); r.Status != http.StatusUnprocessableEntity || !strings.Contains(text(r), "Enter a time such as") {
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
		if id := r.ErrorID(); id != "" {
			ids = append(ids, id)
		}
		if strings.Contains(r.Body, "MARKED") {
			t.Errorf("POST %s answers what came: %s", path, r.Body)
		}
	}
	for _, path := range []string{"/oauth2/token", "/oauth2/revoke", "/oauth2/introspect", "/oauth2/device_authorization", "/apps/auth", "/api/v2/Auth/login", "/api/v2/Auth/refresh-token"} {
		for i, field := range fields {
			prefix := prefixes[i%len(prefixes)]
			for _, named := range []bool{true, false} { // the client id of the app is next to the field
				values := testapp.Form(field, mark(prefix))
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
