package flow

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// What a person allows is listed under their account, and ends there.
func TestAuthorizationsOfAPerson(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	c := app.AddClient(t, "First team", "Door cam", "web")
	viewer := app.Member(t, "First team", "viewer")
	mine, theirs := viewer.Authorize(t, c), owner.Authorize(t, c)
	page := viewer.Get(t, "/account/authorizations").Body
	for _, want := range []string{"Door cam", "First team", "Read your team"} {
		if !strings.Contains(page, want) {
			t.Errorf("GET /account/authorizations lacks %q", want)
		}
	}
	revoke := regexp.MustCompile(`/account/authorizations/[^/"]+/revoke`).FindString(page)
	testapp.WantStatus(t, "GET revoke", viewer.Get(t, revoke), http.StatusOK)
	testapp.WantStatus(t, "GET revoke by another person", owner.Get(t, revoke), http.StatusNotFound)
	testapp.WantStatus(t, "POST revoke by another person", owner.Post(t, revoke, url.Values{}), http.StatusNotFound)
	testapp.WantRedirect(t, "POST revoke", viewer.Post(t, revoke, url.Values{}), "/account/authorizations")
	if got := app.Me(t, mine.AccessToken); got != http.StatusUnauthorized {
		t.Errorf("GET /api/v1/me after the revocation = %d, want 401", got)
	}
	testapp.WantStatus(t, "refresh after the revocation", app.TokenRequest(t, c, "grant_type", "refresh_token", "refresh_token", mine.RefreshToken), http.StatusBadRequest)
	if got := app.Me(t, theirs.AccessToken); got != http.StatusOK {
		t.Errorf("GET /api/v1/me with another person's token = %d, want 200", got)
	}
	_, challenge := testapp.Verifier()
	if r := viewer.Get(t, testapp.AuthorizePath(c, challenge)); r.Status != http.StatusOK {
		t.Errorf("the next authorization request = %d, want the consent page again", r.Status)
	}
}

// The tokens tab: who, since when, by which secret; revoke one, revoke all.
func TestTokensOfAnApp(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	c := app.AddClient(t, "First team", "Door cam", "web", "--grant", "authorization_code", "--grant", "refresh_token", "--grant", "client_credentials")
	base := "/apps/" + c.ClientID
	own := app.Token(t, c)
	first := owner.Authorize(t, c)
	page := owner.Get(t, base+"/tokens").Body
	for _, want := range []string{"Mario Rossi", c.ClientSecret[40:], "refresh"} {
		if !strings.Contains(page, want) {
			t.Errorf("GET %s/tokens lacks %q", base, want)
		}
	}
	for _, secret := range []string{own, first.AccessToken, first.RefreshToken} {
		if strings.Contains(page, secret) {
			t.Errorf("GET %s/tokens shows a token", base)
		}
	}
	revoke := regexp.MustCompile(base+`/tokens/[^/"]+/revoke`).FindAllString(page, -1)
	if len(revoke) != 3 {
		t.Fatalf("the page offers to revoke %d tokens, want 3", len(revoke))
	}
	dev := app.Member(t, "First team", "developer")
	testapp.WantStatus(t, "GET tokens by another developer", dev.Get(t, base+"/tokens"), http.StatusOK)
	testapp.WantStatus(t, "POST revoke by another developer", dev.Post(t, revoke[0], url.Values{}), http.StatusForbidden)
	testapp.WantStatus(t, "GET revoke", owner.Get(t, revoke[0]), http.StatusOK)
	for _, path := range revoke[:2] { // the newest two: the family's
		owner.Post(t, path, url.Values{})
	}
	if got := app.Me(t, first.AccessToken); got != http.StatusUnauthorized {
		t.Errorf("GET /api/v1/me with a revoked token = %d, want 401", got)
	}
	testapp.WantStatus(t, "refresh of a revoked family", app.TokenRequest(t, c, "grant_type", "refresh_token", "refresh_token", first.RefreshToken), http.StatusBadRequest)

	second := owner.Authorize(t, c)
	testapp.WantStatus(t, "POST revoke-all without the name", owner.Post(t, base+"/tokens/revoke-all", testapp.Form("confirm_name", "door cam")), http.StatusUnprocessableEntity)
	testapp.WantRedirect(t, "POST revoke-all", owner.Post(t, base+"/tokens/revoke-all", testapp.Form("confirm_name", "Door cam")), base+"/tokens")
	for what, token := range map[string]string{"the app's own token": own, "a person's token": second.AccessToken} {
		if got := app.Me(t, token); got != http.StatusUnauthorized {
			t.Errorf("GET /api/v1/me with %s after the revocation of all = %d, want 401", what, got)
		}
	}
}

