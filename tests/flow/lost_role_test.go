package flow

import (
	"net/http"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// Somebody loses a role: the next page lists what they may no longer know, and rotates it with one button.
func TestLostRoleLeadsToTheSecretsToRotate(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	second := app.Member(t, "First team", "admin")
	second.AddApp(t, "Own app", "read")
	c := second.AddApp(t, "Payments", "read")
	app.Change(t, "UPDATE apps SET created_by = 'somebody' WHERE client_id = ?", c.ClientID)
	id := owner.MemberID(t, second.Name)
	testapp.WantWords(t, "the page of members", owner.Get(t, "/team/members").Body, `href="/team/exposure/`+id+`"`)
	list := "/team/exposure/" + id + "?lost=on"
	testapp.WantRedirect(t, "POST role", owner.Post(t, "/team/members/"+id+"/role", testapp.Form("role", "developer")), list)
	page := owner.Get(t, list).Body
	testapp.WantWords(t, "the page of a demoted admin", page, "Payments", "Start rotation of 1 secret", "may no longer know")
	if strings.Contains(page, "Own app") {
		t.Error("the page lists the secret of an app that a developer may manage")
	}
	testapp.WantRedirect(t, "POST rotate", owner.Post(t, "/team/exposure/"+id+"/rotate", testapp.Form("lost", "on", "keep_old", "0")), list)
	testapp.WantStatus(t, "the secret that they may no longer know", app.RequestToken(t, c), http.StatusUnauthorized)
	testapp.WantWords(t, "the page after that", owner.Get(t, list).Body, "knows no live secret that they shouldn")
	testapp.WantWords(t, "all that they know", owner.Get(t, "/team/exposure/"+id).Body, "Own app")
}

// A person is disabled: the owner's page lists the secrets that they could have seen in any team, and rotates
// them with one button.
func TestDisabledPersonsSecretsAreRotatedFromTheirPage(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	dev := app.Member(t, "First team", "developer")
	c := dev.AddApp(t, "Sync", "read")
	id := owner.MemberID(t, dev.Name)
	person := "/owner/people/" + id
	if strings.Contains(owner.Get(t, person).Body, "Secrets to rotate") {
		t.Error("the page of a developer lists the secrets that they may know")
	}
	testapp.WantRedirect(t, "POST disable", owner.Post(t, person+"/disable", testapp.Form("confirm_name", dev.Name)), person)
	testapp.WantWords(t, "a disabled person's page", owner.Get(t, person).Body, "Secrets to rotate", "Sync", "Start rotation of 1 secret", `name="lost"`, `name="all"`)
	list := "/team/exposure/" + id + "?all=on&lost=on"
	testapp.WantRedirect(t, "POST rotate", owner.Post(t, "/team/exposure/"+id+"/rotate", testapp.Form("all", "on", "lost", "on", "keep_old", "0")), list)
	testapp.WantStatus(t, "the secret that they knew", app.RequestToken(t, c), http.StatusUnauthorized)
	if strings.Contains(owner.Get(t, person).Body, "Secrets to rotate") {
		t.Error("the page still lists a revoked secret")
	}
}
