package contract

import (
	"errors"
	"testing"
	"time"

	"gatepost/db"
)

var tokenPromises = []promise{
	{"tokens: what is recorded is read", tokenRoundTrip},
	{"tokens: none is recorded for a secret that isn't live", deadSecretsGetNoToken},
	{"tokens: revoking a secret's tokens leaves the others", revokeTokensOfOneSecret},
	{"tokens: none is recorded while its secret is being revoked at once", noTokenDuringRevocation},
	{"tokens: recording and revoking at once leaves no live token", recordAndRevoke},
}

func tokenRoundTrip(t *testing.T, s store) {
	f := s.fixture(t)
	want := newToken(f.secret)
	if err := s.RecordToken(t.Context(), want, db.Caller{}); err != nil {
		t.Fatal(err)
	}
	equal(t, "AccessToken", must[db.AccessToken](t)(s.AccessToken(t.Context(), want.JTI)), want)
	_, err := s.AccessToken(t.Context(), "none")
	wantErr(t, "AccessToken(none)", err, db.ErrNotFound)
	wantErr(t, "RecordToken of the same token again", s.RecordToken(t.Context(), want, db.Caller{}), db.ErrConflict)

	ofPerson := newToken(f.secret)
	ofPerson.SecretID = ""
	if err := s.RecordToken(t.Context(), ofPerson, db.Caller{}); err != nil {
		t.Errorf("RecordToken without a secret: %v", err)
	}
	expired := newToken(f.secret)
	expired.ExpiresAt = now()
	if err := s.RecordToken(t.Context(), expired, db.Caller{}); err != nil {
		t.Fatal(err)
	}
	equal(t, "CountTokens", must[int](t)(s.CountTokens(t.Context(), f.app.ClientID, now())), 2)
}

func deadSecretsGetNoToken(t *testing.T, s store) {
	f, other := s.fixture(t), s.fixture(t)
	expired, revoked := newSecret(f.app.ClientID), newSecret(f.app.ClientID)
	expired.ExpiresAt = now().Add(-time.Second)
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.InsertSecret(t.Context(), expired, 5), tx.InsertSecret(t.Context(), revoked, 5),
			tx.RevokeSecret(t.Context(), revoked.ID, f.app.ClientID, "Bob"))
	})
	unknown, another, noApp := newToken(f.secret), newToken(other.secret), newToken(f.secret)
	unknown.SecretID = "none"
	another.ClientID = f.app.ClientID
	noApp.ClientID, noApp.SecretID = "none", ""
	for what, token := range map[string]db.AccessToken{"an expired secret": newToken(expired), "a revoked secret": newToken(revoked),
		"an unknown secret": unknown, "another app's secret": another, "an unknown app": noApp} {
		wantErr(t, "RecordToken with "+what, s.RecordToken(t.Context(), token, db.Caller{}), db.ErrNotFound)
		_, err := s.AccessToken(t.Context(), token.JTI)
		wantErr(t, "AccessToken got with "+what, err, db.ErrNotFound)
	}
	equal(t, "usage by refused tokens", len(must[[]db.Usage](t)(s.UsageOfApp(t.Context(), f.app.ClientID, time.Time{}))), 0)
}

func revokeTokensOfOneSecret(t *testing.T, s store) {
	f := s.fixture(t)
	second := newSecret(f.app.ClientID)
	s.do(t, func(tx *db.Tx) error { return tx.InsertSecret(t.Context(), second, 5) })
	mine, expired, kept := newToken(f.secret), newToken(f.secret), newToken(second)
	expired.ExpiresAt = now().Add(-time.Second)
	for _, token := range []db.AccessToken{mine, expired, kept} {
		if err := s.RecordToken(t.Context(), token, db.Caller{}); err != nil {
			t.Fatal(err)
		}
	}
	s.do(t, func(tx *db.Tx) error {
		n, err := tx.RevokeTokensOfSecret(t.Context(), f.app.ClientID, f.secret.ID)
		equal(t, "RevokeTokensOfSecret", n, 1)
		mine.RevokedAt = tx.Now.UTC()
		return err
	})
	for what, token := range map[string]db.AccessToken{"revoked": mine, "expired": expired, "kept": kept} {
		equal(t, what+" token", must[db.AccessToken](t)(s.AccessToken(t.Context(), token.JTI)), token)
	}
}

// revoke revokes a secret and its tokens, as the portal does.
func (s store) revoke(t *testing.T, x db.ClientSecret, beforeCommit func()) {
	t.Helper()
	s.do(t, func(tx *db.Tx) error {
		if err := tx.RevokeSecret(t.Context(), x.ID, x.ClientID, "Bob"); err != nil {
			return err
		}
		if _, err := tx.RevokeTokensOfSecret(t.Context(), x.ClientID, x.ID); err != nil {
			return err
		}
		beforeCommit()
		return nil
	})
}

// A token that is requested before the revocation has committed is either recorded before it
// (and then revoked with the others) or not at all.
func noTokenDuringRevocation(t *testing.T, s store) {
	f := s.fixture(t)
	token := newToken(f.secret)
	recorded := make(chan error, 1)
	s.revoke(t, f.secret, func() {
		go func() { recorded <- s.RecordToken(t.Context(), token, db.Caller{}) }()
		select { // it waits for this transaction, unless the promise is broken
		case err := <-recorded:
			recorded <- err
		case <-time.After(300 * time.Millisecond):
		}
	})
	wantErr(t, "RecordToken during the revocation", <-recorded, db.ErrNotFound)
	_, err := s.AccessToken(t.Context(), token.JTI)
	wantErr(t, "AccessToken after the revocation", err, db.ErrNotFound)
}

func recordAndRevoke(t *testing.T, s store) {
	f := s.fixture(t)
	for range 5 {
		secret := newSecret(f.app.ClientID)
		s.do(t, func(tx *db.Tx) error { return tx.InsertSecret(t.Context(), secret, 50) })
		some := make(chan struct{}, 1000)
		tokens := make([][]db.AccessToken, 9)
		errs := atOnce(len(tokens), func(i int) error {
			if i == 0 {
				for range 20 {
					<-some
				}
				s.revoke(t, secret, func() {})
				return nil
			}
			for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
				token := newToken(secret)
				if err := s.RecordToken(t.Context(), token, db.Caller{}); err != nil {
					return err
				}
				tokens[i] = append(tokens[i], token)
				select {
				case some <- struct{}{}:
				default:
				}
			}
			return errors.New("the revocation never came")
		})
		for i, err := range errs {
			if i > 0 {
				wantErr(t, "RecordToken after the revocation", err, db.ErrNotFound)
			}
			for _, token := range tokens[i] {
				if got := must[db.AccessToken](t)(s.AccessToken(t.Context(), token.JTI)); got.RevokedAt.IsZero() {
					t.Errorf("token %s outlives the revocation of its secret", token.JTI)
				}
			}
		}
	}
}
