package contract

import (
	"errors"
	"testing"
	"time"

	"gatepost/db"
)

var sessionPromises = []promise{
	{"sessions: what is inserted is read", sessionRoundTrip},
	{"sessions: a touch never moves the times back", touchMovesForward},
	{"sessions: a person can only end their own", ownSessionsOnly},
	{"sessions: stepping up changes the cookie's secret", proofChangesTheSecret},
}

func newSession(personID string) db.Session {
	return db.Session{ID: fresh("session"), SecretHash: "hash", PersonID: personID, Data: []byte{0, 255, 10, 0},
		Address: "2001:db8::1", UserAgent: "Mozilla/5.0", CreatedAt: now(), LastSeenAt: now(), ExpiresAt: now().Add(time.Hour)}
}

// insertSession inserts a session of a person with their current password.
func insertSession(t *testing.T, tx *db.Tx, session db.Session) error {
	person, err := tx.Person(t.Context(), session.PersonID)
	if err != nil {
		return err
	}
	return tx.InsertSession(t.Context(), session, person.PasswordChangedAt)
}

func sameSession(t *testing.T, what string, got, want db.Session) {
	t.Helper()
	equal(t, what+" data", string(got.Data), string(want.Data))
	got.Data, want.Data = nil, nil
	if got.ID != want.ID || got.SecretHash != want.SecretHash || got.PersonID != want.PersonID || got.Address != want.Address ||
		got.UserAgent != want.UserAgent || got.CreatedAt != want.CreatedAt || got.LastSeenAt != want.LastSeenAt || got.ExpiresAt != want.ExpiresAt || got.VerifiedAt != want.VerifiedAt {
		t.Errorf("%s = %+v, want %+v", what, got, want)
	}
}

func sessionRoundTrip(t *testing.T, s store) {
	f := s.fixture(t)
	want := newSession(f.person.ID)
	s.do(t, func(tx *db.Tx) error { return insertSession(t, tx, want) })
	sameSession(t, "Session", must[db.Session](t)(s.Session(t.Context(), want.ID)), want)

	again := want
	again.Data = []byte("more")
	s.do(t, func(tx *db.Tx) error { return tx.UpdateSession(t.Context(), want.ID, again.Data) })
	sameSession(t, "Session updated", must[db.Session](t)(s.Session(t.Context(), want.ID)), again)

	ended := newSession(f.person.ID)
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(insertSession(t, tx, ended), tx.DeleteSession(t.Context(), ended.ID, f.person.ID))
	})
	err := s.Tx(t.Context(), func(tx *db.Tx) error { return tx.UpdateSession(t.Context(), ended.ID, again.Data) })
	wantErr(t, "UpdateSession of one that was ended", err, db.ErrNotFound)

	s.do(t, func(tx *db.Tx) error { return tx.SetPassword(t.Context(), f.person.ID, "$argon2id$y") })
	err = s.Tx(t.Context(), func(tx *db.Tx) error {
		return tx.InsertSession(t.Context(), newSession(f.person.ID), f.person.PasswordChangedAt.Add(-time.Hour))
	})
	wantErr(t, "InsertSession by a password that was changed meanwhile", err, db.ErrNotFound)

	dead := newSession(f.person.ID)
	dead.ExpiresAt = now().Add(-time.Second)
	s.do(t, func(tx *db.Tx) error { return insertSession(t, tx, dead) })
	live := must[[]db.Session](t)(s.SessionsOf(t.Context(), f.person.ID, now()))
	if len(live) != 1 || live[0].ID != want.ID {
		t.Errorf("SessionsOf = %+v, want only %s", live, want.ID)
	}
	_, err = s.Session(t.Context(), "none")
	wantErr(t, "Session(none)", err, db.ErrNotFound)
}

func touchMovesForward(t *testing.T, s store) {
	f := s.fixture(t)
	old, future := newSession(f.person.ID), newSession(f.person.ID)
	old.LastSeenAt = now().Add(-time.Hour)
	future.LastSeenAt, future.ExpiresAt = now().Add(time.Hour), now().Add(3*time.Hour)
	end := now().Add(2 * time.Hour)
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(insertSession(t, tx, old), insertSession(t, tx, future),
			tx.TouchSession(t.Context(), old.ID, end), tx.TouchSession(t.Context(), future.ID, end))
	})
	equal(t, "end of the touched session", must[db.Session](t)(s.Session(t.Context(), old.ID)).ExpiresAt, end)
	sameSession(t, "session seen later already", must[db.Session](t)(s.Session(t.Context(), future.ID)), future)
}

func ownSessionsOnly(t *testing.T, s store) {
	ana, bob := s.fixture(t).person, s.fixture(t).person
	one, two, bobs := newSession(ana.ID), newSession(ana.ID), newSession(bob.ID)
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(insertSession(t, tx, one), insertSession(t, tx, two), insertSession(t, tx, bobs))
	})
	err := s.Tx(t.Context(), func(tx *db.Tx) error { return tx.DeleteSession(t.Context(), bobs.ID, ana.ID) })
	wantErr(t, "DeleteSession of somebody else's", err, db.ErrNotFound)
	s.do(t, func(tx *db.Tx) error {
		n, err := tx.DeleteSessionsOf(t.Context(), ana.ID, one.ID)
		equal(t, "DeleteSessionsOf", n, 1)
		return err
	})
	must[db.Session](t)(s.Session(t.Context(), bobs.ID))
	must[db.Session](t)(s.Session(t.Context(), one.ID))
	_, err = s.Session(t.Context(), two.ID)
	wantErr(t, "Session that was ended", err, db.ErrNotFound)
	s.do(t, func(tx *db.Tx) error { return tx.DeleteSession(t.Context(), one.ID, ana.ID) })
}

func proofChangesTheSecret(t *testing.T, s store) {
	f, ctx := s.fixture(t), t.Context()
	session := newSession(f.person.ID)
	session.Method = db.ByPasskey
	s.do(t, func(tx *db.Tx) error { return insertSession(t, tx, session) })
	equal(t, "Method", must[db.Session](t)(s.Session(ctx, session.ID)).Method, db.ByPasskey)
	s.do(t, func(tx *db.Tx) error { return tx.VerifySession(ctx, session.ID, "hash", "another", true) })
	got := must[db.Session](t)(s.Session(ctx, session.ID))
	if got.SecretHash != "another" || got.VerifiedAt.IsZero() {
		t.Errorf("session after a proof = %+v, want the new hash and a time", got)
	}
	err := s.Tx(ctx, func(tx *db.Tx) error { return tx.VerifySession(ctx, session.ID, "hash", "third", false) })
	wantErr(t, "VerifySession with the secret from before", err, db.ErrNotFound)
}
