package flow

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// ACC-27, ASVS 6.2.8 and 6.2.9: a long password of any characters is checked as it was typed: nothing is cut,
// trimmed or folded. Only how a keyboard composes an accent doesn't matter (SP 800-63B section 3.1.1.2).
func TestPasswordIsTakenExactlyAsTyped(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	exact := " Zwölf Réiher €😀 stehen <am> \"Ufer\" & schweigen, bis der Morgen kommt 41 "
	app.Secret(exact)
	r := owner.Post(t, "/account/security", testapp.Form("current_password", testapp.Password, "new_password", exact))
	testapp.WantRedirect(t, "POST /account/security", r, "/account/security")
	for what, other := range map[string]string{
		"without its spaces": strings.TrimSpace(exact), "in lower case": strings.ToLower(exact), "cut after 72 bytes": exact[:72],
		"without accents": strings.Replace(exact, "ö", "o", 1), "without its last character": exact[:len(exact)-1], "with one more": exact + "x",
	} {
		app.Secret(other)
		r := app.Visitor(t).Post(t, "/login", testapp.Form("email", owner.Email, "password", other))
		testapp.WantStatus(t, "POST /login with the password "+what, r, http.StatusUnauthorized)
	}
	owner.SignIn(t, exact)
	owner.SignIn(t, app.Secret(strings.Replace(exact, "ö", "o\u0308", 1)))
}

// ACC-29, ASVS 6.2.10: nobody is asked to change a password because it is old.
func TestOldPasswordStaysGood(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	app.Exec(t, "UPDATE people SET created_at = 1, password_changed_at = 1")
	again := owner.Again(t)
	testapp.WantStatus(t, "GET /dashboard with a password of 1970", again.Get(t, "/dashboard"), http.StatusOK)
	testapp.WantStatus(t, "GET /owner/settings with a password of 1970", again.Get(t, "/owner/settings"), http.StatusOK)
}

// ACC-34, ASVS 6.4.6: owners can start a reset for somebody, but neither choose nor learn the password.
func TestOwnerCannotChooseSomebodysPassword(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	dev := app.Member(t, "First team", "developer")
	id := owner.MemberID(t, dev.Name)
	chosen := app.Secret("chosen by the owner 99")
	token := owner.AddToken(t, "admin", "portal:read", "portal:write")
	fields := `{"password":"` + chosen + `","new_password":"` + chosen + `"}`
	app.Do(t, app.Request(t, http.MethodPatch, "/api/v1/people/"+id, fields, append(testapp.Bearer(token), "Content-Type", "application/json")...))
	for _, path := range []string{"/owner/people/" + id + "/enable", "/owner/people/" + id + "/owner", "/account/security"} {
		owner.Post(t, path, testapp.Form("id", id, "person", id, "email", dev.Email, "owner", "no", "password", chosen, "new_password", chosen))
	}
	r := app.Visitor(t).Post(t, "/login", testapp.Form("email", dev.Email, "password", chosen))
	testapp.WantStatus(t, "POST /login with the password that the owner chose", r, http.StatusUnauthorized)
	dev.SignIn(t, testapp.Password)

	link := regexp.MustCompile(`/reset/gpw_[A-Za-z0-9]+`).FindString(app.Run(t, "", "user", "reset-link", dev.Email))
	if link == "" {
		t.Fatal("gatepost user reset-link prints no link")
	}
	app.Secret(link)
	page := app.Visitor(t).Get(t, link)
	testapp.WantWords(t, "the link's page", page.Body, `name="password"`)
	if strings.Contains(page.Body, testapp.Password) {
		t.Error("the link's page shows the password")
	}
}
