package flow

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

var link = regexp.MustCompile(`http://\S+/(activate|reset)/gp[a-z]_[A-Za-z0-9]+`)

// A mail scanner opens links: only the form with the new password uses one up (ACC-04).
func TestInvitationByMail(t *testing.T) {
	t.Parallel()
	box := testapp.StartMailbox(t)
	app := testapp.New(t, testapp.WithMailbox(box))
	owner := app.Owner(t)
	r := owner.Post(t, "/team/invitations", url.Values{"email": {"Ana@Example.com"}, "role": {"developer"}})
	testapp.WantRedirect(t, "POST /team/invitations", r, "/team/members")
	if page := owner.Get(t, "/team/members"); !strings.Contains(page.Body, "ana@example.com") || link.MatchString(page.Body) {
		t.Error("the page of members does not list the invitation, or shows its link")
	}
	mail := box.Next(t, "ana@example.com")
	if !strings.Contains(mail.Text, owner.Name) || !strings.Contains(mail.Text, "works once and expires") {
		t.Errorf("the mail does not say who invites and until when:\n%s", mail.Text)
	}
	full := link.FindString(mail.Text)
	if full == "" || !strings.Contains(mail.HTML, full) {
		t.Fatalf("the parts of the mail do not have one link:\n%s\n%s", mail.Text, mail.HTML)
	}
	app.Secret(full[strings.LastIndex(full, "/")+1:])
	path := strings.TrimPrefix(full, app.URL)

	scanner := app.Visitor(t)
	for range 3 {
		testapp.WantStatus(t, "GET of the link", scanner.Get(t, path), http.StatusOK)
		testapp.WantStatus(t, "HEAD of the link", scanner.Do(t, app.Request(t, http.MethodHead, path, "")), http.StatusOK)
	}
	weak := scanner.Post(t, path, url.Values{"name": {"Ana Verdi"}, "password": {"short"}})
	testapp.WantStatus(t, "POST with a short password", weak, http.StatusUnprocessableEntity)
	if !strings.Contains(weak.Body, `value="Ana Verdi"`) || strings.Contains(weak.Body, "short\"") {
		t.Error("the form that came back lost the name, or has the password")
	}

	ana := app.Activate(t, path, "Ana Verdi", "ana@example.com")
	if page := ana.Get(t, "/dashboard"); page.Status != http.StatusOK || !strings.Contains(page.Body, "AV") {
		t.Errorf("GET /dashboard after the activation = %d, want 200 with the initials AV", page.Status)
	}
	for what, r := range map[string]*testapp.Answer{
		"GET of a used link":  scanner.Get(t, path),
		"POST of a used link": scanner.Post(t, path, url.Values{"name": {"Eve"}, "password": {testapp.Password}}),
	} {
		testapp.WantStatus(t, what, r, http.StatusGone)
		if !strings.Contains(r.Body, "new") {
			t.Errorf("%s: the page does not say to ask for a new one", what)
		}
	}
	ana.Again(t) // signs in with the password
}

func TestInvitationLinkIsResentCancelledAndExpires(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	first := owner.Invite(t, "ana@example.com", "developer")
	page := owner.Get(t, "/team/members").Body
	resend := regexp.MustCompile(`/team/invitations/[^/"]+/resend`).FindString(page)
	r := owner.Post(t, resend, url.Values{})
	second := regexp.MustCompile(`/activate/gpi_[A-Za-z0-9]+`).FindString(r.Body)
	if resend == "" || second == "" || second == first {
		t.Fatalf("POST %q = %d, want a page with another link", resend, r.Status)
	}
	stranger := app.Visitor(t)
	testapp.WantStatus(t, "GET of the link before the resent one", stranger.Get(t, first), http.StatusGone)
	testapp.WantStatus(t, "GET of the resent link", stranger.Get(t, second), http.StatusOK)
	if page := owner.Get(t, "/team/members").Body; strings.Contains(page, second) {
		t.Error("the link is shown a second time")
	}
	cancel := regexp.MustCompile(`/team/invitations/[^/"]+/cancel`).FindString(owner.Get(t, "/team/members").Body)
	testapp.WantRedirect(t, "POST "+cancel, owner.Post(t, cancel, url.Values{}), "/team/members")
	testapp.WantStatus(t, "GET of a cancelled link", stranger.Get(t, second), http.StatusGone)
	testapp.WantStatus(t, "POST "+cancel+" again", owner.Post(t, cancel, url.Values{}), http.StatusGone)

	third := owner.Invite(t, "ana@example.com", "developer")
	app.Exec(t, "UPDATE links SET expires_at = 1 WHERE purpose = 'invitation' AND cancelled_at = 0")
	testapp.WantStatus(t, "GET of an expired link", stranger.Get(t, third), http.StatusGone)
	testapp.WantStatus(t, "POST of an expired link", stranger.Post(t, third, url.Values{"name": {"Ana"}, "password": {testapp.Password}}), http.StatusGone)
	if !strings.Contains(owner.Get(t, "/team/members").Body, "xpired") {
		t.Error("the page of members does not call the invitation expired")
	}
	testapp.WantStatus(t, "GET of a made-up link", stranger.Get(t, "/activate/gpi_"+strings.Repeat("a", 43)), http.StatusGone)
}

