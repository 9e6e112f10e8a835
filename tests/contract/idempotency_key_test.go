package contract

import (
	"errors"
	"testing"

	"gatepost/db"
)

var idempotencyKeyPromises = []promise{
	{"idempotency keys: a second use conflicts and undoes its work", idempotencyKeyConflicts},
	{"idempotency keys: of forty uses at once one wins", idempotencyKeyHasOneWinner},
}

// targetOf returns what an actor's key made.
func targetOf(t *testing.T, s store, actor, key string) string {
	t.Helper()
	target, _, err := s.IdempotencyTarget(t.Context(), actor, key)
	wantErr(t, "IdempotencyTarget", err, nil)
	return target
}

func idempotencyKeyConflicts(t *testing.T, s store) {
	f := s.fixture(t)
	use := func(actor, key string, app db.App) error {
		return s.Tx(t.Context(), func(tx *db.Tx) error {
			if err := tx.InsertApp(t.Context(), app); err != nil {
				return err
			}
			return tx.UseIdempotencyKey(t.Context(), actor, key, app.ClientID, "")
		})
	}
	first, again := newApp(f.team.ID), newApp(f.team.ID)
	if err := use("ana", "key", first); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "UseIdempotencyKey again", use("ana", "key", again), db.ErrConflict)
	_, err := s.App(t.Context(), again.ClientID)
	wantErr(t, "App of the second use", err, db.ErrNotFound)
	equal(t, "IdempotencyTarget", targetOf(t, s, "ana", "key"), first.ClientID)
	if err := use("bob", "key", again); err != nil {
		t.Errorf("the same key of another actor: %v", err)
	}
	_, _, err = s.IdempotencyTarget(t.Context(), "ana", "none")
	wantErr(t, "IdempotencyTarget(none)", err, db.ErrNotFound)
}

func idempotencyKeyHasOneWinner(t *testing.T, s store) {
	f := s.fixture(t)
	won := 0
	for _, err := range atOnce(40, func(int) error {
		return s.Tx(t.Context(), func(tx *db.Tx) error {
			app := newApp(f.team.ID)
			return errors.Join(tx.InsertApp(t.Context(), app), tx.UseIdempotencyKey(t.Context(), "ana", "key", app.ClientID, ""))
		})
	}) {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, db.ErrConflict):
			t.Errorf("UseIdempotencyKey of a loser = %v, want %v", err, db.ErrConflict)
		}
	}
	equal(t, "winners", won, 1)
	equal(t, "apps", len(must[[]db.App](t)(s.Apps(t.Context(), f.team.ID))), 2)
}
