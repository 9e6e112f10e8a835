package account_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
	"gatepost/handlers/hub/hubtest"
)

// ACC-06: requests for a reset are limited by account and by address, whether or not the account exists, over
// all processes that share the database.
func TestResetsAreLimited(t *testing.T) {
	f, ctx := mailFixture(t), context.Background()
	f.Join(t, "Ana", hub.Admin)
	processes := []*account.Accounts{f.Accounts, f.secondProcess(t)}
	for i, email := range []string{"ana@example.com", "nobody@example.com"} {
		from := hub.Actor{Address: fmt.Sprintf("203.0.113.%d", i)}
		for n := range 4 {
			if err := processes[n%2].ForgotPassword(ctx, from, email); err != nil {
				t.Fatalf("ForgotPassword(%s), time %d = %v, want nil", email, n+1, err)
			}
		}
		for n, h := range processes {
			if got := wait(t, h.ForgotPassword(ctx, hub.Actor{Address: "198.51.100.1"}, email)); got != 15*time.Minute {
				t.Errorf("ForgotPassword(%s) in process %d after four = a wait of %v, want 15 minutes", email, n+1, got)
			}
		}
	}
	f.Clock.Add(15 * time.Minute)
	if err := f.Accounts.ForgotPassword(ctx, hub.Actor{Address: "198.51.100.1"}, "ana@example.com"); err != nil {
		t.Errorf("ForgotPassword after the wait = %v, want nil", err)
	}
	for n := range 20 {
		if err := processes[n%2].ForgotPassword(ctx, hub.Actor{Address: "192.0.2.1"}, fmt.Sprintf("nobody%d@example.com", n)); err != nil {
			t.Fatalf("ForgotPassword %d from one address = %v, want nil", n+1, err)
		}
	}
	if got := wait(t, f.Accounts.ForgotPassword(ctx, hub.Actor{Address: "192.0.2.1"}, "dario@example.com")); got != 3*time.Minute {
		t.Errorf("ForgotPassword from an address with 20 requests = a wait of %v, want 3 minutes", got)
	}
}

// ACC-05: a request for a reset is written down whether or not there is an account: as an event of the account, or
// as one more from its place.
func TestAskedResetsAreWrittenDownAlike(t *testing.T) {
	f, ctx := mailFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	for _, email := range []string{"ana@example.com", "nobody@example.com"} {
		if err := f.Accounts.ForgotPassword(ctx, hub.Actor{Address: "203.0.113.9"}, email); err != nil {
			t.Fatal(err)
		}
	}
	f.Close()
	events, err := f.DB.AuditEvents(ctx, db.AuditQuery{AllTeams: true, Action: "password.reset_asked", Limit: 9})
	if err != nil || len(events) != 1 || events[0].TargetID != ana.ID {
		t.Fatalf("events of two requests = %+v, %v, want one of Ana's", events, err)
	}
	refused, err := f.DB.OpenRefusals(ctx, 9)
	if err != nil || len(refused) != 1 || refused[0].Kind != db.RefusedReset || refused[0].Count != 1 || refused[0].PersonID != "" {
		t.Errorf("OpenRefusals = %+v, %v, want the one of nobody", refused, err)
	}
}

// waiting returns how many emails of a kind are queued.
func (f *fixture) waiting(t *testing.T, kind string) (n int) {
	t.Helper()
	mails, err := f.DB.MailsWaiting(context.Background(), 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mails {
		if m.Kind == kind {
			n++
		}
	}
	return n
}

// When a link dies, its queued email is dropped: nobody gets a dead link.
func TestDeadLinksAreNotMailed(t *testing.T) {
	f, ctx := mailFixture(t), context.Background()
	ana, dario := f.Join(t, "Ana", hub.Admin), f.Join(t, "Dario", hub.Developer)
	want := func(what, kind string, n int) {
		t.Helper()
		if got := f.waiting(t, kind); got != n {
			t.Errorf("queued emails of the kind %s after %s = %d, want %d", kind, what, got, n)
		}
	}
	invited, err := f.Teams.Invite(ctx, ana, f.OwnTeam.ID, "new@example.com", hub.Viewer)
	if err != nil {
		t.Fatal(err)
	}
	want("an invitation", "invitation", 1)
	if invited, err = f.Teams.Resend(ctx, ana, f.OwnTeam.ID, invited.Link.ID); err != nil {
		t.Fatal(err)
	}
	want("its resending", "invitation", 1)
	if err := f.Teams.CancelInvitation(ctx, ana, f.OwnTeam.ID, invited.Link.ID); err != nil {
		t.Fatal(err)
	}
	want("its cancelling", "invitation", 0)

	for range 2 {
		if err := f.Accounts.ForgotPassword(ctx, hub.Actor{Address: "203.0.113.9"}, "dario@example.com"); err != nil {
			t.Fatal(err)
		}
	}
	f.Close()
	want("two asked resets", "reset", 1)
	if _, err := f.Accounts.ChangePassword(ctx, dario, "", hubtest.Password, "another good passphrase", account.EndAll); err != nil {
		t.Fatal(err)
	}
	want("a changed password", "reset", 0)

	change := func() {
		t.Helper()
		if err := f.Accounts.ChangeEmail(ctx, ana, hubtest.Password, "fresh@example.com"); err != nil {
			t.Fatal(err)
		}
	}
	change()
	change()
	want("two changes of address", "email_confirm", 2)
	if err := f.Accounts.CancelEmailChange(ctx, ana); err != nil {
		t.Fatal(err)
	}
	want("a stopped change of address", "email_confirm", 0)

	if _, err := f.Teams.Invite(ctx, ana, f.OwnTeam.ID, "dario@example.com", hub.Viewer); err == nil {
		t.Fatal("Invite of a member = nil, want an error")
	}
	elsewhere, err := f.Teams.Add(ctx, hub.OperatorActor(), "Elsewhere")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Teams.Invite(ctx, hub.OperatorActor(), elsewhere.ID, "dario@example.com", hub.Viewer); err != nil {
		t.Fatal(err)
	}
	if err := f.Accounts.DisablePerson(ctx, hub.OperatorActor(), dario.ID); err != nil {
		t.Fatal(err)
	}
	want("the invited person was disabled", "invitation", 0)
}

// An email whose link is dead is not retried.
func TestMailOfADeadLinkIsNotRetried(t *testing.T) {
	f, ctx := mailFixture(t), context.Background()
	err := f.DB.Tx(ctx, func(tx *db.Tx) error {
		return errors.Join(
			tx.InsertMail(ctx, db.Mail{ID: "linked", Once: db.OfLink("hash"), Recipient: "ana@example.com", Kind: "reset", Body: []byte{}, EndsAt: tx.Now.Add(-time.Second)}),
			tx.InsertMail(ctx, db.Mail{ID: "plain", Recipient: "ana@example.com", Kind: "test", Body: []byte{}, EndsAt: tx.Now.Add(-time.Second)}))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Catalogue.RetryMail(ctx, hub.OperatorActor(), "linked"); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("RetryMail with a dead link = %v, want db.ErrNotFound", err)
	}
	if err := f.Catalogue.RetryMail(ctx, hub.OperatorActor(), "plain"); err != nil {
		t.Errorf("RetryMail of a notice that was given up = %v, want nil", err)
	}
}
