package hub_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/hubtest"
	"gatepost/handlers/keys"
	"gatepost/handlers/secret"
)

// The first key of the fixture, and the one that replaces it.
var firstKey, secondKey = secret.Key{1}, secret.Key{2}

// keySource is a key file that tests change.
type keySource struct{ keys []secret.Key }

func (s *keySource) Load() ([]secret.Key, error) { return slices.Clone(s.keys), nil }

// server is another process of the portal, on the fixture's database.
func (f *fixture) server(t *testing.T, source *keySource) *hub.Hub {
	t.Helper()
	ring, err := hub.OpenKeys(t.Context(), f.DB, source.keys)
	if err != nil {
		t.Fatal(err)
	}
	h := hub.New(hub.Options{DB: f.DB, Key: ring, KeySource: source, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: f.Clock.Now})
	t.Cleanup(h.Close)
	return h
}

func tend(t *testing.T, servers ...*hub.Hub) {
	t.Helper()
	for _, h := range servers {
		if err := h.TendKeys(t.Context()); err != nil {
			t.Fatalf("TendKeys = %v, want nil", err)
		}
	}
}

// sealedOtherwise counts what a key hasn't sealed.
func (f *fixture) sealedOtherwise(t *testing.T, k secret.Key) (n int) {
	t.Helper()
	for _, place := range db.SealedPlaces {
		one, err := f.DB.CountSealedOtherwise(t.Context(), place, secret.SealedBy(k.ID()))
		if err != nil {
			t.Fatal(err)
		}
		n += one
	}
	return n
}

// fill makes one of everything that is sealed, and two and a half batches of mails.
func (f *fixture) fill(t *testing.T, h *hub.Hub) *keys.Ring {
	t.Helper()
	ana := f.Join(t, "Ana", hub.Admin)
	signing, err := keys.Open(t.Context(), f.DB, keys.Options{Algorithm: keys.EdDSA, Box: h.Key.NewBox(keys.Purpose)})
	if err != nil {
		t.Fatal(err)
	}
	err = f.DB.Tx(t.Context(), func(tx *db.Tx) error {
		for i := range 250 {
			id := fmt.Sprintf("mail%03d", i)
			if err := tx.InsertMail(t.Context(), db.Mail{ID: id, Recipient: "a@example.com", Kind: "test", Body: h.Key.NewBox("mails").Seal([]byte(id), id), EndsAt: tx.Now}); err != nil {
				return err
			}
		}
		return tx.PutTOTPFactor(t.Context(), db.TOTPFactor{PersonID: ana.ID, Secret: h.Key.NewBox("totp").Seal([]byte("seed"), ana.ID), CreatedAt: tx.Now})
	})
	if err != nil {
		t.Fatal(err)
	}
	return signing
}

func TestNewKeyIsCurrentOnceEveryServerHoldsIt(t *testing.T) {
	f := newFixture(t)
	one, two := &keySource{[]secret.Key{firstKey}}, &keySource{[]secret.Key{firstKey}}
	a, b := f.server(t, one), f.server(t, two)
	tend(t, a, b)
	one.keys = []secret.Key{secondKey, firstKey}
	if err := f.AddKey(t.Context(), hub.OperatorActor(), secondKey); err != nil {
		t.Fatal(err)
	}
	tend(t, a, b, a, b)
	if a.Key.ID() != firstKey.ID() {
		t.Fatal("the new key is current while a server doesn't hold it: what it seals there can't be opened")
	}
	if err := f.AddKey(t.Context(), hub.OperatorActor(), secret.Key{3}); !errors.Is(err, hub.ErrKeyRotating) {
		t.Errorf("AddKey during a rotation = %v, want ErrKeyRotating", err)
	}
	two.keys = []secret.Key{firstKey, secondKey} // the order in a file doesn't matter
	tend(t, b, a, b)
	if a.Key.ID() != secondKey.ID() || b.Key.ID() != secondKey.ID() {
		t.Errorf("current keys = %s, %s, want the new one on both servers", a.Key.ID(), b.Key.ID())
	}
}

