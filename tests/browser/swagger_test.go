package browser

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"gatepost/tests/testapp"
)

// dialog fills in the part of Swagger UI's dialog that is about a flow, such as
// authorizationCode, and sends it; inBetween is what comes before it says that it has a token.
func (b *tab) dialog(flow string, c testapp.Credentials, inBetween func(send func())) {
	b.t.Helper()
	b.click("button", "Authorize")
	b.find("textbox", "client_id:")
	b.do("look at one part", chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('.auth-container').forEach((e) => {
		e.style.display = e.querySelector('#client_id_`+flow+`') ? '' : 'none';
	})`))
	b.fill("client_id:", c.ClientID)
	if c.ClientSecret != "" {
		b.fill("client_secret:", c.ClientSecret)
	}
	inBetween(func() { b.click("button", "Apply given OAuth2 credentials") })
	b.find("button", "Remove authorization")
	b.click("button", "Close")
}

// allow answers the window in which the portal asks for consent.
func (b *tab) allow(send func()) {
	b.t.Helper()
	window := b.opened(send)
	window.click("button", "Allow")
	b.front()
}

// reference opens Swagger UI.
func (b *tab) reference(path string) {
	b.t.Helper()
	b.visit("about:blank")
	b.visit(path)
	b.until("the operations", "document.querySelector('.opblock-summary-control') !== null")
}

func (b *tab) execute(operation string) {
	b.t.Helper()
	b.do("open the operation", chromedp.Evaluate[chromedp.Void](`document.querySelector('[id$=-`+operation+`] .opblock-summary-control').click()`))
	b.click("button", "Execute")
}

// Swagger UI asks a person for access with the code grant and PKCE, in a window of its own,
// and calls with the token that comes of it: for an app with a secret and for one without.
func TestSwaggerUIAuthorizesByCode(t *testing.T) {
	chrome := start(t)
	app := testapp.New(t)
	team := app.AddTeam(t, "Policlinico")
	person := app.Member(t, team.ID, "developer")
	b := open(t, chrome, app)
	b.signIn(person)
	for _, kind := range []string{"native", "web"} {
		c := app.AddClient(t, team.ID, "Reference "+kind, kind, "--redirect-uri", app.URL+"/swagger-ui/oauth2-redirect.html")
		b.reference("/swagger-ui/index.html")
		b.dialog("authorizationCode", c, b.allow)
		b.execute("listDevices")
		b.until("Swagger UI shows 200", `[...document.querySelectorAll('.live-responses-table .response-col_status')].some((e) => e.innerText.startsWith('200'))`)
		b.keepsNoSecret("gpc_", "gpr_")
	}
}

// The dialog comes back on the page of an API that an owner brought, and the token that it gives
// is for that API alone: by the code grant and by client credentials.
func TestSwaggerUIAuthorizesForAnotherAPI(t *testing.T) {
	const audience = "https://weather.example/"
	api, got := weather(t)
	chrome := start(t)
	app := testapp.New(t)
	owner := app.Owner(t)
	b := open(t, chrome, app)
	b.client = api.URL
	b.signIn(owner)
	b.bringAPI("Weather", audience, `{"openapi": "3.0.3", "info": {"title": "Weather", "version": "1"}, "servers": [{"url": "`+api.URL+`"}],
		"components": {"securitySchemes": {"sign-in": {"type": "oauth2", "flows": {
			"clientCredentials": {"tokenUrl": "`+app.URL+`/oauth2/token", "scopes": {"read": "Read"}},
			"authorizationCode": {"authorizationUrl": "`+app.URL+`/oauth2/auth", "tokenUrl": "`+app.URL+`/oauth2/token", "scopes": {"read": "Read"}}}}}},
		"security": [{"sign-in": []}],
		"paths": {"/now": {"get": {"operationId": "now", "responses": {"200": {"description": "Now"}}}}}}`)
	b.approve(api.URL, "Call them directly from the browser*")
	for flow, c := range map[string]testapp.Credentials{
		"authorizationCode": owner.AddClient(t, "Reference", "native", app.URL+"/swagger-ui/oauth2-redirect.html"),
		"clientCredentials": owner.AddApp(t, "Weather station", "read"),
	} {
		b.reference("/apis/weather")
		send := b.allow
		if flow == "clientCredentials" {
			send = func(send func()) { send() }
		}
		b.dialog(flow, c, send)
		b.at("/apis/weather")
		b.execute("now")
		b.sees("21 degrees")
		token := app.Secret(strings.TrimPrefix((<-got).Header.Get("Authorization"), "Bearer "))
		claims, err := base64.RawURLEncoding.DecodeString(strings.Split(token+"..", ".")[1])
		if err != nil || !strings.Contains(string(claims), `"aud":"`+audience+`"`) {
			t.Errorf("%s: the API got a token with the claims %s, %v, want one for %s alone", flow, claims, err, audience)
		}
		if status := app.Me(t, token); status != http.StatusUnauthorized {
			t.Errorf("%s: GET /api/v1/me by the token that the API got = %d, want 401", flow, status)
		}
		b.keepsNoSecret("gpc_", "gpr_")
	}
}
