package contract

import (
	"errors"
	"testing"
	"time"

	"gatepost/db"
)

var handoverPromises = []promise{
	{"handovers: what is inserted is read, without the ciphertext", handoverRoundTrip},
	{"handovers: of forty recipients at once one gets the ciphertext", handoverHasOneWinner},
	{"handovers: one that is expired, cancelled, opened or for somebody else stays closed", deadHandoversStayClosed},
	{"handovers: a new one cancels one waiting for the same person", handoverReplaced},
	{"handovers: purging deletes the ciphertext of expired ones", handoversPurged},
}

func newHandover(f fixture) db.Handover {
	return db.Handover{ID: fresh("handover"), ClientID: f.app.ClientID, SecretID: f.secret.ID, FromID: "person1", FromName: "Ana",
		ToID: f.person.ID, ToName: f.person.Name, CreatedAt: now(), ExpiresAt: now().Add(24 * time.Hour)}
}

func (s store) handOver(t *testing.T, h db.Handover, ciphertext string) {
	t.Helper()
	s.do(t, func(tx *db.Tx) error { return tx.InsertHandover(t.Context(), h, ciphertext) })
}

// ciphertexts returns those that are stored. It closes the store, which can't be used after.
func (s store) ciphertexts(t *testing.T) (list []string) {
	t.Helper()
	s.leave(t, s.DB)
	rows, err := s.raw(t).QueryContext(t.Context(), `SELECT ciphertext FROM handovers WHERE ciphertext <> '' ORDER BY ciphertext`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			t.Fatal(err)
		}
		list = append(list, one)
	}
	return list
}

func handoverRoundTrip(t *testing.T, s store) {
	f := s.fixture(t)
	want := newHandover(f)
	s.handOver(t, want, "c1")
	equal(t, "Handover", must[db.Handover](t)(s.Handover(t.Context(), want.ID)), want)
	list := must[[]db.Handover](t)(s.Handovers(t.Context(), f.app.ClientID))
	if len(list) != 1 || list[0] != want {
		t.Errorf("Handovers = %v, want the one", list)
	}
	s.do(t, func(tx *db.Tx) error {
		got, err := tx.OpenHandover(t.Context(), want.ID, f.person.ID, "203.0.113.9")
		equal(t, "OpenHandover", got, "c1")
		want.OpenedAt, want.OpenedAddress = tx.Now.UTC(), "203.0.113.9"
		return err
	})
	equal(t, "Handover after it was opened", must[db.Handover](t)(s.Handover(t.Context(), want.ID)), want)
	_, err := s.Handover(t.Context(), "none")
	wantErr(t, "Handover(none)", err, db.ErrNotFound)
	sameList(t, "ciphertexts after it was opened", s.ciphertexts(t), nil)
}

func handoverHasOneWinner(t *testing.T, s store) {
	f := s.fixture(t)
	h := newHandover(f)
	s.handOver(t, h, "c1")
	won := 0
	for _, err := range atOnce(40, func(int) error {
		return s.Tx(t.Context(), func(tx *db.Tx) error {
			got, err := tx.OpenHandover(t.Context(), h.ID, f.person.ID, "203.0.113.9")
			if err == nil && got != "c1" {
				return errors.New("the winner got " + got)
			}
			return err
		})
	}) {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, db.ErrNotFound):
			t.Errorf("OpenHandover of a loser = %v, want %v", err, db.ErrNotFound)
		}
	}
	equal(t, "winners", won, 1)
}

func deadHandoversStayClosed(t *testing.T, s store) {
	f := s.fixture(t)
	over, cancelled, other := newHandover(f), newHandover(f), newHandover(f)
	over.ExpiresAt = now()
	second, third := newSecret(f.app.ClientID), newSecret(f.app.ClientID)
	cancelled.SecretID, other.SecretID = second.ID, third.ID
	s.handOver(t, over, "c1")
	s.handOver(t, cancelled, "c2")
	s.handOver(t, other, "c3")
	s.do(t, func(tx *db.Tx) error { return tx.CancelHandover(t.Context(), cancelled.ID) })
	for what, c := range map[string]struct{ id, to string }{
		"over": {over.ID, f.person.ID}, "cancelled": {cancelled.ID, f.person.ID}, "of somebody else": {other.ID, "person1"}, "unknown": {"none", f.person.ID},
	} {
		err := s.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := tx.OpenHandover(t.Context(), c.id, c.to, "203.0.113.9")
			return err
		})
		wantErr(t, "OpenHandover of one that is "+what, err, db.ErrNotFound)
	}
	for what, id := range map[string]string{"over": over.ID, "cancelled": cancelled.ID} {
		wantErr(t, "CancelHandover of one that is "+what, s.Tx(t.Context(), func(tx *db.Tx) error { return tx.CancelHandover(t.Context(), id) }), db.ErrNotFound)
	}
	sameList(t, "ciphertexts after a cancellation", s.ciphertexts(t), []string{"c1", "c3"})
}

func handoverReplaced(t *testing.T, s store) {
	f := s.fixture(t)
	first, second := newHandover(f), newHandover(f)
	s.handOver(t, first, "c1")
	s.handOver(t, second, "c2")
	if got := must[db.Handover](t)(s.Handover(t.Context(), first.ID)); got.Waiting(now()) || got.CancelledAt.IsZero() {
		t.Errorf("the first handover = %+v, want it cancelled", got)
	}
	sameList(t, "ciphertexts", s.ciphertexts(t), []string{"c2"})
}

func handoversPurged(t *testing.T, s store) {
	f := s.fixture(t)
	long, over, waiting := newHandover(f), newHandover(f), newHandover(f)
	long.SecretID, over.SecretID = "old", "other"
	long.ExpiresAt, over.ExpiresAt = now().Add(-91*24*time.Hour), now().Add(-time.Minute)
	s.handOver(t, long, "c0")
	s.handOver(t, over, "c1")
	s.handOver(t, waiting, "c2")
	if _, err := s.Purge(t.Context(), 100); err != nil {
		t.Fatal(err)
	}
	equal(t, "handovers after a purge", len(must[[]db.Handover](t)(s.Handovers(t.Context(), f.app.ClientID))), 2)
	sameList(t, "ciphertexts after a purge", s.ciphertexts(t), []string{"c2"})
}