// ACC-05: nothing tells whether an address has an account.
func TestPasswordReset(t *testing.T) {
	t.Parallel()
	box := testapp.StartMailbox(t)
	app := testapp.New(t, testapp.WithMailbox(box))
	owner := app.Owner(t)
	stranger := app.Visitor(t)
	ask := func(email string) string {
		r := stranger.Post(t, "/forgot", url.Values{"email": {email}})
		testapp.WantStatus(t, "POST /forgot", r, http.StatusOK)
		return strings.ReplaceAll(r.Body, email, "ADDRESS")
	}
	if known, unknown := ask(owner.Email), ask("nobody@example.com"); known != unknown {
		t.Error("POST /forgot answers differently for an address without an account")
	}
	path := strings.TrimPrefix(link.FindString(box.Next(t, owner.Email).Text), app.URL)
	if !strings.HasPrefix(path, "/reset/") {
		t.Fatalf("the mail has the link %q, want one to /reset/", path)
	}
	const fresh = "nine patient otters 27"
	app.Secret(fresh)
	testapp.WantStatus(t, "GET of the link", stranger.Get(t, path), http.StatusOK)
	testapp.WantStatus(t, "POST with a short password", stranger.Post(t, path, url.Values{"password": {"short"}}), http.StatusUnprocessableEntity)
	testapp.WantStatus(t, "POST of the link", stranger.Post(t, path, url.Values{"password": {fresh}}), http.StatusOK)
	testapp.WantStatus(t, "POST of the link again", stranger.Post(t, path, url.Values{"password": {fresh}}), http.StatusGone)
	testapp.WantRedirect(t, "GET /dashboard in a session from before", owner.Get(t, "/dashboard"), "/login?next=%2Fdashboard")
	r := stranger.Post(t, "/login", url.Values{"email": {owner.Email}, "password": {testapp.Password}})
	testapp.WantStatus(t, "POST /login with the old password", r, http.StatusUnauthorized)
	owner.SignIn(t, fresh)
	if mail := box.Find(t, owner.Email, "password"); !strings.Contains(mail.Subject, "was reset with a link") {
		t.Errorf("the notice of the change has the subject %q", mail.Subject)
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	stranger := app.Visitor(t)
	sign := func(email, password string) string {
		r := stranger.Post(t, "/login", url.Values{"email": {email}, "password": {password}})
		testapp.WantStatus(t, "POST /login with "+email, r, http.StatusUnauthorized)
		return strings.ReplaceAll(r.Body, email, "ADDRESS")
	}
	if known, unknown := sign(owner.Email, "a wrong password"), sign("nobody@example.com", "a wrong password"); known != unknown {
		t.Error("POST /login answers differently for an address without an account")
	}
	// AUT-20: a sign-in leads to a page of this portal only.
	for next, want := range map[string]string{
		"/apps?x=1": "/apps?x=1", "//evil.example": "/dashboard", "https://evil.example": "/dashboard", `/\evil.example`: "/dashboard",
		"https:evil.example": "/dashboard", "/\t/evil.example": "/dashboard", "javascript:alert(1)": "/dashboard", "": "/dashboard", "/%2F/evil": "/dashboard",
		"///evil.example": "/dashboard", "/./\\evil.example": "/dashboard",
	} {
		visitor := app.Visitor(t)
		r := visitor.Post(t, "/login", url.Values{"email": {" MARIO@example.com "}, "password": {testapp.Password}, "next": {next}})
		testapp.WantRedirect(t, "POST /login with next "+next, r, want)
	}
	// ACC-07: a new session at sign-in, dead on the server after the sign-out.
	before := sessionOf(t, owner)
	owner.SignIn(t, testapp.Password)
	after := sessionOf(t, owner)
	if before.Value == after.Value {
		t.Error("the session's cookie is the same before and after a sign-in, want another")
	}
	testapp.WantRedirect(t, "POST /logout", owner.Post(t, "/logout", url.Values{}), "/login")
	for what, cookie := range map[string]*http.Cookie{"the one before the sign-in": before, "the one signed out": after} {
		req := app.Request(t, http.MethodGet, "/dashboard", "")
		req.AddCookie(cookie)
		testapp.WantRedirect(t, "GET /dashboard with "+what, app.Do(t, req), "/login?next=%2Fdashboard")
	}
}

// ACC-06: many wrong passwords are slowed down, and the right one is refused meanwhile.
func TestSignInIsThrottled(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	stranger := app.Visitor(t)
	for range 30 {
		r := stranger.Post(t, "/login", url.Values{"email": {owner.Email}, "password": {"a wrong password"}})
		if r.Status == http.StatusTooManyRequests {
			if r.Header.Get("Retry-After") == "" {
				t.Error("a 429 has no Retry-After")
			}
			r = stranger.Post(t, "/login", url.Values{"email": {owner.Email}, "password": {testapp.Password}})
			testapp.WantStatus(t, "POST /login with the right password while throttled", r, http.StatusTooManyRequests)
			testapp.WantStatus(t, "GET /dashboard of who is signed in", owner.Get(t, "/dashboard"), http.StatusOK)
			return
		}
	}
	t.Error("30 wrong passwords in a row were not slowed down")
}

// sessionOf gives the one session cookie that a browser has: next to it is the one by which a browser is known again.
func sessionOf(t *testing.T, p *testapp.Person) (session *http.Cookie) {
	t.Helper()
	for _, c := range p.Cookies(t) {
		if c.Name != "gatepost" {
			continue
		}
		if session != nil {
			t.Fatal("the browser has two session cookies, want one")
		}
		session = c
	}
	if session == nil {
		t.Fatal("the browser has no session cookie")
	}
	return session
}
