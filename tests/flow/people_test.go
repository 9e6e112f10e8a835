package flow

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

var (
	confirmLink  = regexp.MustCompile(`http://\S+(/email/gpe_[A-Za-z0-9]+)`)
	memberRow    = regexp.MustCompile(`/team/members/([a-z0-9]+)/remove`)
	personalText = regexp.MustCompile(`gpp_[A-Za-z0-9]+`)
)

// removableID is the id of the only other person whom the page of members can remove.
func removableID(t *testing.T, p *testapp.Person) string {
	t.Helper()
	m := memberRow.FindStringSubmatch(p.Get(t, "/team/members").Body)
	if m == nil {
		t.Fatal("/team/members offers to remove nobody")
	}
	return m[1]
}

// A role changes with the next click, a removal says what ends, asks for the name, and ends it.
func TestRoleAndRemoval(t *testing.T) {
	t.Parallel()
	box := testapp.StartMailbox(t)
	app := testapp.New(t, testapp.WithMailbox(box))
	owner := app.Owner(t)
	dev := app.Member(t, "First team", "developer")
	id := removableID(t, owner)
	credentials := dev.AddApp(t, "Sync", "read")
	once := dev.Get(t, "/account/tokens").Once(t)
	personal := app.Secret(personalText.FindString(dev.Post(t, "/account/tokens", form("name", "laptop", "scope", "read", "expires", "7d", "once", once)).Body))
	if got := app.Me(t, personal); got != http.StatusOK {
		t.Fatalf("GET /api/v1/me by a personal token = %d, want 200", got)
	}

	wantStatus(t, "POST role by a developer", dev.Post(t, "/team/members/"+id+"/role", form("role", "admin")), http.StatusForbidden)
	wantStatus(t, "POST a role that is none", owner.Post(t, "/team/members/"+id+"/role", form("role", "king")), http.StatusUnprocessableEntity)
	wantRedirect(t, "POST role", owner.Post(t, "/team/members/"+id+"/role", form("role", "viewer")), "/team/members")
	if mail := box.Find(t, dev.Email, "viewer"); !strings.Contains(mail.Text, "from developer to viewer") || !strings.Contains(mail.Text, owner.Name) {
		t.Errorf("the mail of a changed role says\n%s", mail.Text)
	}
	wantStatus(t, "GET the page of members as a viewer", dev.Get(t, "/team/members"), http.StatusForbidden)
	wantRedirect(t, "POST role", owner.Post(t, "/team/members/"+id+"/role", form("role", "developer")), "/team/members")

	remove := "/team/members/" + id + "/remove"
	page := owner.Get(t, remove)
	wantIn(t, "the page before a removal", page.Body, "1 app that they made stays with the team", "1 API token of theirs ends", "confirm_name")
	wantStatus(t, "POST remove without the name", owner.Post(t, remove, form("confirm_name", "somebody")), http.StatusUnprocessableEntity)
	wantStatus(t, "the person's page after that", dev.Get(t, "/apps"), http.StatusOK)
	wantRedirect(t, "POST remove", owner.Post(t, remove, form("confirm_name", dev.Name)), "/team/members")
	wantIn(t, "the page after a removal", owner.Get(t, "/team/members").Body, "is removed from the team", "/team/exposure/"+id)
	if mail := box.Find(t, dev.Email, "removed"); !strings.Contains(mail.Text, "You were removed from the team First team") {
		t.Errorf("the mail to the removed person says\n%s", mail.Text)
	}
	if mail := box.Find(t, owner.Email, dev.Name); !strings.Contains(mail.Text, "/team/exposure/"+id) {
		t.Errorf("the mail to the admins does not lead to what the person could have seen:\n%s", mail.Text)
	}
	wantStatus(t, "an app of the team, to who was removed", dev.Get(t, "/apps/"+credentials.ClientID), http.StatusNotFound)
	if got := app.Me(t, personal); got != http.StatusUnauthorized {
		t.Errorf("GET /api/v1/me by the personal token of who is in no team = %d, want 401", got)
	}
	app.Token(t, credentials)
	wantStatus(t, "GET remove again", owner.Get(t, remove), http.StatusNotFound)
	wantStatus(t, "GET remove of the last admin", owner.Get(t, "/team/leave"), http.StatusOK)
	wantIn(t, "the last admin's page to leave", owner.Get(t, "/team/leave").Body, "last admin")
}

