package flow

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

// ACC-12: what happens with an authenticator app, from setting it up to removing it.
func TestSecondFactor(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	app.Owner(t)
	dev := app.Member(t, "First team", "developer")

	// Setting it up asks for the password, though the person has just signed in.
	asked := dev.Post(t, "/account/security/totp", url.Values{})
	if asked.Status != http.StatusForbidden || strings.Contains(asked.Body, `name="setup"`) || !strings.Contains(asked.Body, `name="confirm_password"`) {
		t.Fatalf("POST /account/security/totp without the password = %d, want 403 and the question for it\n%s", asked.Status, asked.Body)
	}
	phone := dev.AddTOTP(t)

	// From now on the password is half the way.
	other := dev.OtherBrowser(t)
	other.FirstStep(t, testapp.Password)
	if r := other.Get(t, "/dashboard"); r.Status != http.StatusSeeOther || !strings.HasPrefix(r.Location, "/login?") {
		t.Errorf("GET /dashboard between the steps = %d to %q, want the way to /login", r.Status, r.Location)
	}
	form := other.Get(t, "/login/second")
	if form.Status != http.StatusOK || !strings.Contains(form.Body, `autocomplete="one-time-code"`) || strings.Contains(form.Body, dev.Email) {
		t.Errorf("GET /login/second = %d, want the form for a code, without the account's address", form.Status)
	}
	code := phone.Code(t)
	if r := other.Post(t, "/login/second", url.Values{"code": {code[:3] + " " + code[3:]}}); r.Status != http.StatusSeeOther || r.Location != "/dashboard" {
		t.Fatalf("POST /login/second with the right code = %d to %q, want 303 to /dashboard", r.Status, r.Location)
	}
	if !strings.Contains(other.Get(t, "/account/sessions").Body, "password and authenticator app") {
		t.Error("/account/sessions does not say how the person signed in")
	}

	// A code works once, also in another browser within its time.
	third := dev.OtherBrowser(t)
	third.FirstStep(t, testapp.Password)
	if r := third.Post(t, "/login/second", url.Values{"code": {code}}); r.Status != http.StatusUnauthorized {
		t.Errorf("POST /login/second with a code that was used = %d, want 401", r.Status)
	}

	// A recovery code works once, as people type it.
	typed := strings.ToUpper(strings.ReplaceAll(phone.Codes[0], "-", " "))
	if r := third.Post(t, "/login/second", url.Values{"recovery_code": {typed}}); r.Status != http.StatusSeeOther || r.Location != "/dashboard" {
		t.Errorf("POST /login/second with a recovery code = %d to %q, want 303 to /dashboard", r.Status, r.Location)
	}
	fourth := dev.OtherBrowser(t)
	fourth.FirstStep(t, testapp.Password)
	if r := fourth.Post(t, "/login/second", url.Values{"recovery_code": {phone.Codes[0]}}); r.Status != http.StatusUnauthorized {
		t.Errorf("POST /login/second with a recovery code that was used = %d, want 401", r.Status)
	}

	// New recovery codes end those from before.
	page := dev.Post(t, "/account/security/recovery", phone.Confirm(t))
	fresh := regexp.MustCompile(`[0-9a-z]{4}(?:-[0-9a-z]{4}){3}`).FindString(page.Body)
	if page.Status != http.StatusOK || fresh == "" || page.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("POST /account/security/recovery = %d, Cache-Control %q, want 200 with codes and no-store", page.Status, page.Header.Get("Cache-Control"))
	}
	app.Secret(fresh)
	if r := fourth.Post(t, "/login/second", url.Values{"recovery_code": {phone.Codes[1]}}); r.Status != http.StatusUnauthorized {
		t.Errorf("POST /login/second with a recovery code from before = %d, want 401", r.Status)
	}
	file := dev.Post(t, "/account/security/recovery/file", url.Values{"code": {fresh}})
	if file.Status != http.StatusOK || !strings.Contains(file.Body, fresh) || !strings.HasPrefix(file.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("POST /account/security/recovery/file = %d %q, want the code as a file", file.Status, file.Header.Get("Content-Disposition"))
	}

	// Removing it asks for the password and a code; after that the password is enough.
	for what, form := range map[string]url.Values{
		"a wrong password": {"confirm_password": {"not the password"}, "confirm_code": {fresh}}, "the password alone": {"confirm_password": {testapp.Password}},
		"a wrong code": {"confirm_password": {testapp.Password}, "confirm_code": {"000000"}},
	} {
		if r := dev.Post(t, "/account/security/totp/remove", form); r.Status != http.StatusForbidden || !strings.Contains(r.Body, `name="confirm_code"`) {
			t.Errorf("POST /account/security/totp/remove with %s = %d, want 403 and the question for a code", what, r.Status)
		}
	}
	if r := dev.Post(t, "/account/security/totp/remove", url.Values{"confirm_password": {testapp.Password}, "confirm_code": {fresh}}); r.Status != http.StatusSeeOther {
		t.Fatalf("POST /account/security/totp/remove = %d, want 303\n%s", r.Status, r.Body)
	}
	dev.OtherBrowser(t).SignIn(t, testapp.Password)
}

