package contract

import (
	"bytes"
	"encoding/hex"
	"errors"
	"slices"
	"testing"
	"time"

	"gatepost/db"
)

var portalKeyPromises = []promise{
	{"portal keys: one is next, then current, then retired", portalKeyLife},
	{"portal keys: of two that are added one after the other only one can be next", onePortalKeyIsNext},
	{"portal keys: of many servers at once each is remembered, until it stops or is not seen any more", keyHoldersComeAndGo},
	{"sealed bytes: what another key sealed is found, counted and replaced unless it has changed", sealedAgain},
}

func portalKeyLife(t *testing.T, s store) {
	ids := func() (out []string) {
		for _, k := range must[[]db.PortalKey](t)(s.PortalKeys(t.Context())) {
			out = append(out, k.ID)
		}
		return out
	}
	s.do(t, func(tx *db.Tx) error {
		return tx.InsertPortalKey(t.Context(), db.PortalKey{ID: "bbbb", Check: "b", CurrentFrom: tx.Now})
	})
	s.do(t, func(tx *db.Tx) error {
		return tx.InsertPortalKey(t.Context(), db.PortalKey{ID: "aaaa", Check: "a"})
	})
	if got := ids(); !slices.Equal(got, []string{"bbbb", "aaaa"}) {
		t.Errorf("keys = %q, want the current one and then the next one", got)
	}
	s.do(t, func(tx *db.Tx) error { return tx.MakePortalKeyCurrent(t.Context(), "aaaa") })
	if err := s.Tx(t.Context(), func(tx *db.Tx) error { return tx.MakePortalKeyCurrent(t.Context(), "aaaa") }); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("MakePortalKeyCurrent twice = %v, want ErrNotFound", err)
	}
	s.do(t, func(tx *db.Tx) error { return tx.RetirePortalKey(t.Context(), "bbbb", []byte("kept")) })
	if err := s.Tx(t.Context(), func(tx *db.Tx) error { return tx.RetirePortalKey(t.Context(), "bbbb", []byte("other")) }); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("RetirePortalKey twice = %v, want ErrNotFound", err)
	}
	list := must[[]db.PortalKey](t)(s.PortalKeys(t.Context()))
	if len(list) != 2 || list[0].ID != "bbbb" || list[0].RetiredAt.IsZero() || string(list[0].Kept) != "kept" || list[0].Check != "b" || !list[1].CurrentFrom.After(list[0].CurrentFrom) {
		t.Errorf("keys = %+v, want the retired one with what is kept of it, and the one that was made current later, even in the same second", list)
	}
}

func onePortalKeyIsNext(t *testing.T, s store) {
	add := func(id string) error {
		return s.Tx(t.Context(), func(tx *db.Tx) error { return tx.InsertPortalKey(t.Context(), db.PortalKey{ID: id, Check: id}) })
	}
	if err := add("aaaa"); err != nil {
		t.Fatal(err)
	}
	if err := add("aaaa"); err != nil {
		t.Errorf("the same key again = %v, want nil", err)
	}
	if err := add("bbbb"); !errors.Is(err, db.ErrConflict) {
		t.Errorf("another next key = %v, want ErrConflict", err)
	}
}

func keyHoldersComeAndGo(t *testing.T, s store) {
	put := func(process string, seen time.Time, ids ...string) {
		t.Helper()
		s.do(t, func(tx *db.Tx) error {
			return tx.PutKeyHolder(t.Context(), db.KeyHolder{Process: process, Host: "host", KeyIDs: ids, Current: ids[0], SeenAt: seen}, now().Add(-time.Hour))
		})
	}
	put("one", now(), "a")
	put("one", now(), "b", "a")
	put("two", now(), "a")
	put("old", now().Add(-time.Minute), "a")
	put("dead", now().Add(-2*time.Hour), "a")
	put("two", now(), "a")
	got := must[[]db.KeyHolder](t)(s.KeyHolders(t.Context(), now().Add(-30*time.Second)))
	if len(got) != 2 || got[0].Process != "one" || !slices.Equal(got[0].KeyIDs, []string{"b", "a"}) || got[0].Current != "b" || got[1].Process != "two" {
		t.Errorf("holders = %+v, want one with its two keys, and two", got)
	}
	s.do(t, func(tx *db.Tx) error { return tx.DeleteKeyHolder(t.Context(), "one") })
	if got := must[[]db.KeyHolder](t)(s.KeyHolders(t.Context(), time.Unix(0, 0))); len(got) != 2 || got[0].Process != "old" {
		t.Errorf("holders = %+v, want old and two: the others stopped or were forgotten", got)
	}
}