func TestLeavingATeam(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	app.Owner(t)
	dev := app.Member(t, "First team", "viewer")
	wantIn(t, "the page to leave", dev.Get(t, "/team/leave").Body, "You can no longer see anything of the team", "Type the team")
	wantStatus(t, "POST leave without the name", dev.Post(t, "/team/leave", form("confirm_name", "x")), http.StatusUnprocessableEntity)
	wantRedirect(t, "POST leave", dev.Post(t, "/team/leave", form("confirm_name", "First team")), "/dashboard")
	wantStatus(t, "a page of the team after leaving", dev.Get(t, "/team/devices"), http.StatusForbidden)
	wantStatus(t, "the dashboard after leaving", dev.Get(t, "/dashboard"), http.StatusOK)
}

// An app goes to another team as it is: programs that use it see nothing of it.
func TestTransferringAnApp(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	credentials := owner.AddApp(t, "Sync", "read")
	token := app.Token(t, credentials)
	wantIn(t, "the page without another team", owner.Get(t, "/apps/"+credentials.ClientID+"/transfer").Body, "No team to transfer it to")
	lecce := app.AddTeam(t, "Lecce")
	page := "/apps/" + credentials.ClientID + "/transfer"
	wantIn(t, "the settings of an app", owner.Get(t, "/apps/"+credentials.ClientID).Body, page)
	wantIn(t, "the page of a transfer", owner.Get(t, page).Body, "1 live secret works on", "1 live token works on", lecce.ID)
	for what, fields := range map[string][]string{"no name": {"team", lecce.ID}, "no team": {"confirm_name", "Sync"}, "another name": {"team", lecce.ID, "confirm_name", "sync"}} {
		wantStatus(t, "POST transfer with "+what, owner.Post(t, page, form(fields...)), http.StatusUnprocessableEntity)
	}
	wantStatus(t, "POST transfer to a made-up team", owner.Post(t, page, form("team", "nowhere", "confirm_name", "Sync")), http.StatusNotFound)
	wantRedirect(t, "POST transfer", owner.Post(t, page, form("team", lecce.ID, "confirm_name", "Sync")), "/apps/"+credentials.ClientID)
	app.Token(t, credentials)
	var me struct {
		Team struct {
			ID string `json:"id"`
		} `json:"team"`
	}
	app.Do(t, app.Request(t, http.MethodGet, "/api/v1/me", "", "Authorization", "Bearer "+token)).JSON(t, &me)
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
	id := removableID(t, owner)
	once := dev.Get(t, "/account/tokens").Once(t)
	personal := app.Secret(personalText.FindString(dev.Post(t, "/account/tokens", form("name", "laptop", "scope", "read", "expires", "7d", "once", once)).Body))
	person := "/owner/people/" + id
	wantStatus(t, "GET /owner/people by a developer", dev.Get(t, "/owner/people"), http.StatusForbidden)
	wantStatus(t, "GET a person by a developer", dev.Get(t, person), http.StatusForbidden)
	wantIn(t, "the list of people", owner.Get(t, "/owner/people").Body, dev.Email, owner.Email, "Active (2)", "Owners (1)", person)
	if body := owner.Get(t, "/owner/people?q="+dev.Email+"&state=active").Body; !strings.Contains(body, person) || strings.Contains(body, "<b>"+owner.Name+"</b></a>") {
		t.Error("the filter by address does not give the one person")
	}
	wantIn(t, "a filter that nobody fits", owner.Get(t, "/owner/people?q=zzz").Body, "No people match")
	wantIn(t, "a person's page", owner.Get(t, person).Body, dev.Email, "First team", "1 session ends", "1 API token is refused")

	wantStatus(t, "POST disable without the name", owner.Post(t, person+"/disable", form()), http.StatusUnprocessableEntity)
	wantRedirect(t, "POST disable", owner.Post(t, person+"/disable", form("confirm_name", dev.Name)), person)
	wantRedirect(t, "a page to who is disabled", dev.Get(t, "/dashboard"), "/login?next=%2Fdashboard")
	if got := app.Me(t, personal); got != http.StatusUnauthorized {
		t.Errorf("GET /api/v1/me by the token of who is disabled = %d, want 401", got)
	}
	refused := dev.Post(t, "/login", form("email", dev.Email, "password", testapp.Password))
	nobody := app.Visitor(t).Post(t, "/login", form("email", "x"+dev.Email, "password", testapp.Password))
	if refused.Status != http.StatusUnauthorized || refused.Status != nobody.Status {
		t.Errorf("sign-in of who is disabled = %d, of nobody = %d, want 401 for both", refused.Status, nobody.Status)
	}
	wantIn(t, "a disabled person's page", owner.Get(t, person).Body, "This account is disabled", "Enable account")
	wantRedirect(t, "POST enable", owner.Post(t, person+"/enable", form()), person)
	dev.SignIn(t, testapp.Password)
	if got := app.Me(t, personal); got != http.StatusOK {
		t.Errorf("GET /api/v1/me after enabling = %d, want 200", got)
	}

	wantStatus(t, "POST owner with another answer", owner.Post(t, person+"/owner", form("owner", "maybe")), http.StatusBadRequest)
	wantRedirect(t, "POST owner", owner.Post(t, person+"/owner", form("owner", "yes")), person)
	wantStatus(t, "GET /owner/people by the new owner", dev.Get(t, "/owner/people"), http.StatusOK)
	mario := regexp.MustCompile(`/owner/people/([a-z0-9]+)"><b>` + owner.Name).FindStringSubmatch(dev.Get(t, "/owner/people").Body)
	if mario == nil {
		t.Fatal("the list of people has no link to the first owner")
	}
	wantRedirect(t, "POST owner of the first by the second", dev.Post(t, "/owner/people/"+mario[1]+"/owner", form("owner", "no")), "/owner/people/"+mario[1])
	wantStatus(t, "GET /owner/people by who was owner", owner.Get(t, "/owner/people"), http.StatusForbidden)
	wantStatus(t, "POST owner of the last", dev.Post(t, person+"/owner", form("owner", "no")), http.StatusConflict)
}

