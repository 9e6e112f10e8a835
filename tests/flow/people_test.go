package flow

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

var (
	confirmLink = regexp.MustCompile(`http://\S+(/email/gpe_[A-Za-z0-9]+)`)
)

// A role changes with the next click, a removal says what ends, asks for the name, and ends it.
func TestRoleAndRemoval(t *testing.T) {
	t.Parallel()
	box := testapp.StartMailbox(t)
	app := testapp.New(t, testapp.WithMailbox(box))
	owner := app.Owner(t)
	dev := app.Member(t, "First team", "developer")
	id := owner.MemberID(t, dev.Name)
	credentials := dev.AddApp(t, "Sync", "read")
	personal := dev.AddToken(t, "laptop", "read")
	if got := app.Me(t, personal); got != http.StatusOK {
		t.Fatalf("GET /api/v1/me by a personal token = %d, want 200", got)
	}

	testapp.WantStatus(t, "POST role by a developer", dev.Post(t, "/team/members/"+id+"/role", testapp.Form("role", "admin")), http.StatusForbidden)
	testapp.WantStatus(t, "POST a role that is none", owner.Post(t, "/team/members/"+id+"/role", testapp.Form("role", "king")), http.StatusUnprocessableEntity)
	testapp.WantRedirect(t, "POST role", owner.Post(t, "/team/members/"+id+"/role", testapp.Form("role", "viewer")), "/team/exposure/"+id+"?lost=on")
	if mail := box.Find(t, dev.Email, "viewer"); !strings.Contains(mail.Text, "from developer to viewer") || !strings.Contains(mail.Text, owner.Name) {
		t.Errorf("the mail of a changed role says\n%s", mail.Text)
	}
	testapp.WantStatus(t, "GET the page of members as a viewer", dev.Get(t, "/team/members"), http.StatusForbidden)
	testapp.WantRedirect(t, "POST role", owner.Post(t, "/team/members/"+id+"/role", testapp.Form("role", "developer")), "/team/members")

	remove := "/team/members/" + id + "/remove"
	page := owner.Get(t, remove)
	testapp.WantWords(t, "the page before a removal", page.Body, "1 app that they made stays with the team", "1 of their API tokens stops working", "confirm_name")
	testapp.WantStatus(t, "POST remove without the name", owner.Post(t, remove, testapp.Form("confirm_name", "somebody")), http.StatusUnprocessableEntity)
	testapp.WantStatus(t, "the person's page after that", dev.Get(t, "/apps"), http.StatusOK)
	testapp.WantRedirect(t, "POST remove", owner.Post(t, remove, testapp.Form("confirm_name", dev.Name)), "/team/exposure/"+id+"?lost=on")
	testapp.WantWords(t, "the page after a removal", owner.Get(t, "/team/exposure/"+id+"?lost=on").Body, "is removed from the team", "Sync", "Start rotation of 1 secret")
	if mail := box.Find(t, dev.Email, "removed"); !strings.Contains(mail.Text, "You were removed from the team First team") {
		t.Errorf("the mail to the removed person says\n%s", mail.Text)
	}
	if mail := box.Find(t, owner.Email, "A person was removed"); !strings.Contains(mail.Text, "/team/exposure/"+id) {
		t.Errorf("the mail to the admins does not lead to what the person could have seen:\n%s", mail.Text)
	}
	testapp.WantStatus(t, "an app of the team, to who was removed", dev.Get(t, "/apps/"+credentials.ClientID), http.StatusNotFound)
	if got := app.Me(t, personal); got != http.StatusUnauthorized {
		t.Errorf("GET /api/v1/me by the personal token of who is in no team = %d, want 401", got)
	}
	app.Token(t, credentials)
	testapp.WantStatus(t, "GET remove again", owner.Get(t, remove), http.StatusNotFound)
	testapp.WantStatus(t, "GET remove of the last admin", owner.Get(t, "/team/leave"), http.StatusOK)
	testapp.WantWords(t, "the last admin's page to leave", owner.Get(t, "/team/leave").Body, "last admin")
}

func TestLeavingATeam(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	app.Owner(t)
	dev := app.Member(t, "First team", "viewer")
	testapp.WantWords(t, "the page to leave", dev.Get(t, "/team/leave").Body, "You can no longer see anything of the team", "Type the team")
	testapp.WantStatus(t, "POST leave without the name", dev.Post(t, "/team/leave", testapp.Form("confirm_name", "x")), http.StatusUnprocessableEntity)
	testapp.WantRedirect(t, "POST leave", dev.Post(t, "/team/leave", testapp.Form("confirm_name", "First team")), "/dashboard")
	testapp.WantStatus(t, "a page of the team after leaving", dev.Get(t, "/team/devices"), http.StatusForbidden)
	testapp.WantStatus(t, "the dashboard after leaving", dev.Get(t, "/dashboard"), http.StatusOK)
}

