package account_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
	"gatepost/handlers/hub/hubtest"
)

// ACC-01, ACC-02: only the POST uses a link up, and only once.
func TestInvitationIsUsedOnce(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	invited, err := f.Teams.Invite(ctx, f.Join(t, "Ana", hub.Admin), f.OwnTeam.ID, " New@Example.com ", hub.Developer)
	if err != nil {
		t.Fatal(err)
	}
	if invited.Mailed || !strings.Contains(invited.Why, "GATEPOST_SMTP_URL") {
		t.Errorf("Invite without mail: Mailed = %v, Why = %q, want the setting named", invited.Mailed, invited.Why)
	}
	for range 3 {
		if _, err := f.OpenLink(ctx, hubtest.LinkToken(invited.URL), db.LinkInvitation); err != nil {
			t.Fatalf("OpenLink = %v, want nil, however often", err)
		}
	}
	var wins atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			_, err := f.Accounts.Activate(ctx, hub.Actor{}, hubtest.LinkToken(invited.URL), account.Activation{Name: "New", Password: hubtest.Password})
			if err == nil {
				wins.Add(1)
			} else if !errors.Is(err, hub.ErrLinkDead) {
				t.Errorf("Activate = %v, want ErrLinkDead", err)
			}
		})
	}
	wg.Wait()
	if wins.Load() != 1 {
		t.Errorf("%d of 8 activations succeeded, want 1", wins.Load())
	}
	if p, err := f.Accounts.SignIn(ctx, hub.Actor{}, "NEW@example.com", hubtest.Password); err != nil || p.Name != "New" {
		t.Errorf("SignIn after activation = %v, %v, want the person", p.Name, err)
	}
}

func TestDeadLinks(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	invite := func() string {
		t.Helper()
		in, err := f.Teams.Invite(ctx, ana, f.OwnTeam.ID, "new@example.com", hub.Viewer)
		if err != nil {
			t.Fatal(err)
		}
		return hubtest.LinkToken(in.URL)
	}
	first := invite()
	second := invite()
	if _, err := f.OpenLink(ctx, first, db.LinkInvitation); !errors.Is(err, hub.ErrLinkDead) {
		t.Errorf("OpenLink of a replaced invitation = %v, want ErrLinkDead", err)
	}
	if _, err := f.OpenLink(ctx, second, db.LinkReset); !errors.Is(err, hub.ErrLinkDead) {
		t.Errorf("OpenLink for another purpose = %v, want ErrLinkDead", err)
	}
	f.Clock.Add(hub.InvitationLife + time.Minute)
	if _, err := f.OpenLink(ctx, second, db.LinkInvitation); !errors.Is(err, hub.ErrLinkDead) {
		t.Errorf("OpenLink after 72 h = %v, want ErrLinkDead", err)
	}
}

// An existing account joins with its own password. An invitation can't reset the password.
func TestInvitationOfAnAccountThatExists(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	other, err := f.Teams.Add(ctx, hub.OperatorActor(), "Lecce")
	if err != nil {
		t.Fatal(err)
	}
	home := f.OwnTeam
	f.OwnTeam = other
	lecce := f.Join(t, "Luca", hub.Admin)
	invited, err := f.Teams.Invite(ctx, ana, home.ID, "luca@example.com", hub.Developer)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Accounts.Activate(ctx, hub.Actor{}, hubtest.LinkToken(invited.URL), account.Activation{Name: "Mallory", Password: "another good passphrase"})
	hubtest.WantInvalid(t, "Activate with a wrong password", err, "password")
	p, err := f.Accounts.Activate(ctx, hub.Actor{}, hubtest.LinkToken(invited.URL), account.Activation{Name: "Mallory", Password: hubtest.Password})
	if err != nil || p.Name != "Luca" {
		t.Fatalf("Activate with the account's password = %q, %v, want Luca", p.Name, err)
	}
	if r, err := f.Rights(ctx, lecce, home.ID); err != nil || r.Role != hub.Developer {
		t.Errorf("Rights = %+v, %v, want developer", r, err)
	}
}