// ACC-01: both addresses confirm, a GET changes nothing, and the old one's links die.
func TestChangeOfEmail(t *testing.T) {
	t.Parallel()
	box := testapp.StartMailbox(t)
	app := testapp.New(t, testapp.WithMailbox(box))
	owner := app.Owner(t)
	const fresh = "mario.rossi@example.org"
	ask := func(email, password string) *testapp.Answer {
		return owner.Post(t, "/account/email", form("email", email, "current_password", password))
	}
	wantStatus(t, "a change with a wrong password", ask(fresh, "not my password"), http.StatusUnprocessableEntity)
	wantStatus(t, "a change to no address", ask("nowhere", testapp.Password), http.StatusUnprocessableEntity)
	wantStatus(t, "a change to the same address", ask(owner.Email, testapp.Password), http.StatusUnprocessableEntity)

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
	wantRedirect(t, "a change", ask(fresh, testapp.Password), "/account/email")
	deadOld, deadNew := links()
	wantRedirect(t, "another change", ask(fresh, testapp.Password), "/account/email")
	toOld, toNew := links()
	reader := app.Visitor(t)
	for _, dead := range []string{deadOld, deadNew} {
		wantStatus(t, "GET a link of the change of before", reader.Get(t, dead), http.StatusGone)
		wantStatus(t, "POST a link of the change of before", reader.Post(t, dead, form("answer", "confirm")), http.StatusGone)
	}
	for range 2 {
		wantStatus(t, "GET a link", reader.Get(t, toNew), http.StatusOK)
		wantStatus(t, "HEAD a link", reader.Do(t, app.Request(t, http.MethodHead, toOld, "")), http.StatusOK)
	}
	wantIn(t, "the page of a change that waits", owner.Get(t, "/account/email").Body, owner.Email+" has not confirmed it yet", fresh+" has not confirmed it yet")
	wantStatus(t, "POST a link without an answer", reader.Post(t, toNew, form()), http.StatusBadRequest)
	wantStatus(t, "POST /forgot", reader.Post(t, "/forgot", form("email", owner.Email)), http.StatusOK)
	reset := strings.TrimPrefix(link.FindString(box.Find(t, owner.Email, "Reset").Text), app.URL)
	app.Secret(reset)

	wantIn(t, "the first to confirm", reader.Post(t, toNew, form("answer", "confirm")).Body, "Nothing changes until "+owner.Email)
	app.Visitor(t).Post(t, "/login", form("email", owner.Email, "password", testapp.Password))
	wantIn(t, "the page after one side", owner.Get(t, "/account/email").Body, fresh+" has confirmed it", owner.Email+" has not confirmed it yet")
	wantIn(t, "the first to confirm, again", reader.Post(t, toNew, form("answer", "confirm")).Body, "Nothing changes until")
	wantIn(t, "the second to confirm", reader.Post(t, toOld, form("answer", "confirm")).Body, "Your e-mail has changed", fresh)
	for _, to := range []string{owner.Email, fresh} {
		if m := box.Find(t, to, "was changed"); !strings.Contains(m.Text, "from "+owner.Email+" to "+fresh) {
			t.Errorf("the mail to %s after the change says\n%s", to, m.Text)
		}
	}
	wantStatus(t, "GET a link after the change", reader.Get(t, toOld), http.StatusGone)
	wantStatus(t, "GET the reset link that went to the old address", reader.Get(t, reset), http.StatusGone)
	wantStatus(t, "sign-in with the old address", reader.Post(t, "/login", form("email", owner.Email, "password", testapp.Password)), http.StatusUnauthorized)
	wantRedirect(t, "sign-in with the new address", reader.Post(t, "/login", form("email", fresh, "password", testapp.Password)), "/dashboard")
	wantIn(t, "the account", owner.Get(t, "/account").Body, fresh)
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
		wantRedirect(t, "a change to "+email, owner.Post(t, "/account/email", form("email", email, "current_password", testapp.Password)), "/account/email")
		toOld = confirmLink.FindStringSubmatch(box.Find(t, owner.Email, "address").Text)[1]
		toNew = confirmLink.FindStringSubmatch(box.Find(t, email, "address").Text)[1]
		app.Secret(toOld)
		app.Secret(toNew)
		return toOld, toNew
	}
	reader := app.Visitor(t)
	toOld, toNew := begin("new@example.org")
	wantIn(t, "POST stop", reader.Post(t, toOld, form("answer", "stop")).Body, "The change is cancelled")
	wantStatus(t, "the other link after a stop", reader.Get(t, toNew), http.StatusGone)

	_, toNew = begin("other@example.org")
	wantRedirect(t, "POST cancel on the page", owner.Post(t, "/account/email", form("cancel", "yes")), "/account/email")
	wantStatus(t, "a link after a cancel", reader.Get(t, toNew), http.StatusGone)

	toOld, toNew = begin(mate.Email) // answered as any other address is
	wantIn(t, "the old side of a taken address", reader.Post(t, toOld, form("answer", "confirm")).Body, "Nothing changes until")
	wantStatus(t, "the taken side", reader.Post(t, toNew, form("answer", "confirm")), http.StatusConflict)
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
	wrong := form("email", owner.Email, "password", "a wrong password")
	for range 10 {
		wantStatus(t, "a wrong password", stranger.Post(t, "/login", wrong), http.StatusUnauthorized)
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
	wantRedirect(t, "the right password after the wait", stranger.Post(t, "/login", form("email", owner.Email, "password", testapp.Password)), "/dashboard")
}