// When a secret is revoked, who does it chooses whether the tokens that it issued die too.
func TestRevokeSecretWithItsTokens(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	for name, want := range map[string]int{"keep": http.StatusOK, "revoke": http.StatusUnauthorized} {
		c := app.AddClient(t, "First team", name, "web")
		tokens := owner.Authorize(t, c)
		page := owner.Get(t, "/apps/"+c.ClientID+"/secrets").Body
		path := regexp.MustCompile(`/apps/[a-z0-9]{26}/secrets/[^/"]+/revoke`).FindString(page)
		if body := owner.Get(t, path).Body; !strings.Contains(body, `name="tokens"`) {
			t.Error("the page before the revocation does not ask about the tokens")
		}
		testapp.WantRedirect(t, "POST revoke", owner.Post(t, path, testapp.Form("confirm_name", name, "tokens", name)), "/apps/"+c.ClientID+"/secrets")
		if got := app.Me(t, tokens.AccessToken); got != want {
			t.Errorf("GET /api/v1/me after the revocation of its secret (%s) = %d, want %d", name, got, want)
		}
	}
}

// A redirect URI that is not registered: who may edit the app adds it from the page and goes on.
func TestAddARedirectURIFromThePageThatRefusedIt(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	c := app.AddClient(t, "First team", "Door cam", "web")
	_, challenge := testapp.Verifier()
	path := testapp.AuthorizePath(c, challenge, "redirect_uri", testapp.Redirect+"/")
	r := owner.Get(t, path)
	if r.Status != http.StatusBadRequest || r.Location != "" || !strings.Contains(r.Body, "/apps/"+c.ClientID+"/redirect-uris") {
		t.Fatalf("GET with another redirect = %d to %q, want a page that offers to add it", r.Status, r.Location)
	}
	stranger := app.Member(t, "First team", "viewer")
	if body := stranger.Get(t, path).Body; strings.Contains(body, "/redirect-uris") {
		t.Error("a viewer is offered to add the redirect URI")
	}
	add := testapp.Form("redirect_uri", testapp.Redirect+"/", "next", path)
	if r := stranger.Post(t, "/apps/"+c.ClientID+"/redirect-uris", add); r.Status != http.StatusForbidden && r.Status != http.StatusNotFound {
		t.Errorf("POST redirect-uris by a viewer = %d, want 403 or 404", r.Status)
	}
	evil := testapp.Form("redirect_uri", "http://evil.example/", "next", "//evil.example/")
	testapp.WantStatus(t, "POST of an http address", owner.Post(t, "/apps/"+c.ClientID+"/redirect-uris", evil), http.StatusUnprocessableEntity)
	testapp.WantMoveOn(t, "POST redirect-uris", owner.Post(t, "/apps/"+c.ClientID+"/redirect-uris", add), path)
	testapp.WantStatus(t, "GET after it was added", owner.Get(t, path), http.StatusOK)
	elsewhere := testapp.Form("redirect_uri", testapp.Redirect+"/2", "next", "//evil.example/")
	testapp.WantRedirect(t, "POST with a next elsewhere", owner.Post(t, "/apps/"+c.ClientID+"/redirect-uris", elsewhere), "/apps/"+c.ClientID)
}

