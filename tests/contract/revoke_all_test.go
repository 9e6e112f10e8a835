package contract

import (
	"errors"
	"testing"

	"gatepost/db"
)

var revokeAllPromises = []promise{
	{"revoke all: every session and token ends, and no secret", revokeAll},
}

func revokeAll(t *testing.T, s store) {
	f, other, ctx := s.fixture(t), s.fixture(t), t.Context()
	one, two, alone := s.consent(t, f), s.consent(t, other), newToken(f.secret)
	session := newSession(f.person.ID)
	personal := db.PersonalToken{ID: fresh("personal"), PersonID: f.person.ID, Name: "laptop", Hash: fresh("hash"), CreatedAt: now()}
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.RecordToken(ctx, alone, db.Caller{}), insertSession(t, tx, session), tx.InsertPersonalToken(ctx, personal))
	})
	for _, want := range []db.Ended{{Sessions: 1, Families: 2, AccessTokens: 3, PersonalTokens: 1}, {}} {
		s.do(t, func(tx *db.Tx) error {
			ended, err := tx.RevokeAll(ctx)
			equal(t, "RevokeAll", ended, want)
			return err
		})
	}
	s.wantAlive(t, "one team's", one, false)
	s.wantAlive(t, "another team's", two, false)
	equal(t, "a token of no person lives", must[db.AccessToken](t)(s.AccessToken(ctx, alone.JTI)).RevokedAt.IsZero(), false)
	equal(t, "a personal token lives", must[db.PersonalToken](t)(s.PersonalTokenByHash(ctx, personal.Hash)).Live(now()), false)
	_, err := s.Session(ctx, session.ID)
	wantErr(t, "Session after RevokeAll", err, db.ErrNotFound)
	equal(t, "the secret lives", must[[]db.Credential](t)(s.Credentials(ctx, f.app.ClientID, f.secret.Hint))[0].Secret.RevokedAt.IsZero(), true)
}