// An app goes to another team as it is: programs that use it see nothing of it.
func TestTransferringAnApp(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	credentials := owner.AddApp(t, "Sync", "read")
	token := app.Token(t, credentials)
	testapp.WantWords(t, "the page without another team", owner.Get(t, "/apps/"+credentials.ClientID+"/transfer").Body, "No team to transfer it to")
	lecce := app.AddTeam(t, "Lecce")
	page := "/apps/" + credentials.ClientID + "/transfer"
	testapp.WantWords(t, "the settings of an app", owner.Get(t, "/apps/"+credentials.ClientID).Body, page)
	testapp.WantWords(t, "the page of a transfer", owner.Get(t, page).Body, "1 live secret keeps working", "Tokens of the app itself keep working", "Each of them is asked again", lecce.ID)
	for what, fields := range map[string][]string{"no name": {"team", lecce.ID}, "no team": {"confirm_name", "Sync"}, "another name": {"team", lecce.ID, "confirm_name", "sync"}} {
		testapp.WantStatus(t, "POST transfer with "+what, owner.Post(t, page, testapp.Form(fields...)), http.StatusUnprocessableEntity)
	}
	testapp.WantStatus(t, "POST transfer to a made-up team", owner.Post(t, page, testapp.Form("team", "nowhere", "confirm_name", "Sync")), http.StatusNotFound)
	testapp.WantRedirect(t, "POST transfer", owner.Post(t, page, testapp.Form("team", lecce.ID, "confirm_name", "Sync")), "/apps/"+credentials.ClientID)
	app.Token(t, credentials)
	var me struct {
		Team struct {
			ID string `json:"id"`
		} `json:"team"`
	}
	app.Do(t, app.Request(t, http.MethodGet, "/api/v1/me", "", testapp.Bearer(token)...)).JSON(t, &me)
	if me.Team.ID != lecce.ID {
		t.Errorf("the team of a token of before = %s, want the new one, %s", me.Team.ID, lecce.ID)
	}
}

// Who is disabled is out with the next request, on pages and by tokens.
func TestOwnerDisablesAPerson(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	dev := app.Member(t, "First team", "developer")
	id := owner.MemberID(t, dev.Name)
	personal := dev.AddToken(t, "laptop", "read")
	person := "/owner/people/" + id
	testapp.WantStatus(t, "GET /owner/people by a developer", dev.Get(t, "/owner/people"), http.StatusForbidden)
	testapp.WantStatus(t, "GET a person by a developer", dev.Get(t, person), http.StatusForbidden)
	testapp.WantWords(t, "the list of people", owner.Get(t, "/owner/people").Body, dev.Email, owner.Email, "Active (2)", "Owners (1)", person)
	if body := owner.Get(t, "/owner/people?q="+dev.Email+"&state=active").Body; !strings.Contains(body, person) || strings.Contains(body, "<b>"+owner.Name+"</b></a>") {
		t.Error("the filter by address does not give the one person")
	}
	testapp.WantWords(t, "a filter that nobody fits", owner.Get(t, "/owner/people?q=zzz").Body, "No people match")
	testapp.WantWords(t, "a person's page", owner.Get(t, person).Body, dev.Email, "First team", "1 session ends", "1 personal token is revoked")

	testapp.WantStatus(t, "POST disable without the name", owner.Post(t, person+"/disable", testapp.Form()), http.StatusUnprocessableEntity)
	testapp.WantRedirect(t, "POST disable", owner.Post(t, person+"/disable", testapp.Form("confirm_name", dev.Name)), person)
	testapp.WantRedirect(t, "a page to who is disabled", dev.Get(t, "/dashboard"), "/login?next=%2Fdashboard")
	if got := app.Me(t, personal); got != http.StatusUnauthorized {
		t.Errorf("GET /api/v1/me by the token of who is disabled = %d, want 401", got)
	}
	refused := dev.Post(t, "/login", testapp.Form("email", dev.Email, "password", testapp.Password))
	nobody := app.Visitor(t).Post(t, "/login", testapp.Form("email", "x"+dev.Email, "password", testapp.Password))
	if refused.Status != http.StatusUnauthorized || refused.Status != nobody.Status {
		t.Errorf("sign-in of who is disabled = %d, of nobody = %d, want 401 for both", refused.Status, nobody.Status)
	}
	testapp.WantWords(t, "a disabled person's page", owner.Get(t, person).Body, "This account is disabled", "Enable account")
	testapp.WantRedirect(t, "POST enable", owner.Post(t, person+"/enable", testapp.Form()), person)
	dev.SignIn(t, testapp.Password)
	if got := app.Me(t, personal); got != http.StatusUnauthorized {
		t.Errorf("GET /api/v1/me after enabling = %d, want 401: what ended stays ended", got)
	}

	testapp.WantStatus(t, "POST owner with another answer", owner.Post(t, person+"/owner", testapp.Form("owner", "maybe")), http.StatusBadRequest)
	testapp.WantRedirect(t, "POST owner", owner.Post(t, person+"/owner", testapp.Form("owner", "yes")), person)
	testapp.WantStatus(t, "GET /owner/people by the new owner", dev.Get(t, "/owner/people"), http.StatusOK)
	mario := regexp.MustCompile(`/owner/people/([a-z0-9]+)"><b>` + owner.Name).FindStringSubmatch(dev.Get(t, "/owner/people").Body)
	if mario == nil {
		t.Fatal("the list of people has no link to the first owner")
	}
	testapp.WantRedirect(t, "POST owner of the first by the second", dev.Post(t, "/owner/people/"+mario[1]+"/owner", testapp.Form("owner", "no")), "/owner/people/"+mario[1])
	testapp.WantStatus(t, "GET /owner/people by who was owner", owner.Get(t, "/owner/people"), http.StatusForbidden)
	testapp.WantStatus(t, "POST owner of the last", dev.Post(t, person+"/owner", testapp.Form("owner", "no")), http.StatusConflict)
}

