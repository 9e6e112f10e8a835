package flow

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// Property: no page, mail, log line, audit row or export ever contains a whole secret, token or password; the answer
// that reveals a new one, and the one-time link of its own mail, are all there is. (Of the log testapp sees to it: every value
// here goes through App.Secret.)
func TestNothingSecretIsShownAgain(t *testing.T) {
	t.Parallel()
	box := testapp.StartMailbox(t)
	app := testapp.New(t, testapp.WithMailbox(box))
	secrets := map[string]string{} // value to what it is
	keep := func(what, value string) string {
		t.Helper()
		if len(value) < 8 {
			t.Fatalf("%s = %q, want a whole value", what, value)
		}
		secrets[value] = what
		return app.Secret(value)
	}
	ownerLink := app.OwnerLink(t) // serve prints it, so the log may have it
	owner := app.Owner(t)
	keep("password", testapp.Password)
	keep("session", strings.SplitN(owner.Cookies(t)[0].Value, ".", 2)[1])

	// Invitation, reset, wrong and right passwords.
	owner.Post(t, "/team/invitations", url.Values{"email": {"ana@example.com"}, "role": {"admin"}})
	invitation := wantMail(t, app, box, post{"ana@example.com", "You're invited", nil, "/activate/gpi_"})
	ana := app.Activate(t, invitation, "Ana", "ana@example.com")
	keep("invitation", strings.TrimPrefix(invitation, "/activate/"))
	totp := ana.AddTOTP(t)
	for i, code := range totp.Codes {
		keep(fmt.Sprint("recovery code ", i), code)
	}
	app.Visitor(t).Post(t, "/forgot", url.Values{"email": {ana.Email}})
	reset := wantMail(t, app, box, post{ana.Email, "Reset your password", nil, "/reset/gpw_"})
	keep("reset link", strings.TrimPrefix(reset, "/reset/"))
	app.Visitor(t).Post(t, reset, url.Values{"password": {keep("password after the reset", "nine patient otters 27")}})
	app.Visitor(t).Post(t, "/login", url.Values{"email": {ana.Email}, "password": {keep("wrong password", "a guess of somebody 991")}})
	ana.OtherBrowser(t).FirstStep(t, "nine patient otters 27")

	// Secrets: made, rotated, refused, revoked; tokens of every kind.
	c := owner.AddApp(t, "Warehouse", "read")
	keep("client secret", c.ClientSecret)
	page := "/apps/" + c.ClientID + "/secrets"
	token := keep("access token", app.Token(t, c))
	form := url.Values{"keep_old": {"1h"}, "expires_at": {"never"}, "once": {owner.Get(t, page+"/rotate").Once(t)}}
	rotated := c
	rotated.ClientSecret = keep("rotated secret", anySecret.FindString(owner.Post(t, page+"/rotate", form).Body))
	if again := owner.Post(t, page+"/rotate", form); anySecret.MatchString(again.Body) {
		t.Error("the rotation's form shows a secret when it is sent a second time")
	}
	wrong := c
	wrong.ClientSecret = keep("wrong secret", c.ClientSecret[:len(c.ClientSecret)-6]+"zzzzzz")
	for _, refused := range []testapp.Credentials{wrong, {ClientID: c.ClientID, ClientSecret: c.ClientSecret + "\n"}} {
		if r := app.RequestToken(t, refused); r.Status < 400 || strings.Contains(r.Body, refused.ClientSecret) {
			t.Errorf("POST /oauth2/token with a wrong secret = %d %s, want a refusal without it", r.Status, r.Body)
		}
	}
	app.Run(t, "", "app", "revoke-secret", c.ClientID, c.ClientSecret[len(c.ClientSecret)-4:])
	app.RequestToken(t, c)
	app.Me(t, token)
	personal := owner.Post(t, "/account/tokens", url.Values{"name": {"laptop"}, "scopes": {"read"}, "expires": {"30d"}, "once": {owner.Get(t, "/account/tokens").Once(t)}})
	value := anySecret.FindString(personal.Body)
	if value == "" {
		t.Fatalf("POST /account/tokens = %d shows no token", personal.Status)
	}
	keep("personal token", value)
	client := owner.AddClient(t, "Native", "native")
	tokens := owner.Authorize(t, client)
	keep("access token of a person", tokens.AccessToken)
	keep("refresh token", tokens.RefreshToken)

	// Every page that is about them, the exports, and what the owner sees.
	for _, path := range []string{
		"/dashboard", "/account", "/account/security", "/account/sessions", "/account/tokens", "/account/authorizations", "/apps", "/apps/" + c.ClientID, page, page + "/rotate", page + "/prove",
		"/apps/" + c.ClientID + "/tokens", "/apps/" + c.ClientID + "/activity", "/apps/" + client.ClientID + "/tokens", "/team/members", "/team/audit", "/team/audit/export.csv", "/team/audit/export.jsonl",
		"/team/rotation", "/team/exposure", "/team/failures", "/team/settings", "/owner/audit", "/owner/audit/export.csv", "/owner/audit/export.jsonl", "/owner/mail", "/owner/people",
		"/owner/keys", "/owner/settings", "/playground/client-credentials?app=" + c.ClientID,
	} {
		r := owner.Get(t, path)
		if r.Status != http.StatusOK {
			t.Errorf("GET %s = %d, want 200", path, r.Status)
		}
		none(t, "GET "+path, r.Body, secrets, "")
	}
	testapp.Until(t, 30e9, "all mails are sent", func() bool { return strings.Contains(owner.Get(t, "/owner/mail").Body, "No queued emails") })
	for _, m := range box.All() {
		own := ""
		if link := anyAddress.FindString(m.Text); link != "" {
			own = link[strings.LastIndex(link, "/")+1:]
		}
		none(t, "the mail "+m.Subject, m.Text+m.HTML+m.Raw, secrets, own)
	}

	// The files: hashes and ciphertext only. A mail that was queued and sent left nothing either.
	app.Stop(t)
	for _, name := range []string{"", "-wal"} {
		data, err := os.ReadFile(app.DB + name)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		none(t, "the database file"+name, string(data), secrets, "")
		none(t, "the database file"+name, string(data), map[string]string{ownerLink[strings.LastIndex(ownerLink, "/")+1:]: "owner's link"}, "")
	}
	app.Start(t)
}

// none fails for each secret in a text, but the one that belongs there.
func none(t *testing.T, where, text string, secrets map[string]string, own string) {
	t.Helper()
	for value, what := range secrets {
		if value != own && strings.Contains(text, value) {
			t.Errorf("%s has the %s in it", where, what)
		}
	}
}
