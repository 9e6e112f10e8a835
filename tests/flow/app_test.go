package flow

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

var plainSecret = regexp.MustCompile(`gps_[A-Za-z0-9]{40}`)

func TestCreateApp(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	once := owner.Get(t, "/apps/new").Once(t)
	// Something is wrong: the values come back, with a summary on top.
	r := owner.Post(t, "/apps", testapp.Form("name", "", "description", "For <i>door</i> 3", "kind", "server", "scopes", "read", "scopes", "write", "secret_expires_at", "90d", "once", once))
	testapp.WantStatus(t, "POST /apps without a name", r, http.StatusUnprocessableEntity)
	for _, want := range []string{"For &lt;i&gt;door&lt;/i&gt; 3", `href="#`, once} {
		if !strings.Contains(r.Body, want) {
			t.Errorf("the form that came back lacks %q", want)
		}
	}
	if n := len(regexp.MustCompile(`value="(read|write)"[^>]*checked|checked[^>]*value="(read|write)"`).FindAllString(r.Body, -1)); n != 2 {
		t.Errorf("the form that came back has %d of 2 scopes chosen", n)
	}
	for what, bad := range map[string]url.Values{
		"a scope that does not exist": testapp.Form("name", "X", "kind", "server", "scopes", "everything", "secret_expires_at", "never", "once", "a"),
		"an end not on the list":      testapp.Form("name", "X", "kind", "server", "scopes", "read", "secret_expires_at", "9999d", "once", "b"),
		"another kind":                testapp.Form("name", "X", "kind", "robot", "scopes", "read", "secret_expires_at", "never", "once", "c"),
		"a name of 200 letters":       testapp.Form("name", strings.Repeat("x", 200), "kind", "server", "scopes", "read", "secret_expires_at", "never", "once", "d"),
	} {
		testapp.WantStatus(t, "POST /apps with "+what, owner.Post(t, "/apps", bad), http.StatusUnprocessableEntity)
	}

	good := testapp.Form("name", "Warehouse", "description", "Doors", "kind", "server", "scopes", "read", "secret_expires_at", "90d", "once", once)
	r = owner.Post(t, "/apps", good)
	secrets := plainSecret.FindAllString(r.Body, -1)
	if r.Status != http.StatusOK || len(secrets) == 0 {
		t.Fatalf("POST /apps = %d, want the page with the secret", r.Status)
	}
	app.Secret(secrets[0])
	if r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the page with the secret has Cache-Control %q", r.Header.Get("Cache-Control"))
	}
	// The same form again (a reload) makes no second app and shows nothing.
	again := owner.Post(t, "/apps", good)
	if again.Status != http.StatusSeeOther || plainSecret.MatchString(again.Body) {
		t.Errorf("POST /apps again = %d, want a redirect without a secret", again.Status)
	}
	list := owner.Get(t, "/apps").Body
	if ids := regexp.MustCompile(`href="/apps/([a-z0-9]{26})"`).FindAllString(list, -1); len(ids) != 1 {
		t.Errorf("GET /apps links to %v, want one app", ids)
	}
	base := again.Location[:strings.LastIndex(again.Location, "/")]
	hint := secrets[0][len(secrets[0])-4:]
	if page := owner.Get(t, base+"/secrets").Body; !strings.Contains(page, hint) {
		t.Errorf("GET %s/secrets does not show the last four characters", base)
	}
	for _, path := range []string{base, base + "/secrets", base + "/activity", base + "/delete", "/apps", "/account", "/dashboard", "/team/audit",
		"/playground/client-credentials?app=" + base[len("/apps/"):], "/docs/quickstart"} {
		r := owner.Get(t, path)
		testapp.WantStatus(t, "GET "+path, r, http.StatusOK)
		if strings.Contains(r.Body, secrets[0]) {
			t.Errorf("GET %s shows the secret again", path)
		}
	}
	other := testapp.Form("name", "warehouse", "kind", "server", "scopes", "read", "secret_expires_at", "never", "once", "e")
	other.Set("name", "Warehouse")
	testapp.WantStatus(t, "POST /apps with a name that is taken", owner.Post(t, "/apps", other), http.StatusUnprocessableEntity)
}