func TestServerThatIsGoneHoldsNobodyUp(t *testing.T) {
	f := newFixture(t)
	one, old := &keySource{[]secret.Key{firstKey}}, &keySource{[]secret.Key{firstKey}}
	a, killed, stopped := f.server(t, one), f.server(t, old), f.server(t, old)
	tend(t, a, killed, stopped)
	if err := stopped.LeaveKeys(t.Context()); err != nil {
		t.Fatal(err)
	}
	one.keys = []secret.Key{secondKey, firstKey}
	if err := f.AddKey(t.Context(), hub.OperatorActor(), secondKey); err != nil {
		t.Fatal(err)
	}
	tend(t, a)
	if a.Key.ID() == secondKey.ID() {
		t.Fatal("the new key is current though a server that was just seen doesn't hold it")
	}
	f.Clock.Add(3 * time.Minute)
	tend(t, a)
	if a.Key.ID() != secondKey.ID() {
		t.Error("a server that was killed holds the rotation up for longer than 2 minutes")
	}
}

// The whole life of a rotation: what was sealed before is read at every moment, by every server, and at last without the
// old key.
func TestEverythingIsReadableBeforeDuringAndAfterARotation(t *testing.T) {
	f := newFixture(t)
	source := &keySource{[]secret.Key{firstKey}}
	h := f.server(t, source)
	f.fill(t, h)
	minter, client := secret.NewMinter(h.Key), "client"
	plain, _ := minter.New(client)
	readable := func(when string, h *hub.Hub) {
		t.Helper()
		if _, err := keys.Attach(t.Context(), f.DB, keys.Options{Box: h.Key.NewBox(keys.Purpose)}); err != nil {
			t.Errorf("%s: signing keys: %v", when, err)
		}
		for _, place := range db.SealedPlaces {
			rows, err := f.DB.SealedOtherwise(t.Context(), place, secret.SealedBy(secret.Key{9}.ID()), "", 1000)
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				if _, err := h.Key.NewBox(place.Purpose).Open(row.Body, row.Thing); err != nil {
					t.Errorf("%s: %s %s: %v", when, place.Purpose, row.ID, err)
				}
			}
		}
		if !secret.NewMinter(h.Key).Genuine(client, plain) {
			t.Errorf("%s: a secret from before isn't genuine", when)
		}
	}
	readable("before", h)
	source.keys = []secret.Key{secondKey, firstKey}
	if err := f.AddKey(t.Context(), hub.OperatorActor(), secondKey); err != nil {
		t.Fatal(err)
	}
	readable("added", h)
	tend(t, h)
	readable("resealed", h)
	if n := f.sealedOtherwise(t, secondKey); n != 0 || h.Key.ID() != secondKey.ID() {
		t.Errorf("rows that the old key sealed = %d, current %s, want 0 and the new key", n, h.Key.ID())
	}
	source.keys = []secret.Key{secondKey}
	var missing *hub.KeyMissing
	if _, err := hub.OpenKeys(t.Context(), f.DB, source.keys); !errors.As(err, &missing) || missing.ID != firstKey.ID() || !missing.Old {
		t.Errorf("OpenKeys without the old key = %v, want KeyMissing: it is still in use", err)
	}
	source.keys = []secret.Key{secondKey, firstKey}
	tend(t, h)
	if _, still := h.Key.Key(firstKey.ID()); !still {
		t.Error("the old key is retired immediately, want 15 minutes for what it sealed and nobody stores")
	}
	f.Clock.Add(16 * time.Minute)
	tend(t, h, h)
	if _, still := h.Key.Key(firstKey.ID()); still {
		t.Error("the old key is still in use after 16 minutes")
	}
	readable("retired", h)
	source.keys = []secret.Key{secondKey}
	readable("started without the old key", f.server(t, source))

	// The next rotation seals what is left of the first key again.
	third := secret.Key{3}
	source.keys = []secret.Key{third, secondKey}
	if err := f.AddKey(t.Context(), hub.OperatorActor(), third); err != nil {
		t.Fatal(err)
	}
	tend(t, h)
	f.Clock.Add(16 * time.Minute)
	tend(t, h)
	source.keys = []secret.Key{third}
	readable("started with the third key alone", f.server(t, source))
	if err := f.AddKey(t.Context(), hub.OperatorActor(), firstKey); err == nil {
		t.Error("AddKey(a retired key) = nil, want a refusal")
	}
}