// Whoever invites somebody can hold the link, and gains no more than the invitation grants: an account
// with other rights is activated only by its own link.
func TestInvitationGivesNoOtherRights(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, operator := f.Join(t, "Ana", hub.Admin), hub.OperatorActor()
	lecce, err := f.Teams.Add(ctx, operator, "Lecce")
	if err != nil {
		t.Fatal(err)
	}
	waiting := func(in account.NewPerson) account.AddedPerson {
		t.Helper()
		in.Name = "Waiting"
		added, err := f.Accounts.AddPerson(ctx, operator, in)
		if err != nil {
			t.Fatal(err)
		}
		return added
	}
	for what, in := range map[string]account.NewPerson{
		"an owner":                 {Email: "boss@example.com", Owner: true},
		"an admin of another team": {Email: "luca@example.com", TeamID: lecce.ID, Role: hub.Admin},
	} {
		own := waiting(in)
		invited, err := f.Teams.Invite(ctx, ana, f.OwnTeam.ID, in.Email, hub.Viewer)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.Accounts.Activate(ctx, hub.Actor{}, hubtest.LinkToken(invited.URL), account.Activation{Name: "Ana again", Password: hubtest.Password})
		hubtest.WantInvalid(t, "Activate of "+what+" by another team's invitation", err, "email")
		if p, err := f.Accounts.Activate(ctx, hub.Actor{}, hubtest.LinkToken(own.ActivationURL), account.Activation{Name: "Boss", Password: hubtest.Password}); err != nil || p.Owner != in.Owner {
			t.Errorf("Activate of %s by their own link = owner %v, %v, want owner %v", what, p.Owner, err, in.Owner)
		}
		if _, err := f.Accounts.Activate(ctx, hub.Actor{}, hubtest.LinkToken(invited.URL), account.Activation{Password: hubtest.Password}); err != nil {
			t.Errorf("Activate of %s by the invitation after that = %v, want them in the team", what, err)
		}
	}

	own := waiting(account.NewPerson{Email: "third@example.com", TeamID: f.OwnTeam.ID, Role: hub.Viewer, Owner: true})
	_, err = f.Teams.Invite(ctx, ana, f.OwnTeam.ID, "third@example.com", hub.Viewer)
	hubtest.WantForbidden(t, "Invite of an owner who isn't active yet, by an admin", err)
	pending, err := f.Teams.Invitations(ctx, ana, f.OwnTeam.ID)
	if err != nil || len(pending) != 1 {
		t.Fatalf("Invitations = %d, %v, want the one of the owner", len(pending), err)
	}
	_, err = f.Teams.Resend(ctx, ana, f.OwnTeam.ID, pending[0].ID)
	hubtest.WantForbidden(t, "Resend of an owner's link, by an admin", err)
	again, err := f.Teams.Resend(ctx, operator, f.OwnTeam.ID, pending[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	// What counts is whether the account is an owner now, not when the link was created.
	if err := f.Accounts.SetOwner(ctx, operator, own.Person.ID, false); err != nil {
		t.Fatal(err)
	}
	if p, err := f.Accounts.Activate(ctx, hub.Actor{}, hubtest.LinkToken(again.URL), account.Activation{Name: "Third", Password: hubtest.Password}); err != nil || p.Owner {
		t.Errorf("Activate of a former owner = owner %v, %v, want false", p.Owner, err)
	}
}

// Of two links that activate one account, the second doesn't work any more.
func TestSecondActivationLinkIsDead(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	added, err := f.Accounts.AddPerson(ctx, hub.OperatorActor(), account.NewPerson{Email: "new@example.com", Name: "New", TeamID: f.OwnTeam.ID, Role: hub.Viewer})
	if err != nil {
		t.Fatal(err)
	}
	_, second, err := f.Accounts.ResetLink(ctx, hub.OperatorActor(), added.Person.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Accounts.Activate(ctx, hub.Actor{}, hubtest.LinkToken(added.ActivationURL), account.Activation{Name: "New", Password: hubtest.Password}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Accounts.Activate(ctx, hub.Actor{}, hubtest.LinkToken(second), account.Activation{Name: "New", Password: hubtest.Password}); !errors.Is(err, hub.ErrLinkDead) {
		t.Errorf("Activate by the second link = %v, want ErrLinkDead", err)
	}
}

// No link activates an account that was disabled before it was active.
func TestInvitationEnablesNobody(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	added, err := f.Accounts.AddPerson(ctx, hub.OperatorActor(), account.NewPerson{Email: "new@example.com", Name: "New", TeamID: f.OwnTeam.ID, Role: hub.Viewer})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Accounts.DisablePerson(ctx, hub.OperatorActor(), added.Person.ID); err != nil {
		t.Fatal(err)
	}
	invited, err := f.Teams.Invite(ctx, ana, f.OwnTeam.ID, "new@example.com", hub.Viewer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Accounts.Activate(ctx, hub.Actor{}, hubtest.LinkToken(invited.URL), account.Activation{Name: "New", Password: hubtest.Password}); !errors.Is(err, hub.ErrLinkDead) {
		t.Errorf("Activate of a disabled account = %v, want ErrLinkDead", err)
	}
}

func TestOwnerLinkMakesOneOwner(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	old, err := f.OwnerLink(ctx)
	if err != nil {
		t.Fatal(err)
	}
	link, err := f.OwnerLink(ctx)
	if err != nil {
		t.Fatal(err)
	}
	in := account.Activation{Name: "Mario Rossi", Email: "mario@example.com", Password: hubtest.Password}
	if _, err := f.Accounts.Activate(ctx, hub.Actor{}, hubtest.LinkToken(old), in); !errors.Is(err, hub.ErrLinkDead) {
		t.Errorf("Activate with the link of an earlier start = %v, want ErrLinkDead", err)
	}
	p, err := f.Accounts.Activate(ctx, hub.Actor{}, hubtest.LinkToken(link), in)
	if err != nil || !p.Owner {
		t.Fatalf("Activate = owner %v, %v, want an owner", p.Owner, err)
	}
	if link, err := f.OwnerLink(ctx); link != "" || err != nil {
		t.Errorf("OwnerLink with an owner = %q, %v, want none", link, err)
	}
}
