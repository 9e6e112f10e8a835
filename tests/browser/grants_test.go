package browser

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"gatepost/tests/testapp"
)

// partOfGrants has the pages of consent, of what apps may do, of API tokens and of keys.
func partOfGrants(t *testing.T, chrome context.Context) {
	app := testapp.New(t)
	owner := app.Owner(t)
	web := app.AddClient(t, "First team", "Ward dashboard with quite a long name", "web", "--scope", "liveview", "--redirect-uri", "https://client.example/a/rather/long/second/way/back?and=more")
	native := app.AddClient(t, "First team", "Ward camera", "native")
	_, challenge := testapp.Verifier()
	ask := func(more ...string) string { return testapp.AuthorizePath(web, challenge, more...) }

	b := open(t, chrome, app)
	b.signIn(owner)
	b.leave = true
	base := "/apps/" + web.ClientID
	b.mayRefuse("/oauth2/auth", "/device", "/account/tokens", "/apps", "/owner/apis", base, base+"/tokens/revoke-all")
	b.look([]sight{
		{name: "authorizations-empty", path: "/account/authorizations"},
		{name: "api-tokens-empty", path: "/account/tokens"},
		{name: "app-tokens-empty", path: base + "/tokens"},
		{name: "consent", path: ask(), words: "asks to act for you"},
		{name: "redirect-problem", path: ask("redirect_uri", testapp.Redirect+"/"), words: "Add this URI"},
		{name: "redirect-problem-far", path: ask("redirect_uri", "http://\u0441lient.example/ "), words: "It can't be added"},
		{name: "redirect-missing", path: ask("redirect_uri", ""), words: "No redirect URI was sent"},
		{name: "authorize-problem", path: ask("client_id", "nobody"), words: "can't be answered"},
		{name: "device-code", path: "/device"},
		{name: "device-code-wrong", path: "/device", act: func(b *tab) {
			b.fill("Code on the device", "BBBB-BBBB")
			b.click("button", "Continue")
			b.sees("No device is waiting")
		}},
	})

	b.visit(ask("redirect_uri", testapp.Redirect+"/"))
	b.click("button", "Add this URI")
	b.sees("asks to act for you")

	tokens := owner.Authorize(t, web, "scope", "read")
	if status := app.Me(t, tokens.AccessToken); status != http.StatusOK {
		t.Errorf("GET /api/v1/me = %d, want 200", status)
	}
	app.Tokens(t, app.TokenRequest(t, web, "grant_type", "refresh_token", "refresh_token", tokens.RefreshToken))
	code := func() string {
		var waiting struct {
			UserCode string `json:"user_code"`
		}
		app.PostForm(t, "/oauth2/device_authorization", url.Values{"client_id": {native.ClientID}}).JSON(t, &waiting)
		return waiting.UserCode
	}
	answer := func(button string) func(b *tab) {
		return func(b *tab) {
			b.fill("Code on the device", code())
			b.click("button", "Continue")
			b.sees("Your device shows this code")
			if button != "" {
				b.click("button", button)
				b.sees("You can close this page")
			}
		}
	}
	makeToken := func(b *tab) {
		b.fill("Name", "Backup script")
		b.click("button", "Create token")
		b.sees("I have saved it")
	}
	revoke := regexp.MustCompile(`/account/authorizations/[^/"]+/revoke`).FindString(owner.Get(t, "/account/authorizations").Body)
	token := regexp.MustCompile(base + `/tokens/[^/"]+/revoke`).FindString(owner.Get(t, base+"/tokens").Body)
	owner.Again(t)
	b.look([]sight{
		{name: "consent-grows", path: ask("scope", "read,write,liveview"), words: "asks for more"},
		{name: "consent-device", path: "/device", act: answer("")},
		{name: "device-allowed", path: "/device", act: answer("Allow")},
		{name: "device-denied", path: "/device", act: answer("Deny")},
		{name: "authorizations", path: "/account/authorizations", words: "live tokens"},
		{name: "authorization-revoke", path: revoke},
		{name: "app-web", path: base},
		{name: "app-web-refused", path: base, act: func(b *tab) {
			b.fill("Redirect URIs", "http://client.example/")
			b.click("radio", "Private key*")
			b.click("button", "Save settings")
			b.until("the summary", `document.querySelector('a[href="#f-redirect_uris"]') !== null`)
		}},
		{name: "app-tokens", path: base + "/tokens"},
		{name: "app-token-revoke", path: token},
		{name: "app-tokens-revoke", path: base + "/tokens/revoke-all"},
		{name: "app-tokens-revoke-refused", path: base + "/tokens/revoke-all", act: func(b *tab) {
			b.fill("Type the app's name*", "another")
			b.click("button", "Revoke *")
			b.sees("Nothing was changed")
		}},
		{name: "app-new-web", path: "/apps/new", act: func(b *tab) { b.click("radio", "Web*") }},
		{name: "app-created", path: "/apps/new", act: func(b *tab) {
			b.fill("Name", "Phone")
			b.click("radio", "Native*")
			b.fill("Redirect URIs", "com.example.phone:/callback")
			b.click("button", "Create app")
			b.sees("is ready")
		}},
		{name: "api-token-refused", path: "/account/tokens", act: func(b *tab) {
			b.fill("Name", " ")
			b.click("button", "Create token")
			b.until("the summary", `document.querySelector('a[href="#f-name"]') !== null`)
		}},
		{name: "api-token-reveal", path: "/account/tokens", act: func(b *tab) {
			makeToken(b)
			b.keepsNoSecret("gpp_")
			shown, err := evaluate[string](b, "document.querySelector('[data-secret]').value")
			if err != nil {
				b.t.Fatal(err)
			}
			b.app.Secret(shown)
		}},
		{name: "api-tokens", path: "/account/tokens", words: "Backup script"},
		{name: "sessions-two", path: "/account/sessions", words: "Also revoke the tokens of apps"},
		{name: "owner-keys", path: "/owner/keys"},
		{name: "owner-key-rotate", path: "/owner/keys/rotate"},
		{name: "owner-apis", path: "/owner/apis"},
		{name: "owner-api-added", path: "/owner/apis", act: func(b *tab) {
			b.fill("Name", "Recordings")
			b.fill("Audience", "https://recordings.example.com/v1")
			b.click("button", "Add API")
			b.sees("Remove API")
		}},
		{name: "owner-api-remove", path: "/owner/apis", act: func(b *tab) {
			b.click("link", "Remove API*")
			b.sees("What stops")
		}},
		{name: "owner-settings", path: "/owner/settings"},
	})
	b.visit("/owner/keys/rotate")
	b.click("button", "Rotate signing key")
	b.at("/owner/keys")
	b.look([]sight{{name: "owner-keys-next", path: "/owner/keys"}})

	b.visit("/account/tokens")
	b.click("link", "Revoke token*")
	b.click("button", "Revoke token")
	b.at("/account/tokens")
	b.sees("revoked")

	viewer := app.Member(t, "First team", "viewer")
	v := open(t, chrome, app)
	v.signIn(viewer)
	v.mayRefuse("/oauth2/auth")
	v.look([]sight{
		{name: "viewer-consent", path: ask(), words: "no device yet"},
		{name: "viewer-redirect-problem", path: ask("redirect_uri", testapp.Redirect+"s"), words: "can change its redirect URIs"},
		{name: "viewer-api-tokens", path: "/account/tokens"},
	})
}
