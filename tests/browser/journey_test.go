package browser

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"gatepost/tests/testapp"
)

// The product's main job, from the owner's link to a revoked secret. The person who was
// invited comes to a 200 of the API in at most twelve clicks and filled fields.
func TestTheWholePath(t *testing.T) {
	const mostSteps = 12
	browser := start(t)
	app := testapp.New(t)

	owner := open(t, browser, app)
	owner.visit(app.OwnerLink(t))
	owner.fill("Your name", "Mario Rossi")
	owner.fill("Email", "mario@example.com")
	owner.fill("Password", app.Secret(testapp.Password))
	owner.click("button", "Activate account")
	owner.at("/dashboard")
	owner.sees("ADD API APP") // the one next thing to do

	owner.click("link", "Team")
	owner.at("/team/members")
	owner.fill("Email", "ana@example.com")
	owner.click("button", "Invite person")
	owner.sees("Invitation for ana@example.com is ready")
	link, err := evaluate[string](owner, `document.body.innerText.match(/http:\S+\/activate\/gpi_\w+/)[0]`)
	if err != nil {
		t.Fatal(err)
	}
	app.Secret(link[strings.LastIndex(link, "/")+1:])

	// From here on every step of the invited person counts.
	ana := open(t, browser, app)
	ana.visit(link)
	ana.fill("Your name", "Ana Verdi")
	ana.fill("Password", testapp.Password)
	ana.click("button", "Activate account")
	ana.at("/dashboard")
	ana.click("button", "Your menu, AV")
	ana.click("link", "User section")
	ana.at("/account")
	ana.click("link", "ADD API APP")
	ana.at("/apps/new")
	ana.fill("Name", "Warehouse")
	ana.click("button", "Create app")
	ana.sees("I have saved it")
	c := credentials(ana)
	ana.click("link", "I have saved it")
	ana.at("/playground/client-credentials")
	ana.fill("Client secret", c.ClientSecret)
	ana.click("button", "Get token")
	ana.click("button", "Call GET /api/v1/me")
	ana.until("the first call is answered", `document.getElementById('answer-body').innerText.includes('client_id')`)
	if ana.steps > mostSteps {
		t.Errorf("from the invitation to a 200 of /api/v1/me it took %d clicks and filled fields, want at most %d", ana.steps, mostSteps)
	}
	t.Logf("from the invitation to a 200 of /api/v1/me: %d clicks and filled fields", ana.steps)
	token := shownToken(ana)
	ana.keepsNoSecret(c.ClientSecret, token)

	seesTheToken(ana, c)
	usesTheReference(ana, c)
	readsTheDocs(ana, c)
	revokesTheSecret(ana, c)
	for _, b := range []*tab{owner, ana} {
		b.check()
	}
}

// credentials reads what the page that reveals them shows.
func credentials(b *tab) (c testapp.Credentials) {
	b.t.Helper()
	page, err := evaluate[string](b, `JSON.stringify({
		client_id: location.pathname === '/apps' ? document.querySelector('[data-guard]').dataset.guard.split('/')[2] : '',
		client_secret: document.querySelector('[data-secret]').value})`)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(page), &c); err != nil || len(c.ClientID) != 26 || !strings.HasPrefix(c.ClientSecret, "gps_") {
		b.t.Fatalf("the page reveals %q, %v", page, err)
	}
	b.app.Secret(c.ClientSecret)
	return c
}

func shownToken(b *tab) string {
	b.t.Helper()
	token, err := evaluate[string](b, `document.body.innerText.match(/eyJ[\w-]+\.[\w-]+\.[\w-]+/)[0]`)
	if err != nil {
		b.t.Fatalf("the playground shows no token: %v", err)
	}
	return b.app.Secret(token)
}

// seesTheToken looks at what the playground makes of the answer, in both dialects.
func seesTheToken(b *tab, c testapp.Credentials) {
	b.t.Helper()
	for _, dialect := range []struct{ name, path, member string }{
		{"nextome", "/apps/auth", `"accessToken"`}, {"nxtsoft", "/oauth2/token", `"access_token"`},
	} {
		b.visit("/playground/client-credentials?app=" + c.ClientID + "&dialect=" + dialect.name + "&scope=read")
		b.fill("Client secret", c.ClientSecret)
		b.click("button", "Get token")
		b.until("the answer", `document.getElementById('answer').innerText.includes('200')`)
		for what, expression := range map[string]string{
			"the exact request":      `document.getElementById('request').innerText.includes('POST ` + b.app.URL + dialect.path + `')`,
			"the answer's body":      `document.getElementById('answer-body').innerText.includes('` + dialect.member + `')`,
			"the time it took":       `/\d+ ms/.test(document.getElementById('answer').innerText)`,
			"the decoded header":     `document.getElementById('token-header').innerText.includes('at+jwt')`,
			"the decoded payload":    `document.getElementById('token-payload').innerText.includes('` + c.ClientID + `')`,
			"the end in UTC":         `document.getElementById('token-payload').innerText.includes('UTC')`,
			"the countdown":          `/5\d min|59:|60 min|1 h/.test(document.getElementById('token-end').innerText)`,
			"the signature verifies": `document.querySelector('#signature .ok') !== null`,
			"the secret is masked":   `!document.getElementById('request').innerText.includes('gps_')`,
		} {
			b.until(dialect.name+": "+what, expression)
		}
		b.keepsNoSecret(c.ClientSecret, shownToken(b))
	}
	// The labelled secret of one hour, by one click.
	b.visit("/playground/client-credentials?app=" + c.ClientID)
	b.click("button", "Create a 1-hour playground secret")
	b.sees("Created, and put into the field")
	made, err := evaluate[string](b, "document.getElementById('secret').value")
	if err != nil {
		b.t.Fatal(err)
	}
	b.app.Secret(made)
	b.click("button", "Get token")
	b.until("the answer", `document.getElementById('answer').innerText.includes('200')`)
	b.keepsNoSecret(made, shownToken(b))
	// A wrong secret is explained.
	b.mayRefuse("/oauth2/token", "/apps/auth")
	b.fill("Client secret", "gps_"+strings.Repeat("x", 40))
	b.click("button", "Get token")
	b.until("the refusal", `document.getElementById('answer').innerText.includes('401')`)
}

