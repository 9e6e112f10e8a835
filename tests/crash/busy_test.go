package crash

import (
	"context"
	"database/sql"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver named "pgx"

	"gatepost/tests/testapp"
)

// lockPostgres keeps everybody else from reading and writing tables of a server's database, until the
// function that it returns is called.
func lockPostgres(t *testing.T, app *testapp.App, tables string) (release func()) {
	t.Helper()
	d := app.OpenDB(t)
	t.Cleanup(func() { d.Close() })
	if tables == "" {
		if err := d.QueryRow("SELECT string_agg(tablename, ', ') FROM pg_tables WHERE schemaname = 'public'").Scan(&tables); err != nil {
			t.Fatal(err)
		}
	}
	tx, err := d.BeginTx(context.Background(), &sql.TxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec("LOCK TABLE " + tables + " IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	return func() { tx.Rollback() }
}

// asked is a request to a busy server, and the shape of the error that its group has.
type asked struct {
	what   string
	ask    func() *testapp.Answer
	shape  string // what the content type begins with
	member string // of a JSON body
}

// requests are some of each group of routes. Those that only read come with reads, and those that don't ask
// for a role with roleless.
func (b *busy) requests(t *testing.T, reads, roleless bool) []asked {
	post := func(path string, form url.Values) func() *testapp.Answer {
		return func() *testapp.Answer { return b.owner.Post(t, path, form) }
	}
	send := func(method, path, body string, headers ...string) func() *testapp.Answer {
		return func() *testapp.Answer { return b.Do(t, b.Request(t, method, path, body, headers...)) }
	}
	form := func(path string, form url.Values) func() *testapp.Answer {
		return func() *testapp.Answer { return b.PostForm(t, path, form) }
	}
	asJSON := append(testapp.Bearer(b.token), "Content-Type", "application/json")
	const html, plain, problem, oauth = "text/html", "application/json", "application/problem+json", `"error":"temporarily_unavailable"`
	list := []asked{
		{"a page's form", post("/account", testapp.Form("name", "Mario Rossi")), html, ""},
		{"a change of a role", post("/team/members/"+b.mate+"/role", testapp.Form("role", "viewer")), html, ""},
		{"an app's settings", post("/apps/"+b.site.ClientID, testapp.Form("name", "Site", "scopes", "read", "token_lifetime", "3600", "redirect_uris", testapp.Redirect, "auth_method", "client_secret")), html, ""},
		{"a page's script", post("/login/passkey/begin", nil), problem, `"status":503`},
		{"a refresh", form("/oauth2/token", b.site.With("grant_type", "refresh_token", "refresh_token", b.tokens.RefreshToken)), plain, oauth},
		{"iotconnect", send("POST", "/api/v2/Device", `{"uniqueId": "B-1", "displayName": "Busy"}`, asJSON...), plain, `"status":503`},
		{"the API", send("POST", "/api/v1/apps", `{"name": "Busy", "scopes": ["read"]}`, asJSON...), problem, `"status":503`},
		{"a role by the API", send("PATCH", "/api/v1/members/"+b.mate, `{"role": "viewer"}`, asJSON...), problem, `"status":503`},
	}
	if roleless {
		list = append(list, []asked{
			{"a client's own token", form("/oauth2/token", b.server.With("grant_type", "client_credentials")), plain, oauth},
			{"a revocation", form("/oauth2/revoke", b.site.With("token", b.tokens.RefreshToken)), plain, oauth},
			{"nextome", send("POST", "/apps/auth", `{"clientId": "`+b.server.ClientID+`", "clientSecret": "`+b.server.ClientSecret+`"}`, "Content-Type", "application/json"), plain, ""},
		}...)
	}
	if !reads {
		return list
	}
	return append(list, []asked{
		{"the dashboard", func() *testapp.Answer { return b.owner.Get(t, "/dashboard") }, html, ""},
		{"the members", func() *testapp.Answer { return b.owner.Get(t, "/team/members") }, html, ""},
		{"an app's page", func() *testapp.Answer { return b.owner.Get(t, "/apps/"+b.site.ClientID) }, html, ""},
		{"an authorization request", func() *testapp.Answer { return b.owner.Get(t, testapp.AuthorizePath(b.site, "")) }, html, ""},
		{"who a token is", send("GET", "/api/v1/me", "", testapp.Bearer(b.tokens.AccessToken)...), problem, `"status":503`},
		{"the apps", send("GET", "/api/v1/apps", "", testapp.Bearer(b.token)...), problem, `"status":503`},
		{"the devices", send("GET", "/api/v2/Device", "", testapp.Bearer(b.token)...), plain, `"status":503`},
		{"an introspection", form("/oauth2/introspect", b.site.With("token", b.tokens.AccessToken)), plain, oauth},
	}...)
}

// busy is a server with what its routes need.
type busy struct {
	*testapp.App
	owner        *testapp.Person
	site, server testapp.Credentials
	tokens       testapp.Tokens
	token, mate  string
}

func newBusy(t *testing.T, options ...testapp.Option) *busy {
	t.Helper()
	b := &busy{App: testapp.New(t, options...)}
	b.owner = b.Owner(t)
	b.site, b.server = b.owner.AddClient(t, "Site", "web"), b.owner.AddApp(t, "Server", "read")
	b.owner.Post(t, "/apps/"+b.site.ClientID, testapp.Form("name", "Site", "scopes", "read", "scopes", "write", "token_lifetime", "3600", "redirect_uris", testapp.Redirect,
		"access", "unlimited", "auth_method", "client_secret", "introspection", "team"))
	b.tokens = b.owner.Authorize(t, b.site)
	b.token = b.owner.AddToken(t, "all", "read", "write", "apps:read", "apps:write", "team:read", "team:write")
	team := testapp.One[string](t, b.App, "SELECT name FROM teams")
	b.mate = testapp.One[string](t, b.App, "SELECT id FROM people WHERE email = '"+b.Member(t, team, "developer").Email+"'")
	return b
}

// wantBusy asks all at the same moment and checks that each is told to come back, in its own shape.
func wantBusy(t *testing.T, list []asked) {
	t.Helper()
	answers := make([]*testapp.Answer, len(list))
	var wg sync.WaitGroup
	for i, one := range list {
		wg.Go(func() { answers[i] = one.ask() })
	}
	wg.Wait()
	for i, one := range list {
		r := answers[i]
		if r == nil {
			t.Errorf("%s got no answer", one.what)
			continue
		}
		if kind := r.Header.Get("Content-Type"); r.Status != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" || !strings.HasPrefix(kind, one.shape) || !strings.Contains(r.Body, one.member) {
			t.Errorf("%s = %d %s, Retry-After %q, want 503 as %s with %s and a Retry-After\n%.300s", one.what, r.Status, kind, r.Header.Get("Retry-After"), one.shape, one.member, r.Body)
		}
	}
}

// wantGone lets a client leave while its request waits, and checks that it is logged as 499, at INFO,
// and isn't recorded as a refused request of its app.
func (b *busy) wantGone(t *testing.T) {
	t.Helper()
	before := strings.Count(b.Log.String(), "status=499")
	ctx, leave := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer leave()
	req := b.Request(t, "POST", "/oauth2/token", b.site.With("grant_type", "refresh_token", "refresh_token", b.tokens.RefreshToken).Encode(), "Content-Type", "application/x-www-form-urlencoded")
	if res, err := http.DefaultClient.Do(req.WithContext(ctx)); err == nil {
		res.Body.Close()
		t.Errorf("a request to a locked database = %d before its client left", res.StatusCode)
	}
	testapp.Until(t, 20*time.Second, "the log has the client that left", func() bool { return strings.Count(b.Log.String(), "status=499") > before })
	for line := range strings.Lines(b.Log.String()) {
		if strings.Contains(line, "status=499") && (!strings.Contains(line, "level=INFO") || strings.Contains(line, "error=")) {
			t.Errorf("the client that left is logged as %s, want INFO without an error", line)
		}
	}
}

// A busy database is 503 with Retry-After for every group of routes, never "you may not", and a client that
// leaves meanwhile is no error. Afterwards everything works.
func TestBusyDatabase(t *testing.T) {
	t.Parallel()
	check := func(t *testing.T, b *busy, reads, roleless bool, lock func(*busy) (release func())) {
		t.Helper()
		release, refused := lock(b), strings.Count(b.Log.String(), "error_id=")
		b.wantGone(t)
		if n := strings.Count(b.Log.String(), "error_id=") - refused; n != 0 {
			t.Errorf("%d refused requests are logged, want none for the client that left", n)
		}
		wantBusy(t, b.requests(t, reads, roleless))
		release()
		if r := b.owner.Get(t, "/dashboard"); r.Status != http.StatusOK {
			t.Errorf("GET /dashboard afterwards = %d, want 200", r.Status)
		}
		if role := testapp.One[string](t, b.App, "SELECT role FROM memberships WHERE person_id = '"+b.mate+"'"); role != "developer" {
			t.Errorf("the mate's role is %s, want developer still", role)
		}
		b.tokens = b.Tokens(t, b.TokenRequest(t, b.site, "grant_type", "refresh_token", "refresh_token", b.tokens.RefreshToken))
	}
	for name, options := range testapp.Engines(t) {
		if name == "sqlite" { // readers never wait there
			check(t, newBusy(t, options...), false, true, func(b *busy) func() { return b.HoldWhen(t, "1") })
			continue
		}
		b := newBusy(t, options...)
		for _, tables := range []string{"memberships", ""} {
			check(t, b, true, tables == "", func(b *busy) func() { return lockPostgres(t, b.App, tables) })
		}
	}
}
