package browser

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"github.com/chromedp/chromedp"

	"gatepost/tests/testapp"
)

// partOfPeople has members, roles, leaving, the owner's list, and the audit log.
func partOfPeople(t *testing.T, chrome context.Context) {
	app := testapp.New(t)
	owner := app.Owner(t)
	app.AddTeam(t, "Ospedale di Lecce")
	dev := app.Member(t, "First team", "developer")
	dev.AddTOTP(t)
	sync := dev.AddApp(t, "Door sync", "read")
	app.Token(t, sync)
	id := owner.MemberID(t, dev.Name)
	app.Member(t, "First team", "viewer")
	owner.Invite(t, "late@example.com", "developer")
	app.Exec(t, `UPDATE links SET expires_at = created_at - 1 WHERE email = 'late@example.com'`)
	owner.Invite(t, "somebody.with.a.rather.long.address@department.example.com", "viewer")

	b := open(t, chrome, app)
	b.signIn(owner)
	remove, person, transfer := "/team/members/"+id+"/remove", "/owner/people/"+id, "/apps/"+sync.ClientID+"/transfer"
	b.mayRefuse(remove, person+"/disable", transfer, "/team/audit", "/team/invitations", "/owner/teams")
	refused := func(button, words string) func(*tab) {
		return func(b *tab) {
			b.do("type another name", chromedp.Evaluate[chromedp.Void](`document.querySelector('[name=confirm_name]').value = 'somebody else'`))
			b.click("button", button)
			b.sees(words)
		}
	}
	b.look([]sight{
		{name: "members-pending", path: "/team/members"},
		{name: "members-link", path: "/team/members", act: func(b *tab) {
			b.fill("Email", "new@example.com")
			b.click("button", "Invite person")
			b.sees("is ready")
		}},
		{name: "members-refused", path: "/team/members", act: func(b *tab) {
			b.fill("Email", dev.Email)
			b.click("button", "Invite person")
			b.sees("Nobody was invited")
		}},
		{name: "member-remove", path: remove},
		{name: "member-remove-refused", path: remove, act: refused("Remove person", "exactly as shown above")},
		{name: "leave-last-admin", path: "/team/leave"},
		{name: "transfer", path: transfer},
		{name: "transfer-refused", path: transfer, act: refused("Transfer app", "Choose the team that gets the app")},
		{name: "people", path: "/owner/people"},
		{name: "people-none", path: "/owner/people?q=nobody"},
		{name: "person", path: person},
		{name: "person-refused", path: person, act: refused("Disable account", "exactly as shown above")},
		{name: "person-last-owner", path: "/owner/people/" + ownID(t, owner)},
		{name: "owner-audit", path: "/owner/audit"},
		{name: "audit-filtered", path: "/team/audit?kind=people"},
		{name: "audit-none", path: "/team/audit?kind=devices"},
		{name: "audit-refused", path: "/team/audit?from=0001-01-01", act: func(b *tab) { b.sees("Enter a date such as") }},
		{name: "owner-mail-off", path: "/owner/mail"},
		{name: "email-off", path: "/account/email"},
	})
	b.visit("/owner/teams")
	b.click("button", "Open team Ospedale di Lecce")
	b.at("/team/members")
	b.visit("/owner/teams")
	b.click("button", "Open team First team")
	if r := owner.Post(t, person+"/disable", url.Values{"confirm_name": {dev.Name}}); r.Status != http.StatusSeeOther {
		t.Fatalf("POST disable = %d, want 303", r.Status)
	}
	b.look([]sight{{name: "person-disabled", path: person}})

	v := open(t, chrome, app)
	v.signIn(app.Member(t, "First team", "viewer"))
	v.mayRefuse("/team/leave")
	v.look([]sight{
		{name: "leave", path: "/team/leave"},
		{name: "leave-refused", path: "/team/leave", act: refused("Leave team", "exactly as shown above")},
	})
}

