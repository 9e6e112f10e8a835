package flow

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// report has a credential revoked as somebody who has found it, and returns what the portal says.
func report(t *testing.T, app *testapp.App, credential string) string {
	t.Helper()
	r := app.PostForm(t, "/oauth2/revoke", url.Values{"access_token": {credential}})
	var answer struct {
		Success bool
		Message string
	}
	r.JSON(t, &answer)
	if r.Status != http.StatusOK || !answer.Success || strings.Contains(r.Body, credential) || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("report of a credential = %d %s, want 200 with success and without the credential", r.Status, r.Body)
	}
	return answer.Message
}

const notValid = "The token was not valid, or no longer."

// Somebody who has found a client secret in a public place can have it revoked: it ends with its tokens, the admins get
// a mail, and nothing else ends. An attacker without a whole secret achieves nothing.
func TestFoundSecretCanBeRevokedByWhoeverHoldsIt(t *testing.T) {
	t.Parallel()
	box := testapp.StartMailbox(t)
	app := testapp.New(t, testapp.WithMailbox(box))
	owner := app.Owner(t)
	leaked, other := owner.AddApp(t, "Warehouse", "read"), owner.AddApp(t, "Shop", "read")
	token, otherToken := app.Token(t, leaked), app.Token(t, other)

	last := leaked.ClientSecret[len(leaked.ClientSecret)-1]
	changed := leaked.ClientSecret[:10] + string('a'+(leaked.ClientSecret[10]+1)%26) + leaked.ClientSecret[11:]
	for what, madeUp := range map[string]string{
		"a changed secret": changed, "half a secret": leaked.ClientSecret[:30], "another end": leaked.ClientSecret[:43] + string('a'+(last+1)%26), "its client id": leaked.ClientID,
	} {
		if got := report(t, app, madeUp); got != notValid {
			t.Errorf("report of %s: %q, want %q", what, got, notValid)
		}
	}
	// RFC 7009's form stays the authenticated client's own.
	byOther := other.With()
	byOther.Set("token", leaked.ClientSecret)
	testapp.WantStatus(t, "RFC 7009 by another client", app.PostForm(t, "/oauth2/revoke", byOther), http.StatusOK)
	testapp.WantStatus(t, "RFC 7009 by nobody", app.PostForm(t, "/oauth2/revoke", url.Values{"token": {leaked.ClientSecret}}), http.StatusUnauthorized)
	testapp.WantStatus(t, "the secret until it is reported", app.RequestToken(t, leaked), http.StatusOK)

	if got := report(t, app, leaked.ClientSecret); got != "The client secret and every token issued for it are revoked." {
		t.Errorf("report of a live secret: %q, want that it was revoked", got)
	}
	testapp.WantStatus(t, "the reported secret", app.RequestToken(t, leaked), http.StatusUnauthorized)
	if status := app.Me(t, token); status != http.StatusUnauthorized {
		t.Errorf("GET /api/v1/me with a token of the reported secret = %d, want 401", status)
	}
	testapp.WantStatus(t, "another app's secret", app.RequestToken(t, other), http.StatusOK)
	if status := app.Me(t, otherToken); status != http.StatusOK {
		t.Errorf("GET /api/v1/me with another app's token = %d, want 200", status)
	}
	if got := report(t, app, leaked.ClientSecret); got != notValid {
		t.Errorf("report of a revoked secret: %q, want %q", got, notValid)
	}
	hint := leaked.ClientSecret[len(leaked.ClientSecret)-4:]
	opens(t, owner, wantMail(t, app, box, post{owner.Email, "A credential of Warehouse was reported and revoked",
		[]string{"The client secret …" + hint + " of Warehouse was reported by somebody who held it", "from 127.0.0.1"}, "/apps/" + leaked.ClientID + "/secrets"}))
	testapp.WantWords(t, "the audit log", owner.Get(t, "/team/audit").Body, "somebody who held it", "reported, and so revoked, a credential of")
}