func TestSecretsOfAnApp(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	c := owner.AddApp(t, "Warehouse", "read")
	base := "/apps/" + c.ClientID
	all := []string{c.ClientSecret}
	for _, label := range []string{"second", "third", "fourth", "fifth"} {
		once := owner.Get(t, base+"/secrets").Once(t)
		r := owner.Post(t, base+"/secrets", testapp.Form("label", label, "expires_at", "30d", "once", once))
		found := plainSecret.FindString(r.Body)
		if r.Status != http.StatusOK || found == "" {
			t.Fatalf("POST %s/secrets = %d, want the page with the secret", base, r.Status)
		}
		all = append(all, app.Secret(found))
		testapp.WantRedirect(t, "the same form again", owner.Post(t, base+"/secrets", testapp.Form("label", label, "expires_at", "30d", "once", once)), base+"/secrets")
	}
	// All five work: adding one stops none of the others.
	tokens := make([]string, len(all))
	for i, s := range all {
		tokens[i] = app.Token(t, testapp.Credentials{ClientID: c.ClientID, ClientSecret: s})
	}
	r := owner.Post(t, base+"/secrets", testapp.Form("label", "sixth", "expires_at", "30d", "once", "sixth"))
	testapp.WantStatus(t, "POST of a sixth secret", r, http.StatusConflict)
	page := owner.Get(t, base+"/secrets").Body
	for _, want := range []string{"second", "fifth", "127.0.0.1"} {
		if !strings.Contains(page, want) {
			t.Errorf("GET %s/secrets lacks %q", base, want)
		}
	}

	// The page before the revocation tells who uses it; the POST needs the name typed.
	revoke := regexp.MustCompile(`/apps/[a-z0-9]{26}/secrets/[^/"]+/revoke`).FindAllString(page, -1)
	if len(revoke) != 5 {
		t.Fatalf("GET %s/secrets offers to revoke %d secrets, want 5", base, len(revoke))
	}
	confirm := owner.Get(t, revoke[0])
	testapp.WantStatus(t, "GET "+revoke[0], confirm, http.StatusOK)
	if !strings.Contains(confirm.Body, "127.0.0.1") {
		t.Error("the page before the revocation does not say who uses the secret")
	}
	testapp.WantStatus(t, "POST without the name typed", owner.Post(t, revoke[0], testapp.Form("confirm_name", "warehouse")), http.StatusUnprocessableEntity)
	testapp.WantRedirect(t, "POST with the name typed", owner.Post(t, revoke[0], testapp.Form("confirm_name", "Warehouse")), base+"/secrets")
	testapp.WantStatus(t, "POST again", owner.Post(t, revoke[0], testapp.Form("confirm_name", "Warehouse")), http.StatusConflict)
	refused := 0
	for i, s := range all {
		r := app.RequestToken(t, testapp.Credentials{ClientID: c.ClientID, ClientSecret: s})
		if r.Status == http.StatusUnauthorized {
			refused++
		}
		if status := app.Me(t, tokens[i]); status != http.StatusOK {
			t.Errorf("GET /api/v1/me with a token from before = %d, want 200: a rotation cuts nothing off", status)
		}
	}
	if refused != 1 {
		t.Errorf("%d secrets are refused after one revocation, want 1", refused)
	}

	testapp.WantStatus(t, "POST delete without the name", owner.Post(t, base+"/delete", testapp.Form("confirm_name", "x")), http.StatusUnprocessableEntity)
	testapp.WantRedirect(t, "POST delete", owner.Post(t, base+"/delete", testapp.Form("confirm_name", "Warehouse")), "/apps")
	for i, s := range all {
		r := app.RequestToken(t, testapp.Credentials{ClientID: c.ClientID, ClientSecret: s})
		testapp.WantStatus(t, "POST /oauth2/token of a deleted app", r, http.StatusUnauthorized)
		if status := app.Me(t, tokens[i]); status != http.StatusUnauthorized {
			t.Errorf("GET /api/v1/me with a token of a deleted app = %d, want 401", status)
		}
	}
	testapp.WantStatus(t, "GET of a deleted app", owner.Get(t, base), http.StatusNotFound)
}

