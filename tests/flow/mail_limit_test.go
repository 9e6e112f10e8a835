package flow

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

func invite(t *testing.T, p *testapp.Person, email string) *testapp.Answer {
	t.Helper()
	return p.Post(t, "/team/invitations", testapp.Form("email", email, "role", "viewer"))
}

// mailsTo counts the mails that were queued for addresses like a pattern, whatever became of them.
func mailsTo(t *testing.T, app *testapp.App, like string) int {
	t.Helper()
	return testapp.One[int](t, app, "SELECT COUNT(*) FROM limit_mails WHERE recipient LIKE '"+like+"'")
}

// keepMails remembers every mail that is queued from now on: cancelled links take theirs along.
func keepMails(t *testing.T, app *testapp.App) {
	t.Helper()
	app.Exec(t, "CREATE TABLE limit_mails (recipient TEXT)")
	app.Exec(t, "CREATE TRIGGER limit_mails_kept AFTER INSERT ON outbox BEGIN INSERT INTO limit_mails VALUES (NEW.recipient); END")
}

// A mailbox gets 5 mails an hour and 10 a day, from all senders, teams and processes together, in whatever way the
// address is written.
func TestInvitationsCannotBombOneMailbox(t *testing.T) {
	t.Parallel()
	box := testapp.StartMailbox(t)
	app := testapp.New(t, testapp.WithMailbox(box))
	owner := app.Owner(t)
	team := app.AddTeam(t, "Policlinico")
	ben := app.Member(t, team.ID, "admin")
	beside := testapp.New(t, testapp.WithMailbox(box), testapp.Beside(app))
	keepMails(t, app)
	there := beside.Visitor(t)
	there.Email = ben.Email
	there.SignIn(t, testapp.Password)
	for n, send := range []func() *testapp.Answer{
		func() *testapp.Answer { return invite(t, owner, "victim@example.com") },
		func() *testapp.Answer { return invite(t, owner, "Victim@Example.com") },
		func() *testapp.Answer { return invite(t, ben, "victim+1@example.com") },
		func() *testapp.Answer { return invite(t, there, "victim+2@example.com") },
		func() *testapp.Answer {
			return ben.Post(t, "/account/email", testapp.Form("current_password", testapp.Password, "email", "victim@example.com"))
		},
	} {
		if r := send(); r.Status != http.StatusSeeOther {
			t.Fatalf("mail %d to the mailbox = %d\n%.600s", n+1, r.Status, r.Body)
		}
	}
	for what, r := range map[string]*testapp.Answer{
		"by the owner":                  invite(t, owner, "victim@example.com"),
		"by another person":             invite(t, ben, "victim+3@example.com"),
		"through another process":       invite(t, there, "victim@example.com"),
		"by a change of an address":     owner.Post(t, "/account/email", testapp.Form("current_password", testapp.Password, "email", "victim+4@example.com")),
		"by sending an invitation anew": owner.Post(t, "/team/invitations/"+testapp.One[string](t, app, "SELECT id FROM links WHERE email = 'victim@example.com' AND cancelled_at = 0")+"/resend", nil),
	} {
		wantLimited(t, "the sixth mail "+what, r, "5")
		testapp.WantWords(t, "the page", r.Body, "This address got too many emails in the last hour. Try again in")
		if !strings.Contains(what, "anew") && !strings.Contains(r.Body, "victim") {
			t.Errorf("the page after a mail %s has lost the address", what)
		}
	}
	if n := mailsTo(t, app, "victim%"); n != 5 {
		t.Errorf("%d mails went to the mailbox, want 5", n)
	}
	testapp.WantRedirect(t, "an invitation of somebody else", invite(t, owner, "other@example.com"), "/team/members")
	app.Exec(t, "UPDATE limit_windows SET ends_at = 1 WHERE key LIKE 'mails_to_address_hour %'")
	for range 5 {
		testapp.WantRedirect(t, "an invitation an hour later", invite(t, owner, "victim@example.com"), "/team/members")
	}
	app.Exec(t, "UPDATE limit_windows SET ends_at = 1 WHERE key LIKE 'mails_to_address_hour %'")
	wantLimited(t, "the eleventh mail of a day", invite(t, owner, "victim@example.com"), "10")
	if left := testapp.One[int](t, app, "SELECT COUNT(*) FROM limit_windows WHERE key LIKE '%example%'"); left != 0 {
		t.Errorf("%d windows have the address in their key, want its hash", left)
	}
}

