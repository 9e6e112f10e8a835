package account_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/hubtest"
)

// A disabled person is out immediately. When enabled again, they get back neither sessions nor tokens.
func TestDisablePerson(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	mario, dario := f.Join(t, "Mario", hub.Admin), f.Join(t, "Dario", hub.Developer)
	if err := f.Accounts.SetOwner(ctx, hub.OperatorActor(), mario.ID, true); err != nil {
		t.Fatal(err)
	}
	mario.Owner = true
	err := f.DB.Tx(ctx, func(tx *db.Tx) error {
		p, err := tx.Person(ctx, dario.ID)
		if err != nil {
			return err
		}
		return tx.InsertSession(ctx, db.Session{ID: "s", PersonID: dario.ID, Data: []byte{}, CreatedAt: tx.Now, LastSeenAt: tx.Now, ExpiresAt: tx.Now.Add(time.Hour)}, p.PasswordChangedAt)
	})
	if err != nil {
		t.Fatal(err)
	}
	_, reset, err := f.Accounts.ResetLink(ctx, hub.OperatorActor(), dario.ID)
	if err != nil {
		t.Fatal(err)
	}
	hubtest.WantForbidden(t, "DisablePerson of oneself", func() error {
		if err := f.Accounts.SetOwner(ctx, hub.OperatorActor(), dario.ID, true); err != nil {
			return err
		}
		return f.Accounts.DisablePerson(ctx, mario, mario.ID)
	}())
	if err := f.Accounts.SetOwner(ctx, mario, dario.ID, false); err != nil {
		t.Fatal(err)
	}
	if err := f.Accounts.DisablePerson(ctx, mario, dario.ID); err != nil {
		t.Fatal(err)
	}
	if list, err := f.Accounts.Sessions(ctx, dario); err != nil || len(list) != 0 {
		t.Errorf("Sessions of a disabled person = %v, %v, want none", list, err)
	}
	if _, err := f.Accounts.SignIn(ctx, dario, "dario@example.com", hubtest.Password); !errors.Is(err, hub.ErrWrongPassword) {
		t.Errorf("SignIn of a disabled person = %v, want ErrWrongPassword, as for an unknown address", err)
	}
	if err := f.Accounts.ResetPassword(ctx, hub.Actor{}, hubtest.LinkToken(reset), "another good passphrase"); !errors.Is(err, hub.ErrLinkDead) {
		t.Errorf("ResetPassword of a disabled person = %v, want ErrLinkDead", err)
	}
	hubtest.WantEvent(t, f.Fixture, mario, "account.disabled", "ended 1 session, 0 personal tokens, 0 calendar addresses and the access of 0 apps")
	if err := f.Accounts.EnablePerson(ctx, mario, dario.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Accounts.SignIn(ctx, dario, "dario@example.com", hubtest.Password); err != nil {
		t.Errorf("SignIn after EnablePerson = %v, want nil", err)
	}
}

// The last owner can't be disabled or stop being one. Of two owners who try it on each other at the same
// time, one succeeds.
func TestLastOwnerStays(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	mario, ugo := f.Join(t, "Mario", hub.Admin), f.Join(t, "Ugo", hub.Developer)
	operator := hub.OperatorActor()
	if err := f.Accounts.SetOwner(ctx, operator, mario.ID, true); err != nil {
		t.Fatal(err)
	}
	mario.Owner = true
	for what, err := range map[string]error{
		"SetOwner(false)":              f.Accounts.SetOwner(ctx, mario, mario.ID, false),
		"DisablePerson":                f.Accounts.DisablePerson(ctx, mario, mario.ID),
		"DisablePerson by the command": f.Accounts.DisablePerson(ctx, operator, mario.ID),
	} {
		if !errors.Is(err, hub.ErrLastOwner) {
			t.Errorf("%s of the last owner = %v, want ErrLastOwner", what, err)
		}
	}
	hubtest.WantForbidden(t, "SetOwner by somebody else", f.Accounts.SetOwner(ctx, ugo, ugo.ID, true))
	hubtest.WantForbidden(t, "DisablePerson by somebody else", f.Accounts.DisablePerson(ctx, ugo, mario.ID))
	for round := range 4 {
		if err := f.Accounts.SetOwner(ctx, operator, ugo.ID, true); err != nil {
			t.Fatal(err)
		}
		if err := f.Accounts.SetOwner(ctx, operator, mario.ID, true); err != nil {
			t.Fatal(err)
		}
		ugo.Owner, mario.Owner = true, true
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i, pair := range [][2]hub.Actor{{mario, ugo}, {ugo, mario}} {
			wg.Go(func() { errs[i] = f.Accounts.SetOwner(ctx, pair[0], pair[1].ID, false) })
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("round %d: the two = %v and %v, want one to succeed", round, errs[0], errs[1])
		}
		if n, err := f.DB.CountOwners(ctx); err != nil || n != 1 {
			t.Errorf("round %d: CountOwners = %d, %v, want 1", round, n, err)
		}
	}
}
