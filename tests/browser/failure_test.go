package browser

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"gatepost/handlers/secret"
	"gatepost/tests/testapp"
)

// The desk of refused requests: from what a program has logged to what to do about it. And
// its pages are accessible (UI-01, UI-02).
func TestFailureDesk(t *testing.T) {
	chrome := start(t)
	app := testapp.New(t)
	owner := app.Owner(t)
	b := open(t, chrome, app)
	b.signIn(owner)
	b.look([]sight{{name: "failures-empty", path: "/team/failures"}})

	c := owner.AddApp(t, "Warehouse with a name that is rather long for a card", "read")
	other := owner.AddApp(t, "Meter reader", "read")
	base := "/apps/" + c.ClientID
	owner.Post(t, base+"/secrets", url.Values{"label": {"production"}, "expires_at": {"30d"}, "once": {"production"}})
	refuse := func(agent string, parameters ...string) string {
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.ClientID}}
		for i := 0; i < len(parameters); i += 2 {
			form.Set(parameters[i], parameters[i+1])
		}
		r := app.Do(t, app.Request(t, http.MethodPost, "/oauth2/token", form.Encode(), "Content-Type", "application/x-www-form-urlencoded", "User-Agent", agent))
		id := regexp.MustCompile(secret.ErrorIDPattern).FindString(r.Body)
		if id == "" {
			t.Fatalf("POST /oauth2/token = %d %s, want an error_id", r.Status, r.Body)
		}
		return id
	}
	newline := refuse("python-requests/2.32.3", "client_secret", c.ClientSecret+"\n")
	refuse("curl/8.5.0", "client_secret", "$CLIENT_SECRET")
	refuse("curl/8.5.0", "client_secret", c.ClientSecret, "scope", "write")
	refuse("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36", "client_secret", other.ClientSecret)
	refuse("okhttp/4.12.0", "client_id", strings.Repeat("q", 26), "client_secret", "x")
	app.Run(t, "", "app", "revoke-secret", c.ClientID, c.ClientSecret[40:])
	revoked := refuse("a program with quite a long name that tells much about itself/1.2.3-rc4 (+https://example.com/about)", "client_secret", c.ClientSecret)

	b.visit("/dashboard")
	b.sees("refused in the last hour")
	b.click("link", "See refused requests")
	b.sees("retired")
	b.fill("error_id", "error_description: The client id or the client secret is not right. error_id: "+newline)
	b.click("button", "Show requests")
	b.sees("A trailing newline in the secret")
	b.sees("Trim the value")
	b.click("link", "Read about this reason")
	b.until("the docs", `location.pathname === '/docs/errors' && document.getElementById('reason-secret_whitespace') !== null`)

	b.look([]sight{
		{name: "failures", path: "/team/failures"}, {name: "failures-none", path: "/team/failures?reason=drill"},
		{name: "failure-whitespace", path: "/team/failures/" + newline}, {name: "failure-revoked", path: "/team/failures/" + revoked},
		{name: "failures-owner", path: "/owner/failures"}, {name: "failures-dashboard", path: "/dashboard"}, {name: "failures-activity", path: base + "/activity"},
	})
}