// ACC-12: a sign-in takes five codes; then it starts again, and the account slows down.
func TestSecondFactorIsThrottled(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	app.Owner(t)
	dev := app.Member(t, "First team", "developer")
	phone := dev.AddTOTP(t)
	guess := func(p *testapp.Person) *testapp.Answer {
		return p.Post(t, "/login/second", url.Values{"code": {"000000"}})
	}
	browser := dev.OtherBrowser(t)
	browser.FirstStep(t, testapp.Password)
	for try := 1; try <= 4; try++ {
		if r := guess(browser); r.Status != http.StatusUnauthorized {
			t.Fatalf("wrong code %d = %d, want 401", try, r.Status)
		}
	}
	if r := guess(browser); r.Status != http.StatusGone {
		t.Errorf("the fifth wrong code = %d, want 410: sign in again", r.Status)
	}
	if r := browser.Post(t, "/login/second", url.Values{"code": {phone.Code(t)}}); r.Status != http.StatusGone {
		t.Errorf("a right code after five wrong ones = %d, want 410", r.Status)
	}
	var slowed *testapp.Answer
	for range 3 {
		browser.FirstStep(t, testapp.Password)
		for range 4 {
			if r := guess(browser); r.Status == http.StatusTooManyRequests {
				slowed = r
			}
		}
	}
	if slowed == nil || slowed.Header.Get("Retry-After") == "" {
		t.Error("12 more wrong codes over several sign-ins: none was answered 429 with Retry-After")
	}
	app.Exec(t, "DELETE FROM sign_in_tries")
	browser.SignInWith(t, testapp.Password, phone)
}

// Many bring the same code at the same time: one comes in.
func TestOneCodeSignsInOnce(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	app.Owner(t)
	dev := app.Member(t, "First team", "developer")
	phone := dev.AddTOTP(t)
	const many = 6
	code := phone.Code(t)
	answers := make([]*testapp.Answer, many)
	var start, done sync.WaitGroup
	start.Add(1)
	for i := range many {
		browser := dev.OtherBrowser(t)
		browser.FirstStep(t, testapp.Password)
		done.Go(func() {
			start.Wait()
			answers[i] = browser.Post(t, "/login/second", url.Values{"code": {code}})
		})
	}
	start.Done()
	done.Wait()
	in := 0
	for _, r := range answers {
		if r.Status == http.StatusSeeOther {
			in++
		}
	}
	if in != 1 {
		t.Errorf("sign-ins with one code at the same time = %d, want 1", in)
	}
}

// ACC-12: a reset of the password is no way around the second factor.
func TestResetKeepsTheSecondFactor(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	app.Owner(t)
	dev := app.Member(t, "First team", "developer")
	phone := dev.AddTOTP(t)
	half := dev.OtherBrowser(t)
	half.FirstStep(t, testapp.Password)

	link := regexp.MustCompile(`/reset/\S+`).FindString(app.Run(t, "", "user", "reset-link", dev.Email))
	link = strings.Trim(link, `",`)
	if r := dev.OtherBrowser(t).Post(t, link, url.Values{"password": {"three other quiet otters"}}); r.Status != http.StatusOK {
		t.Fatalf("POST /reset = %d, want 200\n%s", r.Status, r.Body)
	}
	if r := half.Post(t, "/login/second", url.Values{"code": {phone.Code(t)}}); r.Status != http.StatusGone {
		t.Errorf("the second step of a sign-in with the password from before = %d, want 410", r.Status)
	}
	dev.OtherBrowser(t).SignInWith(t, "three other quiet otters", phone)
}