// killer is a log that ends its process at the first warning.
type killer struct {
	slog.Handler
	kill func()
}

func (k killer) Handle(context.Context, slog.Record) error {
	k.kill()
	return nil
}

// A process that dies in the middle leaves some rows under the new key and some under the old one. A row that no key
// opens, in the middle of them, holds nobody up.
func TestRotationGoesOnAfterAKill(t *testing.T) {
	f := newFixture(t)
	source := &keySource{[]secret.Key{firstKey}}
	h := f.server(t, source)
	f.fill(t, h)
	err := f.DB.Tx(t.Context(), func(tx *db.Tx) error {
		return tx.InsertMail(t.Context(), db.Mail{ID: "mail150 damaged", Recipient: "a@example.com", Kind: "test", Body: []byte("no key opens this, whichever it is"), EndsAt: tx.Now})
	})
	if err != nil {
		t.Fatal(err)
	}
	before := f.sealedOtherwise(t, secondKey)
	source.keys = []secret.Key{secondKey, firstKey}
	if err := f.AddKey(t.Context(), hub.OperatorActor(), secondKey); err != nil {
		t.Fatal(err)
	}
	ctx, kill := context.WithCancel(t.Context())
	defer kill()
	h.Log = slog.New(killer{slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelWarn}), kill})
	if err := h.TendKeys(ctx); err == nil {
		t.Fatal("TendKeys that is cut off = nil, want an error")
	}
	if left := f.sealedOtherwise(t, secondKey); left == 0 || left == before {
		t.Fatalf("rows left after a kill = %d of %d, want it in the middle", left, before)
	}
	next := f.server(t, source)
	tend(t, next)
	if left := f.sealedOtherwise(t, secondKey); left != 1 {
		t.Errorf("rows left after the next start = %d, want the damaged one", left)
	}
	f.Clock.Add(16 * time.Minute)
	tend(t, next)
	if _, still := next.Key.Key(firstKey.ID()); still {
		t.Error("a damaged row keeps the old key in use, want it retired")
	}
}

// Rows that change while they are encrypted again keep the change.
func TestRotationLosesNoChange(t *testing.T) {
	f := newFixture(t)
	old := secret.NewKeyring(firstKey).NewBox("totp")
	ana := f.Join(t, "Ana", hub.Admin)
	put := func(text string) []byte {
		t.Helper()
		body := old.Seal([]byte(text), ana.ID)
		if err := f.DB.Tx(t.Context(), func(tx *db.Tx) error {
			return tx.PutTOTPFactor(t.Context(), db.TOTPFactor{PersonID: ana.ID, Secret: body, CreatedAt: tx.Now})
		}); err != nil {
			t.Fatal(err)
		}
		return body
	}
	place := db.SealedPlaces[slices.IndexFunc(db.SealedPlaces, func(p db.SealedPlace) bool { return p.Purpose == "totp" })]
	read := db.Sealed{ID: ana.ID, Thing: ana.ID, Body: put("the one before")}
	put("the new one")
	if err := f.DB.Tx(t.Context(), func(tx *db.Tx) error { return tx.Reseal(t.Context(), place, read, read.Body) }); err != nil {
		t.Fatal(err)
	}
	row, err := f.DB.TOTPFactor(t.Context(), ana.ID)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := old.Open(row.Secret, ana.ID); err != nil || string(plain) != "the new one" {
		t.Errorf("what is stored = %q, %v, want the change from meanwhile", plain, err)
	}
}

func TestOnlyAnOperatorReplacesTheKey(t *testing.T) {
	f := newFixture(t)
	owner := f.Join(t, "Ana", hub.Admin)
	owner.Owner = true
	hubtest.WantForbidden(t, "AddKey by an owner", f.AddKey(t.Context(), owner, secondKey))
}
