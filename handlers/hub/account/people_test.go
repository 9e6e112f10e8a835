package hub_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// Who is disabled is out at once, and comes back with nothing that ended.
func TestDisablePerson(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	mario, dario := f.person(t, "Mario", hub.Admin), f.person(t, "Dario", hub.Developer)
	if err := f.SetOwner(ctx, hub.OperatorActor(), mario.ID, true); err != nil {
		t.Fatal(err)
	}
	mario.Owner = true
	err := f.db.Tx(ctx, func(tx *db.Tx) error {
		p, err := tx.Person(ctx, dario.ID)
		if err != nil {
			return err
		}
		return tx.InsertSession(ctx, db.Session{ID: "s", PersonID: dario.ID, Data: []byte{}, CreatedAt: tx.Now, LastSeenAt: tx.Now, ExpiresAt: tx.Now.Add(time.Hour)}, p.PasswordChangedAt)
	})
	if err != nil {
		t.Fatal(err)
	}
	_, reset, err := f.ResetLink(ctx, hub.OperatorActor(), dario.ID)
	if err != nil {
		t.Fatal(err)
	}
	wantForbidden(t, "DisablePerson of oneself", func() error {
		if err := f.SetOwner(ctx, hub.OperatorActor(), dario.ID, true); err != nil {
			return err
		}
		return f.DisablePerson(ctx, mario, mario.ID)
	}())
	if err := f.SetOwner(ctx, mario, dario.ID, false); err != nil {
		t.Fatal(err)
	}
	if err := f.DisablePerson(ctx, mario, dario.ID); err != nil {
		t.Fatal(err)
	}
	if list, err := f.Sessions(ctx, dario); err != nil || len(list) != 0 {
		t.Errorf("Sessions of a disabled person = %v, %v, want none", list, err)
	}
	if _, err := f.SignIn(ctx, dario, "dario@example.com", goodPassword); !errors.Is(err, hub.ErrWrongPassword) {
		t.Errorf("SignIn of a disabled person = %v, want ErrWrongPassword, as for nobody", err)
	}
	if err := f.ResetPassword(ctx, hub.Actor{}, token(reset), "another good passphrase"); !errors.Is(err, hub.ErrLinkDead) {
		t.Errorf("ResetPassword of a disabled person = %v, want ErrLinkDead", err)
	}
	wantEvent(t, f, mario, "account.disabled", "1 sessions and the tokens of 0 authorizations ended")
	if err := f.EnablePerson(ctx, mario, dario.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := f.SignIn(ctx, dario, "dario@example.com", goodPassword); err != nil {
		t.Errorf("SignIn after EnablePerson = %v, want nil", err)
	}
}

// The last owner can't be disabled or lose the flag, and of two who try it on each
// other at once one wins.
func TestLastOwnerStays(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	mario, ugo := f.person(t, "Mario", hub.Admin), f.person(t, "Ugo", hub.Developer)
	operator := hub.OperatorActor()
	if err := f.SetOwner(ctx, operator, mario.ID, true); err != nil {
		t.Fatal(err)
	}
	mario.Owner = true
	for what, err := range map[string]error{
		"SetOwner(false)":              f.SetOwner(ctx, mario, mario.ID, false),
		"DisablePerson":                f.DisablePerson(ctx, mario, mario.ID),
		"DisablePerson by the command": f.DisablePerson(ctx, operator, mario.ID),
	} {
		if !errors.Is(err, hub.ErrLastOwner) {
			t.Errorf("%s of the last owner = %v, want ErrLastOwner", what, err)
		}
	}
	wantForbidden(t, "SetOwner by somebody else", f.SetOwner(ctx, ugo, ugo.ID, true))
	wantForbidden(t, "DisablePerson by somebody else", f.DisablePerson(ctx, ugo, mario.ID))
	for round := range 4 {
		if err := f.SetOwner(ctx, operator, ugo.ID, true); err != nil {
			t.Fatal(err)
		}
		if err := f.SetOwner(ctx, operator, mario.ID, true); err != nil {
			t.Fatal(err)
		}
		ugo.Owner, mario.Owner = true, true
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i, pair := range [][2]hub.Actor{{mario, ugo}, {ugo, mario}} {
			wg.Go(func() { errs[i] = f.SetOwner(ctx, pair[0], pair[1].ID, false) })
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("round %d: the two = %v and %v, want one to win", round, errs[0], errs[1])
		}
		if n, err := f.db.CountOwners(ctx); err != nil || n != 1 {
			t.Errorf("round %d: CountOwners = %d, %v, want 1", round, n, err)
		}
	}
}