// ownID is the id of a person who owns the portal, from the list of people.
func ownID(t *testing.T, owner *testapp.Person) string {
	t.Helper()
	id := regexp.MustCompile(`/owner/people/([a-z0-9]+)"`).FindStringSubmatch(owner.Get(t, "/owner/people?q="+url.QueryEscape(owner.Email)).Body)
	if id == nil {
		t.Fatalf("the list of people lacks %s", owner.Email)
	}
	return id[1]
}

// partOfMail has the pages that mails are behind: the outbox, another address, and what a person sees
// who signs in wrong, or follows a link that is dead.
func partOfMail(t *testing.T, chrome context.Context) {
	box := testapp.StartMailbox(t)
	app := testapp.New(t, testapp.WithMailbox(box))
	owner := app.Owner(t)
	owner.Again(t)
	b := open(t, chrome, app)
	b.signIn(owner)
	b.mayRefuse("/account/email", "/account/security")
	b.look([]sight{{name: "owner-mail-empty", path: "/owner/mail"}})

	owner.Post(t, "/team/invitations", url.Values{"email": {"sent@example.com"}, "role": {"developer"}})
	box.Find(t, "sent@example.com", "invited")
	box.Refuse("The mailbox of the department is full, try again when somebody has emptied it")
	owner.Post(t, "/team/invitations", url.Values{"email": {"waits@example.com"}, "role": {"viewer"}})
	owner.Post(t, "/team/invitations", url.Values{"email": {"given.up@example.com"}, "role": {"viewer"}})
	testapp.Until(t, patience, "both mails were tried", func() bool {
		n := 0
		d := app.OpenDB(t)
		defer d.Close()
		if err := d.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM outbox WHERE tries > 0 AND sent_at = 0 AND claimed_at = 0`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n == 2
	})
	app.Exec(t, `UPDATE outbox SET given_up_at = created_at, tries = 17 WHERE recipient = 'given.up@example.com'`)
	b.look([]sight{
		{name: "owner-mail", path: "/owner/mail"},
		{name: "email", path: "/account/email"},
		{name: "email-refused", path: "/account/email", act: func(b *tab) {
			b.fill("New email", "mario.rossi@example.com")
			b.fill("Your password", "a wrong password")
			b.click("button", "Send both links")
			b.sees("The address was not changed")
		}},
		{name: "sessions-several", path: "/account/sessions"},
		{name: "password-refused", path: "/account/security", act: func(b *tab) {
			b.fill("Current password", "a wrong password")
			b.fill("New password", "eleven grave owls 3")
			b.click("button", "Change password")
			b.until("the summary", `document.querySelector('a[href="#f-current_password"]') !== null`)
		}},
	})

	box.Refuse("")
	if r := owner.Post(t, "/account/email", url.Values{"email": {"mario.rossi@example.com"}, "current_password": {testapp.Password}}); r.Status != http.StatusSeeOther {
		t.Fatalf("POST /account/email = %d, want 303", r.Status)
	}
	link := regexp.MustCompile(`/email/gpe_[A-Za-z0-9]+`).FindString(box.Find(t, "mario.rossi@example.com", "Confirm").Text)
	app.Secret(link)
	b.look([]sight{{name: "email-waiting", path: "/account/email"}})

	s := open(t, chrome, app)
	s.mayRefuse("/email/gpe_gone", "/reset/gpw_gone", "/login")
	s.look([]sight{
		{name: "email-confirm", path: link},
		{name: "email-gone", path: "/email/gpe_gone"},
		{name: "reset-gone", path: "/reset/gpw_gone"},
		{name: "login-paused", path: "/login", act: func(b *tab) {
			for range 12 {
				app.Visitor(t).Post(t, "/login", url.Values{"email": {"nobody@example.com"}, "password": {"a wrong password"}})
			}
			b.fill("Email", "nobody@example.com")
			b.fill("Password", "a wrong password")
			b.click("button", "Sign in")
			b.sees("Too many attempts")
		}},
	})
}