// The process remembers a checked secret. That must never outlive the secret, whoever ends
// it: a page, the API, the command line in another process, time, or the app's end.
func TestRememberedSecretNeverOutlivesItsEnd(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	master := app.Token(t, owner.AddApp(t, "Master", "apps:read", "apps:write"))
	api := func(method, path string) *testapp.Answer {
		return app.Do(t, app.Request(t, method, "/api/v1"+path, "", testapp.Bearer(master)...))
	}
	secretID := func(c testapp.Credentials) string {
		var list struct{ Secrets []struct{ ID string } }
		api(http.MethodGet, "/apps/"+c.ClientID+"/secrets").JSON(t, &list)
		return list.Secrets[0].ID
	}
	for name, end := range map[string]func(c testapp.Credentials){
		"revoked on its page": func(c testapp.Credentials) {
			path := "/apps/" + c.ClientID + "/secrets"
			testapp.WantRedirect(t, "POST revoke", owner.Post(t, path+"/"+secretID(c)+"/revoke", testapp.Form("confirm_name", "revoked on its page")), path)
		},
		"revoked by the API": func(c testapp.Credentials) {
			testapp.WantStatus(t, "DELETE", api(http.MethodDelete, "/apps/"+c.ClientID+"/secrets/"+secretID(c)), http.StatusNoContent)
		},
		"revoked by another process": func(c testapp.Credentials) {
			app.Run(t, "", "app", "revoke-secret", c.ClientID, c.ClientSecret[40:])
		},
		"rotated by another process": func(c testapp.Credentials) {
			var out testapp.Credentials
			app.RunJSON(t, &out, "app", "rotate", c.ClientID, "--keep-old", "0")
			app.Secret(out.ClientSecret)
			app.Token(t, out)
		},
		"expired": func(c testapp.Credentials) {
			app.Exec(t, "UPDATE client_secrets SET expires_at = ? WHERE client_id = ?", time.Now().Unix(), c.ClientID)
		},
		"changed in its row": func(c testapp.Credentials) {
			app.Exec(t, "UPDATE client_secrets SET hash = (SELECT hash FROM client_secrets WHERE client_id <> ? LIMIT 1) WHERE client_id = ?", c.ClientID, c.ClientID)
		},
		"gone with its app": func(c testapp.Credentials) {
			testapp.WantStatus(t, "DELETE", api(http.MethodDelete, "/apps/"+c.ClientID), http.StatusNoContent)
		},
	} {
		c := owner.AddApp(t, name, "read")
		app.Token(t, c) // remembered from here on
		app.NextomeToken(t, c)
		end(c)
		for range 3 {
			if r := app.RequestToken(t, c); r.Status != http.StatusUnauthorized {
				t.Errorf("POST /oauth2/token with a secret that is %s = %d, want 401", name, r.Status)
			}
		}
	}
}

func TestRestartKeepsEverything(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	c := owner.AddApp(t, "Warehouse", "read")
	revoked := owner.AddApp(t, "Revoked", "read")
	app.Run(t, "", "app", "revoke-secret", revoked.ClientID, revoked.ClientSecret[40:])
	token := app.Token(t, c)
	invitation := owner.Invite(t, "ana@example.com", "developer")
	keys := app.Do(t, app.Request(t, http.MethodGet, "/.well-known/jwks.json", "")).Body
	app.Restart(t)
	if got := app.Do(t, app.Request(t, http.MethodGet, "/.well-known/jwks.json", "")).Body; got != keys {
		t.Errorf("keys after a restart = %s, want %s", got, keys)
	}
	testapp.WantStatus(t, "GET /dashboard in the session from before", owner.Get(t, "/dashboard"), http.StatusOK)
	if status := app.Me(t, token); status != http.StatusOK {
		t.Errorf("GET /api/v1/me with the token from before = %d, want 200", status)
	}
	app.Token(t, c)
	testapp.WantStatus(t, "POST /oauth2/token with the revoked secret", app.RequestToken(t, revoked), http.StatusUnauthorized)
	app.Activate(t, invitation, "Ana Verdi", "ana@example.com")
}

// The playground's button and "authorize as": short, labelled, recorded.
func TestShortCredentialsOfSignedInPeople(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	c := owner.AddApp(t, "Warehouse", "read")
	base := "/apps/" + c.ClientID
	var secret struct {
		ClientID     string    `json:"client_id"`
		ClientSecret string    `json:"client_secret"`
		Hint         string    `json:"hint"`
		ExpiresAt    time.Time `json:"expires_at"`
	}
	r := owner.Post(t, base+"/playground-secret", url.Values{})
	r.JSON(t, &secret)
	app.Secret(secret.ClientSecret)
	if left := time.Until(secret.ExpiresAt); r.Header.Get("Cache-Control") != "no-store" || secret.ClientID != c.ClientID || left < 59*time.Minute || left > time.Hour ||
		!strings.HasSuffix(secret.ClientSecret, secret.Hint) {
		t.Errorf("POST playground-secret = %+v, want a secret of one hour, not to be stored", secret)
	}
	app.Token(t, testapp.Credentials{ClientID: secret.ClientID, ClientSecret: secret.ClientSecret})
	if page := owner.Get(t, base+"/secrets").Body; !strings.Contains(page, "playground") {
		t.Error("the list of secrets does not label the playground's one")
	}
	var token struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"`
		TokenType   string `json:"token_type"`
	}
	r = owner.Post(t, base+"/try-token", url.Values{})
	r.JSON(t, &token)
	app.Secret(token.AccessToken)
	if token.ExpiresIn != 300 || token.TokenType != "Bearer" || app.Me(t, token.AccessToken) != http.StatusOK {
		t.Errorf("POST try-token = %+v, want a token of five minutes that works", token)
	}
	for _, path := range []string{base + "/playground-secret", base + "/try-token"} {
		testapp.WantStatus(t, "POST "+path+" signed out", app.Visitor(t).Post(t, path, url.Values{}), http.StatusUnauthorized)
	}
}
