package contract

import (
	"errors"
	"testing"
	"time"

	"gatepost/db"
)

var secretPromises = []promise{
	{"secrets: what is inserted is read", secretRoundTrip},
	{"secrets: of forty more at once only the free places are taken", capHoldsAtOnce},
	{"secrets: dead ones free their places", deadSecretsFreePlaces},
	{"secrets: expiring one never extends it", endOnlyComesNearer},
}

func secretRoundTrip(t *testing.T, s store) {
	f := s.fixture(t)
	older := newSecret(f.app.ClientID)
	older.Hint, older.Playground, older.CreatedAt, older.ExpiresAt = "zzzz", false, now().Add(-time.Hour), time.Time{}
	s.do(t, func(tx *db.Tx) error { return tx.InsertSecret(t.Context(), older, 5) })
	list := must[[]db.ClientSecret](t)(s.Secrets(t.Context(), f.app.ClientID))
	if len(list) != 2 || list[0] != f.secret || list[1] != older {
		t.Errorf("Secrets = %+v, want %+v and %+v", list, f.secret, older)
	}
	hinted := must[[]db.ClientSecret](t)(s.SecretsByHint(t.Context(), f.app.ClientID, "zzzz"))
	if len(hinted) != 1 || hinted[0] != older {
		t.Errorf("SecretsByHint = %+v, want only %+v", hinted, older)
	}
	equal(t, "secrets with another hint", len(must[[]db.ClientSecret](t)(s.SecretsByHint(t.Context(), f.app.ClientID, "none"))), 0)
	equal(t, "the hint at another app", len(must[[]db.ClientSecret](t)(s.SecretsByHint(t.Context(), "other", "zzzz"))), 0)

	s.do(t, func(tx *db.Tx) error {
		older.RevokedAt, older.RevokedByName = tx.Now.UTC(), "Bob"
		return tx.RevokeSecret(t.Context(), older.ID, f.app.ClientID, "Bob")
	})
	equal(t, "secret after RevokeSecret", must[[]db.ClientSecret](t)(s.SecretsByHint(t.Context(), f.app.ClientID, "zzzz"))[0], older)
	team := must[[]db.ClientSecret](t)(s.SecretsOfTeam(t.Context(), f.team.ID))
	if len(team) != 1 || team[0] != f.secret {
		t.Errorf("SecretsOfTeam = %+v, want only %+v", team, f.secret)
	}
	for what, change := range map[string]func(tx *db.Tx) error{
		"a second time":       func(tx *db.Tx) error { return tx.RevokeSecret(t.Context(), older.ID, f.app.ClientID, "Bob") },
		"of another app":      func(tx *db.Tx) error { return tx.RevokeSecret(t.Context(), f.secret.ID, "other", "Bob") },
		"that does not exist": func(tx *db.Tx) error { return tx.RevokeSecret(t.Context(), "none", f.app.ClientID, "Bob") },
	} {
		wantErr(t, "RevokeSecret "+what, s.Tx(t.Context(), change), db.ErrNotFound)
	}
}

func (s store) liveSecrets(t *testing.T, clientID string) (n int) {
	t.Helper()
	for _, x := range must[[]db.ClientSecret](t)(s.Secrets(t.Context(), clientID)) {
		if x.Live(now()) {
			n++
		}
	}
	return n
}

func capHoldsAtOnce(t *testing.T, s store) {
	f := s.fixture(t)
	for _, err := range atOnce(40, func(int) error {
		return s.Tx(t.Context(), func(tx *db.Tx) error { return tx.InsertSecret(t.Context(), newSecret(f.app.ClientID), 5) })
	}) {
		if err != nil && !errors.Is(err, db.ErrConflict) {
			t.Errorf("InsertSecret over the cap = %v, want %v", err, db.ErrConflict)
		}
	}
	equal(t, "live secrets", s.liveSecrets(t, f.app.ClientID), 5)
}

func deadSecretsFreePlaces(t *testing.T, s store) {
	f := s.fixture(t)
	insert := func(x db.ClientSecret) error {
		return s.Tx(t.Context(), func(tx *db.Tx) error { return tx.InsertSecret(t.Context(), x, 2) })
	}
	expired := newSecret(f.app.ClientID)
	expired.ExpiresAt = now().Add(-time.Second)
	if err := errors.Join(insert(expired), insert(newSecret(f.app.ClientID))); err != nil {
		t.Errorf("InsertSecret of an expired one and of the second: %v", err)
	}
	wantErr(t, "InsertSecret of the third", insert(newSecret(f.app.ClientID)), db.ErrConflict)
	s.do(t, func(tx *db.Tx) error { return tx.RevokeSecret(t.Context(), f.secret.ID, f.app.ClientID, "Bob") })
	if err := insert(newSecret(f.app.ClientID)); err != nil {
		t.Errorf("InsertSecret after a revocation: %v", err)
	}
	equal(t, "live secrets", s.liveSecrets(t, f.app.ClientID), 2)
}

func endOnlyComesNearer(t *testing.T, s store) {
	f := s.fixture(t)
	never := newSecret(f.app.ClientID)
	never.ExpiresAt = time.Time{}
	s.do(t, func(tx *db.Tx) error { return tx.InsertSecret(t.Context(), never, 5) })
	end := func(id string) time.Time {
		for _, x := range must[[]db.ClientSecret](t)(s.Secrets(t.Context(), f.app.ClientID)) {
			if x.ID == id {
				return x.ExpiresAt
			}
		}
		t.Fatalf("secret %s is gone", id)
		return time.Time{}
	}
	for _, step := range []struct {
		id        string
		end, want time.Time
	}{
		{never.ID, now().Add(24 * time.Hour), now().Add(24 * time.Hour)},
		{f.secret.ID, f.secret.ExpiresAt.Add(time.Hour), f.secret.ExpiresAt},
		{f.secret.ID, f.secret.ExpiresAt.Add(-time.Minute), f.secret.ExpiresAt.Add(-time.Minute)},
	} {
		s.do(t, func(tx *db.Tx) error { return tx.ExpireSecret(t.Context(), step.id, f.app.ClientID, step.end, 0) })
		equal(t, "end of the secret", end(step.id).Unix(), step.want.Unix())
	}
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.RevokeSecret(t.Context(), never.ID, f.app.ClientID, "Bob"), tx.ExpireSecret(t.Context(), never.ID, f.app.ClientID, now(), 0))
	})
	if end(never.ID).Before(now().Add(time.Hour)) {
		t.Error("ExpireSecret moved the end of a revoked secret")
	}
}
