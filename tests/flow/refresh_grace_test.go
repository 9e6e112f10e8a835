package flow

import (
	"net/http"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// The refresh grace of an app can be set where it is made and in its settings, and every change is
// recorded. A wrong one is refused by name.
func TestRefreshGraceIsASetting(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	var c struct {
		testapp.Credentials
		Grace int `json:"refresh_grace"`
	}
	team := testapp.One[string](t, app, "SELECT id FROM teams")
	app.RunJSON(t, &c, "app", "add", "--team", team, "--name", "Board", "--kind", "web", "--redirect-uri", testapp.Redirect, "--refresh-grace", "25")
	app.Secret(c.ClientSecret)
	if c.Grace != 25 {
		t.Errorf("gatepost app add --refresh-grace 25 prints %d", c.Grace)
	}
	page := owner.Get(t, "/apps/"+c.ClientID)
	if !strings.Contains(page.Body, `<option value="25" selected>25 seconds</option>`) {
		t.Errorf("the settings don't show the grace of 25 seconds")
	}
	save := func(grace string) *testapp.Answer {
		form := testapp.Form("name", "Board", "scopes", "read", "token_lifetime", "3600", "redirect_uris", testapp.Redirect, "access", "unlimited", "auth_method", "client_secret")
		if grace != "" {
			form.Set("refresh_grace", grace)
		}
		return owner.Post(t, "/apps/"+c.ClientID, form)
	}
	for _, wrong := range []string{"61", "-1", "1.5", "soon", "99999999999999999999"} {
		if r := save(wrong); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "Choose between 0 and 60 seconds.") {
			t.Errorf("a grace of %s = %d, want 422 that says what to choose", wrong, r.Status)
		}
	}
	for _, step := range []struct{ grace, want string }{{"", "25"}, {"60", "60"}, {"0", "0"}} {
		testapp.WantRedirect(t, "POST of the settings", save(step.grace), "/apps/"+c.ClientID)
		if got := testapp.One[string](t, app, "SELECT refresh_grace FROM apps WHERE client_id = '"+c.ClientID+"'"); got != step.want {
			t.Errorf("the grace after saving %q = %s, want %s", step.grace, got, step.want)
		}
	}
	audit := owner.Get(t, "/team/audit").Body
	for _, change := range []string{"refresh grace 1m0s, was 25s", "refresh grace 0s, was 1m0s"} {
		if !strings.Contains(audit, change) {
			t.Errorf("the audit log doesn't say %q", change)
		}
	}
}