// Web and native apps by the create form, and what their settings change for a client.
func TestKindsInTheForm(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	create := func(name, kind string, more ...string) *testapp.Answer {
		f := testapp.Form(append([]string{"name", name, "kind", kind, "scopes", "read", "secret_expires_at", "never", "once", owner.Get(t, "/apps/new").Once(t)}, more...)...)
		return owner.Post(t, "/apps", f)
	}
	testapp.WantStatus(t, "a web app without a redirect URI", create("Site", "web"), http.StatusUnprocessableEntity)
	r := create("Site", "web", "redirect_uris", "http://evil.example/\nhttps://client.example/callback")
	testapp.WantStatus(t, "a web app with an http redirect", r, http.StatusUnprocessableEntity)
	if !strings.Contains(r.Body, "https://client.example/callback") {
		t.Error("the redirect URIs did not come back")
	}
	r = create("Site", "web", "redirect_uris", testapp.Redirect, "access", "once")
	secret := plainSecret.FindString(r.Body)
	testapp.WantStatus(t, "a web app", r, http.StatusOK)
	id := regexp.MustCompile(`/apps/([a-z0-9]{26})`).FindStringSubmatch(r.Body)[1]
	site := testapp.Credentials{ClientID: id, ClientSecret: app.Secret(secret)}
	if tokens := owner.Authorize(t, site); tokens.RefreshToken != "" {
		t.Error("an app with one-time access got a refresh token")
	}
	settings := testapp.Form("name", "Site", "scopes", "read", "token_lifetime", "600", "redirect_uris", testapp.Redirect, "access", "unlimited", "auth_method", "client_secret")
	testapp.WantRedirect(t, "POST of the settings", owner.Post(t, "/apps/"+id, settings), "/apps/"+id)
	if tokens := owner.Authorize(t, site); tokens.RefreshToken == "" || tokens.ExpiresIn != 600 {
		t.Errorf("with unlimited access and 600 s came refresh token %t, %d s", tokens.RefreshToken != "", tokens.ExpiresIn)
	}

	r = create("Camera", "native", "redirect_uris", "com.example.camera:/done\n"+testapp.Redirect)
	if r.Status != http.StatusOK || plainSecret.MatchString(r.Body) {
		t.Fatalf("a native app = %d, shows a secret %t, want 200 and none", r.Status, plainSecret.MatchString(r.Body))
	}
	camera := testapp.Credentials{ClientID: regexp.MustCompile(`[a-z0-9]{26}`).FindString(regexp.MustCompile(`/apps/[a-z0-9]{26}`).FindString(r.Body))}
	if tokens := owner.Authorize(t, camera); tokens.RefreshToken == "" {
		t.Error("a native app with unlimited access got no refresh token")
	}
	page := owner.Get(t, "/apps/"+camera.ClientID).Body
	if strings.Contains(page, "/secrets") {
		t.Error("a native app's page leads to secrets")
	}
	testapp.WantStatus(t, "POST of a secret for a native app", owner.Post(t, "/apps/"+camera.ClientID+"/secrets", testapp.Form("label", "x", "expires_at", "never", "once", "z")), http.StatusConflict)
}