// usesTheReference executes a call in Swagger UI, authorized in each of the three ways.
func usesTheReference(b *tab, c testapp.Credentials) {
	b.t.Helper()
	execute := func() {
		b.t.Helper()
		b.click("button", "Execute")
		b.until("Swagger UI shows 200", `[...document.querySelectorAll('.live-responses-table .response-col_status')].some((e) => e.innerText.startsWith('200'))`)
		b.keepsNoSecret(c.ClientSecret)
	}
	open := func() {
		b.t.Helper()
		b.visit("about:blank")
		b.visit("/swagger-ui/index.html#/Me/getMe") // a deep link
		b.find("button", "Execute")
	}
	open()
	b.click("button", "Authorize as Warehouse")
	b.sees("Authorized as Warehouse")
	execute()

	open()
	b.click("button", "Authorize")
	b.fill("client_id:", c.ClientID)
	b.fill("client_secret:", c.ClientSecret)
	b.click("button", "Apply given OAuth2 credentials")
	b.find("button", "Remove authorization")
	b.click("button", "Close")
	execute()

	token := b.app.Token(b.t, c)
	open()
	b.click("button", "Authorize")
	b.fill("auth-bearer-value", token)
	b.click("button", "Apply credentials")
	b.find("button", "Remove authorization")
	b.click("button", "Close")
	execute()
	b.keepsNoSecret(token)
}

// readsTheDocs follows the quick start to the playground.
func readsTheDocs(b *tab, c testapp.Credentials) {
	b.t.Helper()
	b.visit("/dashboard")
	b.click("link", "Docs")
	b.at("/docs")
	b.sees("Quick start")
	b.visit("/docs/quickstart")
	b.sees(c.ClientID)
	for _, words := range []string{b.app.URL, "/apps/auth", "/oauth2/token", "/api/v1/me"} {
		b.until("the quick start has "+words, "document.querySelector('main').textContent.includes('"+words+"')")
	}
	links, err := evaluate[[]string](b, `[...document.querySelectorAll('main a[href^="/playground/"]')].map((a) => a.getAttribute('href'))`)
	if err != nil || len(links) == 0 {
		b.t.Fatalf("the quick start has the links %v to the playground, %v", links, err)
	}
	for _, link := range links {
		if !strings.Contains(link, "app="+c.ClientID) {
			b.t.Errorf("the quick start links to %s, without the reader's app", link)
		}
		b.visit(link)
		b.find("button", "Get token")
	}
	b.keepsNoSecret()
}

// revokesTheSecret ends the secret on its page; it stops working immediately.
func revokesTheSecret(b *tab, c testapp.Credentials) {
	b.t.Helper()
	if r := b.app.RequestToken(b.t, c); r.Status != http.StatusOK {
		b.t.Fatalf("POST /oauth2/token before the revocation = %d, want 200", r.Status)
	}
	b.visit("/apps/" + c.ClientID + "/secrets")
	b.click("link", "Revoke now secret "+c.ClientSecret[40:])
	b.sees("What stops when it is revoked")
	b.fill("Type the app's name, Warehouse, to revoke the secret", "Warehouse")
	b.click("button", "Revoke secret")
	b.at("/apps/" + c.ClientID + "/secrets")
	b.sees("revoked")
	if r := b.app.RequestToken(b.t, c); r.Status != http.StatusUnauthorized {
		b.t.Errorf("POST /oauth2/token after the revocation = %d, want 401", r.Status)
	}
	b.visit("/playground/client-credentials?app=" + c.ClientID)
	b.fill("Client secret", c.ClientSecret)
	b.click("button", "Get token")
	b.until("the refusal", `document.getElementById('answer').innerText.includes('401')`)
	b.do("sign out", chromedp.Navigate(b.app.URL+"/dashboard"))
	b.click("button", "Your menu, AV")
	b.click("button", "Sign out")
	b.at("/login")
}