// The same for every other kind of credential that the portal hands out whole.
func TestFoundCredentialOfAnyKindCanBeRevoked(t *testing.T) {
	t.Parallel()
	box := testapp.StartMailbox(t)
	app := testapp.New(t, testapp.WithMailbox(box))
	owner := app.Owner(t)
	site, camera := owner.AddClient(t, "Site", "web"), owner.AddClient(t, "Camera", "native")
	verifier, challenge := testapp.Verifier()
	redeem := func(code string) int {
		return app.TokenRequest(t, site, "grant_type", "authorization_code", "code", code, "redirect_uri", testapp.Redirect, "code_verifier", verifier).Status
	}
	var device struct {
		DeviceCode string `json:"device_code"`
	}
	app.PostForm(t, "/oauth2/device_authorization", camera.With()).JSON(t, &device)
	tokens, more := owner.Authorize(t, site), owner.Authorize(t, site)
	page := owner.Get(t, "/team/rotation").Body
	feed := app.Secret("gpf_" + between(t, owner.Post(t, "/account/calendars/"+between(t, page, `action="/account/calendars/`, `"`), nil).Body, app.URL+"/calendar/gpf_", "<"))
	owner.Post(t, "/team/invitations", url.Values{"email": {"ana@example.com"}, "role": {"developer"}})
	invitation := wantMail(t, app, box, post{"ana@example.com", "You're invited", nil, "/activate/gpi_"})
	app.Visitor(t).Post(t, "/forgot", url.Values{"email": {owner.Email}})
	reset := wantMail(t, app, box, post{owner.Email, "Reset your password", nil, "/reset/gpw_"})
	owner.Post(t, "/account/email", url.Values{"current_password": {testapp.Password}, "email": {"new@example.com"}})
	confirm := wantMail(t, app, box, post{"new@example.com", "Confirm your new email", nil, "/email/gpe_"})
	personal := owner.AddToken(t, "CI", "read")
	get := func(path string) func() bool {
		return func() bool { return app.Do(t, app.Request(t, http.MethodGet, path, "")).Status == http.StatusOK }
	}
	me := func(token string) func() bool { return func() bool { return app.Me(t, token) == http.StatusOK } }
	code := owner.Code(t, testapp.AuthorizePath(site, challenge))
	for _, c := range []struct {
		what, credential string
		works            func() bool // asked after the report, for what is used once
		mailOf, path     string      // whose credential the mail says it was; empty: no mail of its own
	}{
		{"an authorization code", code, func() bool { return redeem(code) == http.StatusOK }, "Site", "/apps/" + site.ClientID + "/activity"},
		{"a refresh token", tokens.RefreshToken, me(tokens.AccessToken), "", ""},
		{"an access token", more.AccessToken, me(more.AccessToken), "", ""},
		{"a device code", device.DeviceCode, func() bool {
			r := app.TokenRequest(t, camera, "grant_type", "urn:ietf:params:oauth:grant-type:device_code", "device_code", device.DeviceCode)
			return !strings.Contains(r.Body, "access_denied")
		}, "Camera", "/apps/" + camera.ClientID + "/activity"},
		{"a personal token", personal, me(personal), owner.Name, "/account/tokens"},
		{"a calendar address", feed, get("/calendar/" + feed), owner.Name, "/team/rotation"},
		{"an invitation", invitation[len("/activate/"):], get(invitation), "First team", "/team/members"},
		{"a reset link", reset[len("/reset/"):], get(reset), owner.Name, "/account/security"},
		{"an email link", confirm[len("/email/"):], get(confirm), owner.Name, "/account/email"},
	} {
		if got := report(t, app, c.credential); got == notValid || !strings.Contains(got, "revoked") {
			t.Errorf("report of %s: %q, want that it was revoked", c.what, got)
		}
		if c.works() {
			t.Errorf("%s works after it was reported", c.what)
		}
		if c.mailOf != "" {
			wantMail(t, app, box, post{owner.Email, "A credential of " + c.mailOf + " was reported and revoked", []string{"somebody who held it"}, c.path})
		}
	}
	if unseen := box.Unseen(); slices.ContainsFunc(unseen, func(s string) bool { return strings.Contains(s, "reported") }) {
		t.Errorf("mails %q, want one mail per report, and one a day about an app's tokens", unseen)
	}
}
