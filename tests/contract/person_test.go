package contract

import (
	"errors"
	"testing"
	"time"

	"gatepost/db"
)

var peoplePromises = []promise{
	{"people: what is inserted is read", personRoundTrip},
	{"people: an address is unique", addressIsUnique},
	{"people: a rehash does not undo a new password", rehashKeepsNewPassword},
	{"people: only active owners count", onlyActiveOwnersCount},
}

func personRoundTrip(t *testing.T, s store) {
	want := newPerson()
	want.Owner, want.DisabledAt = true, now()
	s.do(t, func(tx *db.Tx) error { return tx.InsertPerson(t.Context(), want) })
	equal(t, "Person", must[db.Person](t)(s.Person(t.Context(), want.ID)), want)
	equal(t, "PersonByEmail", must[db.Person](t)(s.PersonByEmail(t.Context(), want.Email)), want)

	s.do(t, func(tx *db.Tx) error {
		want.PasswordChangedAt = tx.Now.UTC()
		return errors.Join(tx.UpdatePersonFields(t.Context(), want.ID, "New", "1", "Roma"), tx.SetPassword(t.Context(), want.ID, "$argon2id$new"),
			tx.SetOwner(t.Context(), want.ID, true))
	})
	want.Name, want.Phone, want.City, want.PasswordHash = "New", "1", "Roma", "$argon2id$new"
	equal(t, "Person after the change", must[db.Person](t)(s.Person(t.Context(), want.ID)), want)

	_, err := s.Person(t.Context(), "nobody")
	wantErr(t, "Person(nobody)", err, db.ErrNotFound)
	_, err = s.PersonByEmail(t.Context(), "nobody@example.com")
	wantErr(t, "PersonByEmail(nobody)", err, db.ErrNotFound)
	for what, change := range map[string]func(tx *db.Tx) error{
		"UpdatePersonFields": func(tx *db.Tx) error { return tx.UpdatePersonFields(t.Context(), "nobody", "n", "", "") },
		"SetPassword":        func(tx *db.Tx) error { return tx.SetPassword(t.Context(), "nobody", "h") },
		"SetOwner":           func(tx *db.Tx) error { return tx.SetOwner(t.Context(), "nobody", true) },
	} {
		wantErr(t, what+"(nobody)", s.Tx(t.Context(), change), db.ErrNotFound)
	}
}

func addressIsUnique(t *testing.T, s store) {
	first, second := newPerson(), newPerson()
	second.Email = first.Email
	s.do(t, func(tx *db.Tx) error { return tx.InsertPerson(t.Context(), first) })
	err := s.Tx(t.Context(), func(tx *db.Tx) error { return tx.InsertPerson(t.Context(), second) })
	wantErr(t, "InsertPerson with a taken address", err, db.ErrConflict)
}

func rehashKeepsNewPassword(t *testing.T, s store) {
	p := newPerson()
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.InsertPerson(t.Context(), p), tx.SetPassword(t.Context(), p.ID, "new"), tx.RehashPassword(t.Context(), p.ID, "old", "stale"))
	})
	equal(t, "hash after a late rehash", must[db.Person](t)(s.Person(t.Context(), p.ID)).PasswordHash, "new")
	s.do(t, func(tx *db.Tx) error { return tx.RehashPassword(t.Context(), p.ID, "new", "costlier") })
	equal(t, "hash after a rehash", must[db.Person](t)(s.Person(t.Context(), p.ID)).PasswordHash, "costlier")
}

func onlyActiveOwnersCount(t *testing.T, s store) {
	active, disabled, invited, plain := newPerson(), newPerson(), newPerson(), newPerson()
	active.Owner, disabled.Owner, invited.Owner = true, true, true
	disabled.DisabledAt, invited.PasswordHash = now(), ""
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.InsertPerson(t.Context(), active), tx.InsertPerson(t.Context(), disabled),
			tx.InsertPerson(t.Context(), invited), tx.InsertPerson(t.Context(), plain))
	})
	equal(t, "CountOwners", must[int](t)(s.CountOwners(t.Context())), 1)
}

var sessionPromises = []promise{
	{"sessions: what is put is read", sessionRoundTrip},
	{"sessions: a touch never moves the times back", touchMovesForward},
	{"sessions: a person ends only their own", ownSessionsOnly},
}

func newSession(personID string) db.Session {
	return db.Session{ID: fresh("session"), SecretHash: "hash", PersonID: personID, Data: []byte{0, 255, 10, 0},
		Address: "2001:db8::1", UserAgent: "Mozilla/5.0", CreatedAt: now(), LastSeenAt: now(), ExpiresAt: now().Add(time.Hour)}
}

// insertSession makes a session of a person whose password is the present one.
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