func sealedAgain(t *testing.T, s store) {
	f := s.fixture(t)
	by := func(key, rest string) []byte { return []byte("gpk1" + key + rest) }
	prefix := by("newk", "")
	body := by("oldk", "body")
	h := newHandover(f)
	s.handOver(t, h, hex.EncodeToString(body))
	s.do(t, func(tx *db.Tx) error {
		for _, m := range []db.Mail{{ID: "m1", Body: body}, {ID: "m2", Body: by("newk", "body")}, {ID: "m3", Body: []byte{0xff, 0, 1}}, {ID: "m4", Body: []byte{}}} {
			m.Recipient, m.Kind, m.EndsAt = "a@example.com", "test", tx.Now
			if err := tx.InsertMail(t.Context(), m); err != nil {
				return err
			}
		}
		if err := tx.PutTOTPFactor(t.Context(), db.TOTPFactor{PersonID: f.person.ID, Secret: body, CreatedAt: tx.Now}); err != nil {
			return err
		}
		if err := tx.InsertSigningKey(t.Context(), db.SigningKey{KID: "kid", Algorithm: "EdDSA", PrivateKey: body, CreatedAt: tx.Now, SignsFrom: tx.Now}); err != nil {
			return err
		}
		if err := tx.InsertPortalKey(t.Context(), db.PortalKey{ID: "aaaa", Check: "a"}); err != nil {
			return err
		}
		return tx.RetirePortalKey(t.Context(), "aaaa", body)
	})
	want := map[string][]string{
		"signing keys": {"kid"}, "totp": {f.person.ID}, "mails": {"m1", "m3"}, "kept keys": {"aaaa"},
		"handovers": {h.ID + " " + h.ClientID + " " + h.SecretID + " " + h.ToID},
	}
	for _, place := range db.SealedPlaces {
		read := func(after string) (rows []db.Sealed, things []string) {
			t.Helper()
			rows = must[[]db.Sealed](t)(s.SealedOtherwise(t.Context(), place, prefix, after, 10))
			for _, row := range rows {
				things = append(things, row.Thing)
			}
			return rows, things
		}
		rows, things := read("")
		if !slices.Equal(things, want[place.Purpose]) || !bytes.Equal(rows[0].Body, body) {
			t.Fatalf("%s that another key sealed = %q, want %q", place.Purpose, things, want[place.Purpose])
		}
		if n := must[int](t)(s.CountSealedOtherwise(t.Context(), place, prefix)); n != len(rows) {
			t.Errorf("count of %s = %d, want %d", place.Purpose, n, len(rows))
		}
		if _, things := read(rows[0].ID); len(things) != len(rows)-1 {
			t.Errorf("%s after the first = %q, want the others", place.Purpose, things)
		}
		stale := rows[0]
		stale.Body = by("oldk", "from before")
		s.do(t, func(tx *db.Tx) error {
			if err := tx.Reseal(t.Context(), place, stale, by("newk", "lost")); err != nil {
				return err
			}
			return tx.Reseal(t.Context(), place, rows[0], by("newk", "fresh"))
		})
		if n := must[int](t)(s.CountSealedOtherwise(t.Context(), place, prefix)); n != len(rows)-1 {
			t.Errorf("count of %s after one was sealed again = %d, want %d", place.Purpose, n, len(rows)-1)
		}
		all := must[[]db.Sealed](t)(s.SealedOtherwise(t.Context(), place, by("none", ""), "", 10))
		if !slices.ContainsFunc(all, func(row db.Sealed) bool { return bytes.Equal(row.Body, by("newk", "fresh")) }) {
			t.Errorf("%s = %q, want the fresh bytes, not those of a stale write", place.Purpose, all)
		}
	}
}