// A lost phone: an owner, or somebody at the shell, takes the second factor away.
func TestSecondFactorIsReset(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	dev := app.Member(t, "First team", "developer")
	dev.AddTOTP(t)
	id := regexp.MustCompile(`/owner/people/([a-z0-9]+)"><b>` + dev.Name + `<`).FindStringSubmatch(owner.Get(t, "/owner/people").Body)
	if id == nil {
		t.Fatalf("/owner/people has no link to %s\n%s", dev.Name, owner.Get(t, "/owner/people").Body)
	}
	path := "/owner/people/" + id[1] + "/reset-second-factor"
	if r := dev.Post(t, path, url.Values{"confirm_password": {testapp.Password}}); r.Status != http.StatusForbidden {
		t.Errorf("resetting by a developer = %d, want 403", r.Status)
	}
	if r := owner.Post(t, path, url.Values{}); r.Status != http.StatusForbidden {
		t.Errorf("resetting without the owner's password = %d, want 403", r.Status)
	}
	if r := owner.Post(t, path, url.Values{"confirm_password": {testapp.Password}}); r.Status != http.StatusSeeOther {
		t.Errorf("resetting by the owner = %d, want 303\n%s", r.Status, r.Body)
	}
	if r := dev.Get(t, "/dashboard"); r.Status != http.StatusSeeOther {
		t.Errorf("GET /dashboard with a session from before = %d, want the way to /login", r.Status)
	}
	dev.SignIn(t, testapp.Password)
	dev.AddTOTP(t)
	app.Run(t, "", "user", "reset-second-factor", dev.Email)
	dev.OtherBrowser(t).SignIn(t, testapp.Password)
}

// Mails tell a person what became of their second factors, and of a browser that is new.
func TestSecondFactorMails(t *testing.T) {
	t.Parallel()
	box := testapp.StartMailbox(t)
	app := testapp.New(t, testapp.WithMailbox(box))
	app.Owner(t) // the first sign-in ever sends none
	dev := app.Member(t, "First team", "developer")
	want := func(what string) { // mails of one moment come in no order
		t.Helper()
		box.Find(t, dev.Email, what)
	}
	phone := dev.AddTOTP(t)
	want("An authenticator app was set up")
	dev.SignInWith(t, testapp.Password, phone) // a browser that is known
	other := dev.OtherBrowser(t)
	other.SignInWith(t, testapp.Password, phone)
	want("New sign-in")
	other.Post(t, "/logout", url.Values{})
	other.FirstStep(t, testapp.Password)
	if r := other.Post(t, "/login/second", url.Values{"recovery_code": {phone.Codes[3]}}); r.Status != http.StatusSeeOther {
		t.Fatalf("POST /login/second = %d, want 303", r.Status)
	}
	want("A recovery code was used")
	page := other.Post(t, "/account/security/recovery", phone.Confirm(t))
	want("A recovery code was used")
	want("New recovery codes were made")
	fresh := regexp.MustCompile(`[0-9a-z]{4}(?:-[0-9a-z]{4}){3}`).FindString(page.Body)
	app.Secret(fresh)
	other.Post(t, "/account/security/totp/remove", url.Values{"confirm_password": {testapp.Password}, "confirm_code": {fresh}})
	want("A recovery code was used")
	want("The authenticator app was removed")
}

// The set-up of an app belongs to the session that began it, and ends.
func TestSetupIsOfItsSession(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	app.Owner(t)
	dev := app.Member(t, "First team", "developer")
	page := dev.Post(t, "/account/security/totp", url.Values{"confirm_password": {testapp.Password}})
	setup := regexp.MustCompile(`name="setup" value="([^"]+)"`).FindStringSubmatch(page.Body)
	if setup == nil {
		t.Fatalf("POST /account/security/totp = %d, want the page with the key", page.Status)
	}
	thief := dev.Again(t)
	if r := thief.Post(t, "/account/security/totp/confirm", url.Values{"setup": {setup[1]}, "code": {"123456"}}); r.Status != http.StatusGone || strings.Contains(r.Body, "<path") {
		t.Errorf("another session with the set-up = %d, want 410 without the key", r.Status)
	}
	if r := dev.Post(t, "/account/security/totp/confirm", url.Values{"setup": {setup[1]}, "code": {"123456"}}); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, setup[1]) {
		t.Errorf("a wrong code = %d, want 422 with the same set-up", r.Status)
	}
}

// A sign-in that is between its steps ends after ten minutes.
func TestSecondStepEnds(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	app.Owner(t)
	dev := app.Member(t, "First team", "developer")
	phone := dev.AddTOTP(t)
	browser := dev.OtherBrowser(t)
	browser.FirstStep(t, testapp.Password)
	app.Exec(t, "UPDATE sign_in_challenges SET expires_at = $1", time.Now().Add(-time.Second).Unix())
	if r := browser.Get(t, "/login/second"); r.Status != http.StatusSeeOther || r.Location != "/login" {
		t.Errorf("GET /login/second after its end = %d to %q, want 303 to /login", r.Status, r.Location)
	}
	if r := browser.Post(t, "/login/second", url.Values{"code": {phone.Code(t)}}); r.Status != http.StatusGone {
		t.Errorf("POST /login/second after its end = %d, want 410", r.Status)
	}
}
