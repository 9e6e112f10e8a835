package contract

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"gatepost/db"
)

var signInTryPromises = []promise{
	{"tries: they are counted, leak and are forgotten", triesAreCounted},
	{"tries: of those made at once none is lost", triesAtOnce},
}

func triesAreCounted(t *testing.T, s store) {
	ctx, start := t.Context(), now()
	add := func(at time.Time) (n int) {
		t.Helper()
		s.do(t, func(tx *db.Tx) (err error) {
			n, err = tx.AddTry(ctx, "key", at, time.Minute)
			return err
		})
		return n
	}
	for want := range 4 {
		equal(t, "AddTry", add(start), want+1)
	}
	equal(t, "AddTry after two and a half minutes", add(start.Add(150*time.Second)), 3)
	equal(t, "AddTry after an hour", add(start.Add(time.Hour)), 1)
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.DelayTries(ctx, "key", start.Add(2*time.Hour)), tx.DelayTries(ctx, "key", start.Add(time.Hour)), tx.KnowPlace(ctx, "place", start))
	})
	got := must[[]db.Tries](t)(s.SignInTries(ctx, "key", "place", "none"))
	slices.SortFunc(got, func(a, b db.Tries) int { return b.Tries - a.Tries })
	want := []db.Tries{{Key: "key", Tries: 1, LastAt: start.Add(time.Hour), Until: start.Add(2 * time.Hour)}, {Key: "place", LastAt: start}}
	if !slices.Equal(got, want) {
		t.Errorf("SignInTries = %+v, want %+v", got, want)
	}
	s.do(t, func(tx *db.Tx) error { return tx.ForgetTries(ctx, "key", "none") })
	if got := must[[]db.Tries](t)(s.SignInTries(ctx, "key")); len(got) != 0 {
		t.Errorf("SignInTries after ForgetTries = %+v, want none", got)
	}
	old := now().Add(-91 * 24 * time.Hour)
	s.do(t, func(tx *db.Tx) error {
		_, err := tx.AddTry(ctx, "old", now().Add(-49*time.Hour), time.Minute)
		return errors.Join(err, tx.KnowPlace(ctx, "old place", old))
	})
	must[int64](t)(s.Purge(ctx, 100))
	if got := must[[]db.Tries](t)(s.SignInTries(ctx, "old", "old place", "place")); len(got) != 1 || got[0].Key != "place" {
		t.Errorf("SignInTries after Purge = %+v, want the place that is known still", got)
	}
}

func triesAtOnce(t *testing.T, s store) {
	for _, err := range atOnce(20, func(int) error {
		return s.Tx(context.Background(), func(tx *db.Tx) error {
			for _, key := range []string{"own", "account", "address"} {
				if _, err := tx.AddTry(context.Background(), key, now(), time.Hour); err != nil {
					return err
				}
			}
			return nil
		})
	}) {
		if err != nil {
			t.Errorf("AddTry at once = %v, want nil", err)
		}
	}
	for _, got := range must[[]db.Tries](t)(s.SignInTries(t.Context(), "own", "account", "address")) {
		equal(t, "tries of "+got.Key, got.Tries, 20)
	}
}
