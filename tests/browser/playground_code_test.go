package browser

import (
	"net/url"
	"strings"
	"testing"
)

// A code by the real consent page, deny first, then what follows a token by one click each.
func TestPlaygroundAuthorizationCode(t *testing.T) {
	b, app, owner := newPlayground(t, start(t))
	c := app.AddClient(t, "First team", "Night watch", "web")
	b.playground("authorization-code", c, "&scope=read")
	b.click("button", "Add the playground's address")
	b.sees("The redirect URI is registered")
	if uri := app.URL + "/playground/callback"; !strings.Contains(owner.Get(t, "/apps/"+c.ClientID).Body, uri) {
		t.Errorf("the app's settings do not have %s", uri)
	}

	// Without a secret the code waits for one.
	b.mayRefuse("/oauth2/token", "/api/v1/me")
	early := b.opened(func() { b.click("link", "Open the consent page in a new tab") })
	early.click("button", "Allow")
	early.sees("The playground's tab has the answer")
	b.front()
	b.sees("Paste the client secret first, or create a playground secret.")
	if code := b.holds("code"); !strings.HasPrefix(code, "gpc_") {
		t.Fatalf("the page holds the code %.4s, want it to wait for the secret", code)
	}
	b.click("button", "Create a 1-hour playground secret")
	b.sees("Created, and put into the field")
	b.holds("client_secret")
	b.click("button", "Exchange code")
	b.answered("/oauth2/token", 200)
	b.holds("access_token")
	b.holds("refresh_token")
	b.keepsNothing()

	b.fill("Client secret", c.ClientSecret)
	denied := b.opened(func() { b.click("link", "Open the consent page in a new tab") })
	denied.click("button", "Deny")
	denied.at("/playground/callback")
	denied.sees("The playground's tab has the answer")
	b.front()
	b.sees("The person said no, so there is no token.")

	before := b.holds("state")
	consent := b.opened(func() { b.click("link", "Open the consent page in a new tab") })
	asked, err := evaluate[string](consent, "location.search")
	if err != nil {
		t.Fatal(err)
	}
	q, _ := url.ParseQuery(strings.TrimPrefix(asked, "?"))
	if q.Get("state") != before || q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 || q.Get("scope") != "read" {
		t.Errorf("the consent page was opened with %v, want state, challenge and scope of the page", q)
	}
	consent.sees("Night watch")
	consent.click("button", "Allow")
	consent.at("/playground/callback")
	consent.sees("The playground's tab has the answer")
	if at, _ := evaluate[string](consent, "location.href"); at != app.URL+"/playground/callback" {
		t.Errorf("the callback's address = %s, want nothing of the answer left in it", at)
	}
	consent.keepsNothing()

	b.front()
	b.answered("/oauth2/token", 200)
	b.until("the token is decoded", `document.getElementById('token-payload').innerText.includes('`+c.ClientID+`') && document.querySelector('#signature .ok') !== null`)
	token, refresh := b.holds("access_token"), b.holds("refresh_token")
	if !strings.HasPrefix(token, "eyJ") || !strings.HasPrefix(refresh, "gpr_") {
		t.Fatalf("the page holds the tokens %.4s and %.4s, want both", token, refresh)
	}
	if after := b.holds("state"); after == before || after == "" {
		t.Error("the state is still that of the last consent, want a new one")
	}
	b.keepsNothing()

	b.click("button", "Call GET /api/v1/me")
	b.answered("/api/v1/me", 200)
	b.until("the answer names the person", `document.getElementById('answer-body').innerText.includes('`+owner.Name+`')`)
	b.click("button", "Refresh token")
	b.answered("/oauth2/token", 200)
	b.until("the refresh token is the next one", `!['', '`+refresh+`'].includes(document.querySelector('[data-value=refresh_token]').value)`)
	b.holds("refresh_token")
	b.holds("access_token")
	b.click("button", "Revoke token")
	b.answered("/oauth2/revoke", 200)
	b.click("button", "Call GET /api/v1/me")
	b.answered("/api/v1/me", 401)
	b.keepsNothing()
}

// An answer with a state that no tab sent is refused, also when it comes with a good code.
func TestPlaygroundRefusesAForeignState(t *testing.T) {
	b, app, _ := newPlayground(t, start(t))
	c := app.AddClient(t, "First team", "Night watch", "native", "--redirect-uri", app.URL+"/playground/callback")
	b.playground("authorization-code", c, "")
	b.until("the page has a state", "document.querySelector('[data-value=state]').value !== ''")
	if seen, err := evaluate[bool](b, "document.getElementById('keep-secret').hidden"); err != nil || !seen {
		t.Errorf("an app without a secret has a field for one (%v)", err)
	}
	callback := b.opened(func() { b.click("link", "Open the consent page in a new tab") })
	callback.visit("/playground/callback?code=gpc_forged&state=forged&iss=" + url.QueryEscape(app.URL))
	callback.sees("Refused: no tab of the playground in this browser sent this state.")
	callback.keepsNothing()
	callback.visit("/playground/callback?code=gpc_forged&state=" + b.holds("state") + "&iss=https%3A%2F%2Fevil.example")
	b.sees("Refused: the answer's iss is not this portal.")
	callback.visit("/playground/callback")
	callback.sees("There is nothing here.")
	sent, err := evaluate[string](b, "document.getElementById('answer').dataset.state")
	if err != nil || sent != "empty" || b.holds("code") != "" {
		t.Errorf("after forged answers the answer's pane is %q, %v, want nothing sent and no code", sent, err)
	}
}
