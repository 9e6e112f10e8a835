package contract

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"gatepost/db"
)

var signingKeyPromises = []promise{
	{"signing keys: what is inserted is listed while it is published", keyRoundTrip},
	{"signing keys: retiring leaves the new key and those retired before alone", retireKeys},
	{"signing keys: of forty processes at once one creates the key", oneMakesTheKey},
}

func newKey() db.SigningKey {
	return db.SigningKey{KID: fresh("kid"), Algorithm: "RS256", PrivateKey: []byte{0, 1, 255}, CreatedAt: now(), SignsFrom: now()}
}

func keyRoundTrip(t *testing.T, s store) {
	older, newer, gone := newKey(), newKey(), newKey()
	older.SignsFrom, older.SignsUntil, older.PublishedUntil = now().Add(-time.Hour), now(), now().Add(time.Minute)
	gone.PublishedUntil = now()
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.InsertSigningKey(t.Context(), newer), tx.InsertSigningKey(t.Context(), older), tx.InsertSigningKey(t.Context(), gone))
	})
	if got := must[[]db.SigningKey](t)(s.SigningKeys(t.Context(), now())); !reflect.DeepEqual(got, []db.SigningKey{older, newer}) {
		t.Errorf("SigningKeys = %+v, want %+v and %+v", got, older, newer)
	}
}

func retireKeys(t *testing.T, s store) {
	retired, old, current := newKey(), newKey(), newKey()
	retired.SignsUntil, retired.PublishedUntil = now().Add(time.Minute), now().Add(time.Hour)
	retired.SignsFrom, old.SignsFrom = now().Add(-2*time.Hour), now().Add(-time.Hour)
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.InsertSigningKey(t.Context(), retired), tx.InsertSigningKey(t.Context(), old), tx.InsertSigningKey(t.Context(), current),
			tx.RetireSigningKeys(t.Context(), current.KID, now().Add(time.Second), now().Add(2*time.Hour)))
	})
	old.SignsUntil, old.PublishedUntil = now().Add(time.Second), now().Add(2*time.Hour)
	got := must[[]db.SigningKey](t)(s.SigningKeys(t.Context(), now()))
	if len(got) != 3 || !reflect.DeepEqual(got[0], retired) || !reflect.DeepEqual(got[2], current) {
		t.Errorf("SigningKeys = %+v, want the first and the last unchanged", got)
	}
	if d := got[1].PublishedUntil.Sub(old.PublishedUntil).Abs(); d > time.Minute || got[1].SignsUntil.IsZero() {
		t.Errorf("the old key = %+v, want %+v", got[1], old)
	}
}

func oneMakesTheKey(t *testing.T, s store) {
	for _, err := range atOnce(40, func(int) error {
		return s.Tx(t.Context(), func(tx *db.Tx) error {
			if err := tx.LockSigningKeys(t.Context()); err != nil {
				return err
			}
			have, err := tx.SigningKeys(t.Context(), tx.Now)
			if err != nil || len(have) > 0 {
				return err
			}
			return tx.InsertSigningKey(t.Context(), newKey())
		})
	}) {
		if err != nil {
			t.Errorf("making the key: %v", err)
		}
	}
	equal(t, "keys", len(must[[]db.SigningKey](t)(s.SigningKeys(t.Context(), now()))), 1)
}
