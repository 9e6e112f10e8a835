package browser

import (
	"context"
	"encoding/json"
	"regexp"
	"testing"

	"github.com/chromedp/cdproto/webauthn"

	"gatepost/tests/testapp"
)

// authenticator puts a device that keeps passkeys into the tab's browser; it verifies its user
// without asking.
func (b *tab) authenticator(of webauthn.AuthenticatorTransport) webauthn.AuthenticatorID {
	b.t.Helper()
	if _, err := call(b, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		b.t.Fatalf("WebAuthn.enable: %v", err)
	}
	made, err := call(b, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: of,
		HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
	if err != nil {
		b.t.Fatalf("WebAuthn.addVirtualAuthenticator: %v", err)
	}
	return made.AuthenticatorID
}

// addPasskey adds one on the security page, which asks for the password first.
func (b *tab) addPasskey(name string, code ...string) {
	b.t.Helper()
	b.visit("/account/security")
	b.click("button", "Add passkey")
	b.sees("Confirm it's you")
	b.fill("Password", testapp.Password)
	if len(code) > 0 { // of somebody who has a second factor
		b.fill("Code from your authenticator app", code[0])
	}
	b.click("button", "Confirm")
	b.fill("Passkey name", name)
	b.click("button", "Create passkey")
}

func (b *tab) signOut() {
	b.t.Helper()
	b.click("button", "Your menu,*")
	b.click("button", "Sign out")
	b.at("/login")
}

// ACC-13: a passkey is registered, signs in on its own, is the second factor, and proves who
// somebody is before a form that matters.
func TestPasskeys(t *testing.T) {
	chrome := start(t)
	app := testapp.New(t)
	owner := app.Owner(t)
	b := open(t, chrome, app)
	device := b.authenticator(webauthn.AuthenticatorTransportInternal)
	b.mayRefuse("/account/security/passkeys/begin", "/apps", "/login/passkey/finish")
	b.signIn(owner)

	b.addPasskey("Laptop")
	b.sees("Save your recovery codes")
	b.leave = true
	b.click("link", "I have saved them")
	b.sees("Laptop")

	// Sign in by it alone.
	b.signOut()
	b.visit("/login?next=/team/members%3Fx=1")
	b.click("button", "Sign in with a passkey")
	b.at("/team/members")
	b.visit("/account/sessions")
	b.sees("by passkey")

	// As the second factor after the password; the address keeps its fragment.
	b.signOut()
	b.visit("/login?next=/account%3Fy=2#place")
	b.fill("Email", owner.Email)
	b.fill("Password", testapp.Password)
	b.click("button", "Sign in")
	b.sees("Second factor")
	b.click("button", "Use a passkey")
	b.until("the page that was asked for", `location.pathname + location.search + location.hash === '/account?y=2#place'`)

	// Before a form that matters: what was typed is sent automatically.
	b.visit("/apps/new")
	b.fill("Name", "Ward dashboard")
	app.Stale(t)
	b.click("button", "Create app")
	b.sees("Confirm it's you")
	b.click("button", "Confirm with a passkey")
	b.sees("Save the secret of Ward dashboard")
	b.app.Secret(credentials(b).ClientSecret)
	b.leave = true

	// A device that does not verify its user is not enough.
	b.visit("/dashboard")
	b.signOut()
	if _, err := call(b, webauthn.SetResponseOverrideBits, webauthn.SetResponseOverrideBitsParams{AuthenticatorID: device, IsBadUV: new(true)}); err != nil {
		t.Fatal(err)
	}
	b.click("button", "Sign in with a passkey")
	b.sees("This passkey was not accepted")
	if _, err := call(b, webauthn.SetResponseOverrideBits, webauthn.SetResponseOverrideBitsParams{AuthenticatorID: device}); err != nil {
		t.Fatal(err)
	}

	// One whose counter went back may be a copy.
	app.Exec(t, `UPDATE passkeys SET credential = REPLACE(credential, '"signCount":', '"signCount":9')`)
	b.visit("/login")
	b.click("button", "Sign in with a passkey")
	b.sees("This passkey was not accepted")
	app.Exec(t, `UPDATE passkeys SET credential = REPLACE(credential, '"signCount":9', '"signCount":')`)
	b.visit("/login")
	b.click("button", "Sign in with a passkey")
	b.sees("Get started")

	// Removing it asks too; then the password is enough again.
	b.visit("/account/security")
	b.mayRefuse(regexp.MustCompile(`/account/security/passkeys/[^"]+/remove`).FindString(owner.Get(t, "/account/security").Body))
	b.click("button", "Remove passkey Laptop")
	b.sees("Confirm it's you")
	b.click("button", "Confirm with a passkey")
	b.sees("The passkey is removed")
	b.signOut()
	b.fill("Email", owner.Email)
	b.fill("Password", testapp.Password)
	b.click("button", "Sign in")
	b.sees("Get started")
}

// A passkey's answer, taken down, is good for nothing: its challenge was used up.
func TestPasskeyAnswerWorksOnce(t *testing.T) {
	chrome := start(t)
	app := testapp.New(t)
	owner := app.Owner(t)
	b := open(t, chrome, app)
	b.authenticator(webauthn.AuthenticatorTransportInternal)
	b.mayRefuse("/account/security/passkeys/begin", "/login/passkey/finish")
	b.signIn(owner)
	b.addPasskey("Laptop")
	b.sees("Save your recovery codes")
	b.leave = true
	b.visit("/account/security")
	b.signOut()
	// The script of the page, by hand, so that the answer can be sent twice.
	type sent struct{ First, Second string }
	got, err := evaluate[string](b, `(async () => {
		const { publicKey } = await (await fetch('/login/passkey/begin', { method: 'POST' })).json();
		const answer = JSON.stringify(await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) }));
		const send = async () => (await fetch('/login/passkey/finish', { method: 'POST', body: new URLSearchParams({ passkey: answer }), redirect: 'manual' })).type;
		const [first, second] = await Promise.all([send(), send()]);
		return JSON.stringify({ First: first, Second: second });
	})()`)
	if err != nil {
		t.Fatal(err)
	}
	var s sent
	if err := json.Unmarshal([]byte(got), &s); err != nil {
		t.Fatal(err)
	}
	if in := map[string]int{s.First: 1}; in["opaqueredirect"]+map[string]int{s.Second: 1}["opaqueredirect"] != 1 {
		t.Errorf("an answer that is sent twice at the same time = %v, want one redirect to the dashboard and one refusal", s)
	}
}

// partOfSecondFactors has the pages of two-factor sign-in.
func partOfSecondFactors(t *testing.T, chrome context.Context) {
	app := testapp.New(t)
	owner := app.Owner(t)
	b := open(t, chrome, app)
	b.authenticator(webauthn.AuthenticatorTransportInternal)
	b.mayRefuse("/account/security/passkeys/begin", "/account/security/totp", "/account/security/recovery", "/apps", "/confirm", "/login/second")
	b.signIn(owner)
	b.leave = true
	prove := func(b *tab) {
		b.fill("Password", testapp.Password)
		b.click("button", "Confirm")
	}
	b.look([]sight{
		{name: "security-none", path: "/account/security"},
		{name: "confirm-form", path: "/account/security", act: func(b *tab) {
			b.click("button", "Set up authenticator app")
			b.sees("Confirm it's you")
		}},
		{name: "totp-setup", path: "/account/security", act: func(b *tab) {
			b.click("button", "Set up authenticator app")
			prove(b)
			b.sees("Scan the code")
		}},
		{name: "passkey-new", path: "/account/security", act: func(b *tab) {
			b.click("button", "Add passkey")
			prove(b)
			b.sees("Create passkey")
		}},
		{name: "recovery-codes", path: "/account/security", act: func(b *tab) {
			b.click("button", "Add passkey")
			prove(b)
			b.click("button", "Create passkey")
			b.sees("Save your recovery codes")
		}},
	})
	app.Exec(t, "DELETE FROM passkeys") // the next factor is the first again
	app.Exec(t, "DELETE FROM recovery_codes")
	phone := owner.AddTOTP(t)
	b.authenticator(webauthn.AuthenticatorTransportUsb)
	b.addPasskey("Another one with a name that is rather long for a phone", phone.Codes[0])
	b.sees("The passkey is added")
	b.look([]sight{
		{name: "security-both", path: "/account/security"},
		{name: "confirm-page", path: "/confirm?next=/owner/settings"},
		{name: "confirm-wrong", path: "/confirm?next=/owner/settings", act: func(b *tab) {
			b.fill("Password", "a wrong password")
			b.click("button", "Confirm")
			b.sees("Not confirmed")
		}},
		{name: "team-settings-second-factor", path: "/team/settings"},
		{name: "owner-settings-second-factor", path: "/owner/settings"},
	})
	b.visit("/dashboard")
	b.signOut()
	signIn := func(b *tab) {
		b.fill("Email", owner.Email)
		b.fill("Password", testapp.Password)
		b.click("button", "Sign in")
		b.sees("Second factor")
	}
	b.look([]sight{
		{name: "login-passkey", path: "/login"},
		{name: "second-step", path: "/login", act: signIn},
		{name: "second-step-wrong", path: "/login", act: func(b *tab) {
			signIn(b)
			b.fill("Code", "000000")
			b.click("button", "Sign in")
			b.sees("Not signed in")
		}},
	})
}