// An owner adds an API, whose tokens clients ask for by resource (RFC 8707).
func TestOwnersAPIs(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	c := owner.AddApp(t, "Warehouse", "read")
	ask := func() *testapp.Answer {
		return app.TokenRequest(t, c, "grant_type", "client_credentials", "resource", "https://api.example/")
	}
	testapp.WantStatus(t, "a token for an unknown API", ask(), http.StatusBadRequest)
	testapp.WantStatus(t, "POST of an audience that is none", owner.Post(t, "/owner/apis", testapp.Form("name", "Meters", "audience", "meters")), http.StatusUnprocessableEntity)
	testapp.WantRedirect(t, "POST /owner/apis", owner.Post(t, "/owner/apis", testapp.Form("name", "Meters", "audience", "https://api.example/")), "/owner/apis")
	testapp.WantStatus(t, "a token for an API that isn't open to the app", ask(), http.StatusBadRequest)
	page := apiPage.FindString(owner.Get(t, "/owner/apis").Body)
	open := func(apps string) *testapp.Answer {
		return owner.Post(t, page, testapp.Form("name", "Meters", "audience", "https://api.example/", "access", "apps", "apps", apps))
	}
	unknown := open(c.ClientID + "\nnothing")
	testapp.WantStatus(t, "POST of a client id that is none", unknown, http.StatusUnprocessableEntity)
	testapp.WantWords(t, "POST of a client id that is none", unknown.Body, "There is no app with the client id", c.ClientID)
	testapp.WantRedirect(t, "POST of the apps that it is open to", open(c.ClientID), page)
	testapp.WantWords(t, "the page of the API", owner.Get(t, page).Body, c.ClientID, "Warehouse", "of First team")
	testapp.WantWords(t, "the audit log", owner.Get(t, "/owner/audit").Body, "changed which apps may request tokens for the API", "for 1 app: Warehouse")
	tokens := app.Tokens(t, ask())
	if got := app.Me(t, tokens.AccessToken); got != http.StatusUnauthorized {
		t.Errorf("GET /api/v1/me with a token for another API = %d, want 401", got)
	}
	remove := regexp.MustCompile(`/owner/apis/[^/"]+/remove`).FindString(owner.Get(t, "/owner/apis").Body)
	dev := app.Member(t, "First team", "admin")
	testapp.WantStatus(t, "GET /owner/apis by an admin", dev.Get(t, "/owner/apis"), http.StatusForbidden)
	testapp.WantStatus(t, "POST remove by an admin", dev.Post(t, remove, url.Values{}), http.StatusForbidden)
	testapp.WantStatus(t, "GET remove", owner.Get(t, remove), http.StatusOK)
	testapp.WantRedirect(t, "POST remove", owner.Post(t, remove, url.Values{}), "/owner/apis")
	testapp.WantStatus(t, "a token for an API that was removed", ask(), http.StatusBadRequest)
}

var devicePage = regexp.MustCompile(`/team/devices/[0-9a-f-]{36}`)

// The consent says what the person's own access makes of a scope, and the token reaches no
// further, now or later.
func TestConsentAndTokenReachWhatTheirPersonMaySee(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	c := app.AddClient(t, "First team", "Door cam", "web")
	viewer := app.Member(t, "First team", "viewer")
	for _, name := range []string{"Bed", "Door", "Lamp"} {
		testapp.WantStatus(t, "POST /team/devices", owner.Post(t, "/team/devices", testapp.Form("unique_id", "SN-"+name, "display_name", name)), http.StatusSeeOther)
	}
	_, challenge := testapp.Verifier()
	if page := viewer.Get(t, testapp.AuthorizePath(c, challenge)).Body; !strings.Contains(page, "0 of 3 devices") {
		t.Error("the consent page of a viewer without grants lacks: 0 of 3 devices")
	}
	door := devicePage.FindAllString(owner.Get(t, "/team/devices").Body, -1)[1]
	page := owner.Get(t, door).Body
	who := regexp.MustCompile(`name="viewers"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="viewers"`).FindStringSubmatch(page)
	if who == nil {
		t.Fatalf("GET %s has no viewer to choose", door)
	}
	name := regexp.MustCompile(`name="display_name"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="display_name"`).FindStringSubmatch(page)
	share := func(viewers ...string) {
		f := testapp.Form("display_name", name[1]+name[2])
		f["viewers"] = viewers
		if r := owner.Post(t, door, f); r.Status != http.StatusSeeOther {
			t.Fatalf("POST %s = %d, want 303", door, r.Status)
		}
	}
	share(who[1] + who[2])
	if page := viewer.Get(t, testapp.AuthorizePath(c, challenge)).Body; !strings.Contains(page, "1 of 3 devices") {
		t.Error("the consent page of a viewer with one grant lacks: 1 of 3 devices")
	}
	seen := func(token string) int {
		var list struct{ Devices []struct{ GUID string } }
		app.Do(t, app.Request(t, http.MethodGet, "/api/v1/devices", "", testapp.Bearer(token)...)).JSON(t, &list)
		return len(list.Devices)
	}
	token, full := viewer.Authorize(t, c).AccessToken, owner.Authorize(t, c).AccessToken
	if mine, all := seen(token), seen(full); mine != 1 || all != 3 {
		t.Errorf("devices by the viewer's token = %d, by the owner's = %d, want 1, 3", mine, all)
	}
	share()
	if n := seen(token); n != 0 {
		t.Errorf("devices by the viewer's token after the grant was taken = %d, want 0", n)
	}
}