// Whoever asks for resets of a stranger's password fills no mailbox, and learns nothing.
func TestResetsCannotBombOneMailbox(t *testing.T) {
	t.Parallel()
	app := testapp.New(t, testapp.WithMailbox(testapp.StartMailbox(t)))
	owner := app.Owner(t)
	keepMails(t, app)
	answers := map[string]int{}
	for range 8 {
		r := app.Visitor(t).Post(t, "/forgot", testapp.Form("email", owner.Email))
		answers[fmt.Sprint(r.Status, " ", len(r.Body))]++
		app.Exec(t, "DELETE FROM sign_in_tries")
	}
	if len(answers) != 1 {
		t.Errorf("8 requests for a reset were answered in %d ways, want 1: %v", len(answers), answers)
	}
	testapp.Until(t, 10*time.Second, "the requests beyond the limit are counted", func() bool {
		return testapp.One[int](t, app, "SELECT COALESCE(SUM(count), 0) FROM refusals WHERE kind = 'reset'") == 3
	})
	if n := mailsTo(t, app, owner.Email); n != 5 {
		t.Errorf("%d mails about resets, want 5", n)
	}
}

// One change of address waits at a time, and a person can only start so many.
func TestOneEmailChangeAtATime(t *testing.T) {
	t.Parallel()
	box := testapp.StartMailbox(t)
	app := testapp.New(t, testapp.WithMailbox(box))
	owner := app.Owner(t)
	change := func(email string) *testapp.Answer {
		return owner.Post(t, "/account/email", testapp.Form("current_password", testapp.Password, "email", email))
	}
	testapp.WantRedirect(t, "a change", change("one@example.com"), "/account/email")
	first := linkOf(t, app, box.Next(t, "one@example.com").Text)
	testapp.WantStatus(t, "the link", app.Visitor(t).Get(t, first), http.StatusOK)
	testapp.WantRedirect(t, "another change", change("two@example.com"), "/account/email")
	testapp.WantStatus(t, "the link of the first change", app.Visitor(t).Get(t, first), http.StatusGone)
	testapp.WantStatus(t, "the link of the second change", app.Visitor(t).Get(t, linkOf(t, app, box.Next(t, "two@example.com").Text)), http.StatusOK)
	for n := range 18 {
		testapp.WantRedirect(t, "a further change", change(fmt.Sprintf("new%d@example.com", n)), "/account/email")
	}
	r := change("last@example.com")
	wantLimited(t, "the 21st change of a day", r, "20")
	testapp.WantWords(t, "the page", r.Body, "last@example.com", "Try again in")
}

func linkOf(t *testing.T, app *testapp.App, text string) string {
	t.Helper()
	for line := range strings.Lines(text) {
		if path, ok := strings.CutPrefix(strings.TrimSpace(line), app.URL); ok {
			app.Secret(path)
			return path
		}
	}
	t.Fatalf("the mail has no link:\n%s", text)
	return ""
}

// A team sends 200 invitations a day, even without a mail server.
func TestInvitationsOfOneTeamAreLimited(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	testapp.WantStatus(t, "the first invitation", invite(t, owner, "first@example.com"), http.StatusOK)
	app.Exec(t, "UPDATE limit_windows SET count = 199 WHERE key LIKE 'invitations %'")
	testapp.WantStatus(t, "the 200th invitation", invite(t, owner, "second@example.com"), http.StatusOK)
	r := invite(t, owner, "third@example.com")
	wantLimited(t, "the 201st invitation", r, "200")
	testapp.WantWords(t, "the page", r.Body, "third@example.com", "This team has sent too many invitations today.")
}
