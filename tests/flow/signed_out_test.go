package flow

import (
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// A form that comes after its session has ended is kept through a wrong password and the second factor, and does what it
// was for once it is submitted: as whoever has signed in.
func TestFormIsKeptThroughTheWholeSignIn(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	phone := owner.AddTOTP(t)
	once := owner.Get(t, "/apps/new").Once(t)
	form := testapp.Form("name", "Kept \"app\" & <more>", "description", "Two\r\nlines.", "kind", "server", "scopes", "read", "secret_expires_at", "never", "once", once)
	app.Exec(t, "DELETE FROM sessions")

	asked := owner.Post(t, "/apps", form)
	testapp.WantStatus(t, "POST /apps without a session", asked, http.StatusUnauthorized)
	testapp.WantWords(t, "the sign-in page", asked.Body, "You were signed out", "Your input is saved")
	wrong := owner.Post(t, "/login", with(hidden(t, asked.Body), "email", owner.Email, "password", "not the password"))
	testapp.WantStatus(t, "a wrong password", wrong, http.StatusUnauthorized)
	second := owner.Post(t, "/login", with(hidden(t, wrong.Body), "email", owner.Email, "password", testapp.Password))
	testapp.WantWords(t, "the second step", second.Body, "Second factor")
	wrong = owner.Post(t, "/login/second", with(hidden(t, second.Body), "code", "000000"))
	testapp.WantStatus(t, "a wrong code", wrong, http.StatusUnauthorized)
	resume := owner.Post(t, "/login/second", with(hidden(t, wrong.Body), "code", phone.Code(t)))
	testapp.WantWords(t, "the page after signing in", resume.Body, "Submit your input", owner.Name, "Go back without submitting", `action="/apps"`)
	if n := testapp.One[int](t, app, "SELECT COUNT(*) FROM apps"); n != 0 {
		t.Fatalf("apps before anybody has submitted = %d, want none", n)
	}
	made := owner.Post(t, "/apps", hidden(t, resume.Body))
	testapp.WantStatus(t, "POST /apps", made, http.StatusOK)
	if got := testapp.One[string](t, app, "SELECT name || '|' || description FROM apps"); got != "Kept \"app\" & <more>|Two\r\nlines." && got != "Kept \"app\" & <more>|Two\nlines." {
		t.Errorf("the app is %q, want what was typed", got)
	}
}

// The answer to a consent page whose session has ended, or was replaced by another, leads to the authorization request.
func TestConsentWithoutItsSessionIsAskedAgain(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	client := app.AddClient(t, "First team", "Ward dashboard", "native")
	_, challenge := testapp.Verifier()
	path := testapp.AuthorizePath(client, challenge)
	page := owner.Get(t, path)
	app.Exec(t, "DELETE FROM sessions")
	for _, answer := range []string{"allow", "deny"} {
		form := with(hidden(t, page.Body), "answer", answer)
		r := owner.Post(t, "/oauth2/consent", form)
		testapp.WantRedirect(t, answer+" without a session", r, "/login?next="+url.QueryEscape(path))
	}
	testapp.WantMoveOn(t, "POST /login", owner.Post(t, "/login", testapp.Form("email", owner.Email, "password", testapp.Password, "next", path)), path)
	// Meanwhile signed in again in another tab.
	late := owner.Post(t, "/oauth2/consent", with(hidden(t, page.Body), "answer", "allow"))
	testapp.WantStatus(t, "an answer from the session before", late, http.StatusConflict)
	testapp.WantWords(t, "its page", late.Body, "Start again", `href="`+html.EscapeString(path)+`"`)
	evil := owner.Post(t, "/oauth2/consent", with(hidden(t, page.Body), "answer", "allow", "from", "//evil.example/oauth2/auth"))
	if strings.Contains(evil.Body, "evil.example") {
		t.Error("the page leads to another site")
	}
	if owner.Code(t, path) == "" {
		t.Error("the request gives no code afterwards")
	}

	// A device's consent leads back to its code.
	start := app.PostForm(t, "/oauth2/device_authorization", testapp.Form("client_id", client.ClientID))
	var device struct {
		UserCode string `json:"user_code"`
	}
	testapp.WantStatus(t, "POST /oauth2/device_authorization", start, http.StatusOK)
	start.JSON(t, &device)
	page = owner.Post(t, "/device", testapp.Form("user_code", device.UserCode))
	app.Exec(t, "DELETE FROM sessions")
	r := owner.Post(t, "/oauth2/consent", with(hidden(t, page.Body), "answer", "allow"))
	testapp.WantRedirect(t, "a device's consent without a session", r, "/login?next="+url.QueryEscape("/device?user_code="+url.QueryEscape(device.UserCode)))
}

// with is a form with other values.
func with(form url.Values, pairs ...string) url.Values {
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}
