package browser

import (
	"testing"

	"gatepost/tests/testapp"
)

// A session that ends while a page is open loses nothing: what was typed is submitted after signing in, and the answer to a
// consent page is asked for again.
func TestPageOutlivesItsSession(t *testing.T) {
	chrome := start(t)
	app := testapp.New(t)
	owner := app.Owner(t)
	b := open(t, chrome, app)
	b.mayRefuse("/apps", "/team/settings")
	signIn := func() {
		b.fill("Email", owner.Email)
		b.fill("Password", testapp.Password)
		b.click("button", "Sign in")
	}
	b.signIn(owner)
	b.visit("/apps/new")
	b.fill("Name", "Ward dashboard")
	b.fill("Description*", "Typed before the session ended")
	app.Exec(t, "DELETE FROM sessions")
	b.click("button", "Create app")
	b.sees("You were signed out")
	signIn()
	b.sees("Submit your input")
	b.shot("resume")
	b.click("button", "Submit")
	b.sees("Ward dashboard")
	if n := testapp.One[int](t, app, "SELECT COUNT(*) FROM apps WHERE description = 'Typed before the session ended'"); n != 1 {
		t.Errorf("apps with what was typed = %d, want 1", n)
	}

	b.click("link", "I have saved it")
	lose := func() {
		b.fill("Name", "Ward board")
		app.Exec(t, "DELETE FROM sessions")
		b.click("button", "Create app")
		b.sees("You were signed out")
	}
	b.look([]sight{{name: "signed-out", path: "/apps/new", act: func(*tab) { lose() }}})
	signIn()
	b.click("link", "Go back without submitting")
	b.sees("Create app")
	b.look([]sight{{name: "resume", path: "/apps/new", act: func(*tab) {
		lose()
		signIn()
		b.sees("Submit your input")
	}}})

	client := app.AddClient(t, "First team", "Ward reader", "native", "--redirect-uri", "com.example.reader:/done")
	_, challenge := testapp.Verifier()
	b.leave = true
	b.visit(testapp.AuthorizePath(client, challenge, "redirect_uri", "com.example.reader:/done"))
	b.sees("asks to act for you")
	app.Exec(t, "DELETE FROM sessions")
	b.click("button", "Deny")
	b.at("/login")
	signIn()
	b.sees("asks to act for you")
	b.look([]sight{{name: "onward", path: testapp.AuthorizePath(client, challenge, "redirect_uri", "com.example.reader:/done"), act: func(b *tab) {
		b.click("button", "Allow")
		b.sees("should open now")
	}}})
}
