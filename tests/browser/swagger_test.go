package browser

import (
	"testing"

	"github.com/chromedp/chromedp"

	"gatepost/tests/testapp"
)

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
		b.visit("about:blank")
		b.visit("/swagger-ui/index.html#/Devices/listDevices")
		b.find("button", "Execute")
		b.click("button", "Authorize")
		b.find("textbox", "client_id:")
		// The dialog has a part for each way; this one is about the code.
		b.do("look at one part", chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('.auth-container').forEach((e) => {
			e.style.display = e.querySelector('#client_id_authorizationCode') ? '' : 'none';
		})`))
		b.fill("client_id:", c.ClientID)
		if c.ClientSecret != "" {
			b.fill("client_secret:", c.ClientSecret)
		}
		window := b.opened(func() { b.click("button", "Apply given OAuth2 credentials") })
		window.click("button", "Allow")
		b.front()
		b.find("button", "Remove authorization")
		b.click("button", "Close")
		b.click("button", "Execute")
		b.until("Swagger UI shows 200", `[...document.querySelectorAll('.live-responses-table .response-col_status')].some((e) => e.innerText.startsWith('200'))`)
		b.keepsNoSecret("gpc_", "gpr_")
	}
}