// ACC-01: both addresses confirm, a GET changes nothing, and the old one's links die.
func TestChangeOfEmail(t *testing.T) {
	t.Parallel()
	box := testapp.StartMailbox(t)
	app := testapp.New(t, testapp.WithMailbox(box))
	owner := app.Owner(t)
	const fresh = "mario.rossi@example.org"
	ask := func(email, password string) *testapp.Answer {
		return owner.Post(t, "/account/email", testapp.Form("email", email, "current_password", password))
	}
	testapp.WantStatus(t, "a change with a wrong password", ask(fresh, "not my password"), http.StatusUnprocessableEntity)
	testapp.WantStatus(t, "a change to no address", ask("nowhere", testapp.Password), http.StatusUnprocessableEntity)
	testapp.WantStatus(t, "a change to the same address", ask(owner.Email, testapp.Password), http.StatusUnprocessableEntity)

	links := func() (old, new string) {
		t.Helper()
		for _, m := range []testapp.Mail{box.Find(t, owner.Email, "address"), box.Find(t, fresh, "address")} {
			found := confirmLink.FindStringSubmatch(m.Text)
			if found == nil || !strings.Contains(m.Text, fresh) || !strings.Contains(m.HTML, found[1]) {
				t.Fatalf("the mail to %s has no link:\n%s", m.To, m.Text)
			}
			app.Secret(found[1])
			if m.To == fresh {
				new = found[1]
			} else {
				old = found[1]
			}
		}
		return old, new
	}
	testapp.WantRedirect(t, "a change", ask(fresh, testapp.Password), "/account/email")
	deadOld, deadNew := links()
	testapp.WantRedirect(t, "another change", ask(fresh, testapp.Password), "/account/email")
	toOld, toNew := links()
	reader := app.Visitor(t)
	for _, dead := range []string{deadOld, deadNew} {
		testapp.WantStatus(t, "GET a link of the change of before", reader.Get(t, dead), http.StatusGone)
		testapp.WantStatus(t, "POST a link of the change of before", reader.Post(t, dead, testapp.Form("answer", "confirm")), http.StatusGone)
	}
	for range 2 {
		testapp.WantStatus(t, "GET a link", reader.Get(t, toNew), http.StatusOK)
		testapp.WantStatus(t, "HEAD a link", reader.Do(t, app.Request(t, http.MethodHead, toOld, "")), http.StatusOK)
	}
	testapp.WantWords(t, "the page of a change that waits", owner.Get(t, "/account/email").Body, owner.Email+" has not confirmed it yet", fresh+" has not confirmed it yet")
	testapp.WantStatus(t, "POST a link without an answer", reader.Post(t, toNew, testapp.Form()), http.StatusBadRequest)
	testapp.WantStatus(t, "POST /forgot", reader.Post(t, "/forgot", testapp.Form("email", owner.Email)), http.StatusOK)
	reset := strings.TrimPrefix(link.FindString(box.Find(t, owner.Email, "Reset").Text), app.URL)
	app.Secret(reset)

	testapp.WantWords(t, "the first to confirm", reader.Post(t, toNew, testapp.Form("answer", "confirm")).Body, "Nothing changes until "+owner.Email)
	app.Visitor(t).Post(t, "/login", testapp.Form("email", owner.Email, "password", testapp.Password))
	testapp.WantWords(t, "the page after one side", owner.Get(t, "/account/email").Body, fresh+" has confirmed it", owner.Email+" has not confirmed it yet")
	testapp.WantWords(t, "the first to confirm, again", reader.Post(t, toNew, testapp.Form("answer", "confirm")).Body, "Nothing changes until")
	testapp.WantWords(t, "the second to confirm", reader.Post(t, toOld, testapp.Form("answer", "confirm")).Body, "Your email has changed", fresh)
	for _, to := range []string{owner.Email, fresh} {
		if m := box.Find(t, to, "was changed"); !strings.Contains(m.Text, "from "+owner.Email+" to "+fresh) {
			t.Errorf("the mail to %s after the change says\n%s", to, m.Text)
		}
	}
	testapp.WantStatus(t, "GET a link after the change", reader.Get(t, toOld), http.StatusGone)
	testapp.WantStatus(t, "GET the reset link that went to the old address", reader.Get(t, reset), http.StatusGone)
	testapp.WantStatus(t, "sign-in with the old address", reader.Post(t, "/login", testapp.Form("email", owner.Email, "password", testapp.Password)), http.StatusUnauthorized)
	testapp.WantRedirect(t, "sign-in with the new address", reader.Post(t, "/login", testapp.Form("email", fresh, "password", testapp.Password)), "/dashboard")
	testapp.WantWords(t, "the account", owner.Get(t, "/account").Body, fresh)
}

