package contract

import (
	"context"
	"errors"
	"testing"
	"time"

	"gatepost/db"
)

var emailChangePromises = []promise{
	{"email changes: both addresses must confirm", changeNeedsBoth},
	{"email changes: if both confirm at once, the later sees it done", confirmAtOnce},
}

func newEmailChange(p db.Person) db.EmailChange {
	return db.EmailChange{ID: fresh("change"), PersonID: p.ID, Old: p.Email, New: fresh("new") + "@example.com", OldHash: fresh("old"), NewHash: fresh("new"), CreatedAt: now(), ExpiresAt: now().Add(time.Hour)}
}

func changeNeedsBoth(t *testing.T, s store) {
	f, other, ctx := s.fixture(t), s.fixture(t), t.Context()
	first, c := newEmailChange(f.person), newEmailChange(f.person)
	s.do(t, func(tx *db.Tx) error { return errors.Join(tx.PutEmailChange(ctx, first), tx.PutEmailChange(ctx, c)) })
	equal(t, "EmailChangeOf", must[db.EmailChange](t)(s.EmailChangeOf(ctx, f.person.ID)), c)
	equal(t, "EmailChangeByHash", must[db.EmailChange](t)(s.EmailChangeByHash(ctx, c.NewHash)), c)
	_, err := s.EmailChangeByHash(ctx, first.OldHash)
	wantErr(t, "EmailChangeByHash of one that another took the place of", err, db.ErrNotFound)
	confirm := func(hash string) (got db.EmailChange, err error) {
		err = s.Tx(ctx, func(tx *db.Tx) (err error) {
			got, err = tx.ConfirmEmailChange(ctx, hash)
			return err
		})
		return got, err
	}
	got := must[db.EmailChange](t)(confirm(c.NewHash))
	equal(t, "done after one", got.Done(), false)
	_, err = confirm(c.NewHash)
	wantErr(t, "ConfirmEmailChange twice by the same address", err, db.ErrNotFound)
	equal(t, "done after both", must[db.EmailChange](t)(confirm(c.OldHash)).Done(), true)
	reset := db.Link{ID: fresh("link"), TokenHash: fresh("hash"), Purpose: db.LinkReset, Email: f.person.Email, PersonID: f.person.ID, CreatedAt: now(), ExpiresAt: now().Add(time.Hour)}
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.InsertLink(ctx, reset), tx.SetEmail(ctx, f.person.ID, f.person.Email, c.New), tx.EndEmailChange(ctx, f.person.ID))
	})
	equal(t, "address", must[db.Person](t)(s.Person(ctx, f.person.ID)).Email, c.New)
	equal(t, "the reset link is cancelled", !must[db.Link](t)(s.Link(ctx, reset.ID)).CancelledAt.IsZero(), true)
	wantErr(t, "SetEmail from an address of before", s.Tx(ctx, func(tx *db.Tx) error { return tx.SetEmail(ctx, f.person.ID, f.person.Email, "x@example.com") }), db.ErrNotFound)
	wantErr(t, "SetEmail to a taken address", s.Tx(ctx, func(tx *db.Tx) error { return tx.SetEmail(ctx, f.person.ID, c.New, other.person.Email) }), db.ErrConflict)

	over := newEmailChange(other.person)
	over.ExpiresAt = now().Add(-time.Second)
	s.do(t, func(tx *db.Tx) error { return tx.PutEmailChange(ctx, over) })
	_, err = confirm(over.OldHash)
	wantErr(t, "ConfirmEmailChange after its end", err, db.ErrNotFound)
	must[int64](t)(s.Purge(ctx, 100))
	_, err = s.EmailChangeOf(ctx, other.person.ID)
	wantErr(t, "EmailChangeOf after Purge", err, db.ErrNotFound)
}

func confirmAtOnce(t *testing.T, s store) {
	for range 5 {
		f := s.fixture(t)
		c := newEmailChange(f.person)
		s.do(t, func(tx *db.Tx) error { return tx.PutEmailChange(t.Context(), c) })
		done := make([]bool, 2)
		for _, err := range atOnce(2, func(i int) error {
			return s.Tx(context.Background(), func(tx *db.Tx) error {
				got, err := tx.ConfirmEmailChange(context.Background(), []string{c.OldHash, c.NewHash}[i])
				done[i] = got.Done()
				return err
			})
		}) {
			if err != nil {
				t.Errorf("ConfirmEmailChange at once = %v, want nil", err)
			}
		}
		if done[0] == done[1] {
			t.Errorf("done = %v, want one of the two to see it done", done)
		}
	}
}