// Whoever has either mailbox can stop a change; and nobody takes the address of another account.
func TestChangeOfEmailIsStopped(t *testing.T) {
	t.Parallel()
	box := testapp.StartMailbox(t)
	app := testapp.New(t, testapp.WithMailbox(box))
	owner := app.Owner(t)
	mate := app.Member(t, "First team", "developer")
	begin := func(email string) (toOld, toNew string) {
		t.Helper()
		testapp.WantRedirect(t, "a change to "+email, owner.Post(t, "/account/email", testapp.Form("email", email, "current_password", testapp.Password)), "/account/email")
		toOld = confirmLink.FindStringSubmatch(box.Find(t, owner.Email, "address").Text)[1]
		toNew = confirmLink.FindStringSubmatch(box.Find(t, email, "address").Text)[1]
		app.Secret(toOld)
		app.Secret(toNew)
		return toOld, toNew
	}
	reader := app.Visitor(t)
	toOld, toNew := begin("new@example.org")
	testapp.WantWords(t, "POST stop", reader.Post(t, toOld, testapp.Form("answer", "stop")).Body, "The change is cancelled")
	testapp.WantStatus(t, "the other link after a stop", reader.Get(t, toNew), http.StatusGone)

	_, toNew = begin("other@example.org")
	testapp.WantRedirect(t, "POST cancel on the page", owner.Post(t, "/account/email", testapp.Form("cancel", "yes")), "/account/email")
	testapp.WantStatus(t, "a link after a cancel", reader.Get(t, toNew), http.StatusGone)

	toOld, toNew = begin(mate.Email) // answered as any other address is
	testapp.WantWords(t, "the old side of a taken address", reader.Post(t, toOld, testapp.Form("answer", "confirm")).Body, "Nothing changes until")
	testapp.WantStatus(t, "the taken side", reader.Post(t, toNew, testapp.Form("answer", "confirm")), http.StatusConflict)
	mate.SignIn(t, testapp.Password)
	owner.SignIn(t, testapp.Password)
}

// ACC-06: the waits are in the database: a restart and a second process know them.
func TestThrottleOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	beside := testapp.New(t, testapp.Beside(app))
	stranger := app.Visitor(t)
	wrong := testapp.Form("email", owner.Email, "password", "a wrong password")
	for range 10 {
		testapp.WantStatus(t, "a wrong password", stranger.Post(t, "/login", wrong), http.StatusUnauthorized)
	}
	for what, try := range map[string]func() *testapp.Answer{
		"the same process":   func() *testapp.Answer { return stranger.Post(t, "/login", wrong) },
		"the second process": func() *testapp.Answer { return beside.Visitor(t).Post(t, "/login", wrong) },
		"after a restart": func() *testapp.Answer {
			app.Restart(t)
			return stranger.Post(t, "/login", wrong)
		},
	} {
		r := try()
		if r.Status != http.StatusTooManyRequests || r.Header.Get("Retry-After") == "" || !strings.Contains(r.Body, "seconds.") {
			t.Errorf("POST /login by %s = %d, Retry-After %q, want 429 with the wait, in words too", what, r.Status, r.Header.Get("Retry-After"))
		}
	}
	app.Exec(t, "UPDATE sign_in_tries SET until = until - 60")
	testapp.WantRedirect(t, "the right password after the wait", stranger.Post(t, "/login", testapp.Form("email", owner.Email, "password", testapp.Password)), "/dashboard")
}
