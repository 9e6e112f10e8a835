package contract

import (
	"testing"

	"gatepost/db"
)

var personalTokenPromises = []promise{
	{"personal tokens: found by hash, touched once a minute, revoked once", personalTokenLife},
}

func personalTokenLife(t *testing.T, s store) {
	f := s.fixture(t)
	ctx := t.Context()
	p := db.PersonalToken{ID: fresh("personal"), PersonID: f.person.ID, Name: "laptop", Hash: fresh("hash"), Hint: "k3f9", Scopes: []string{"read"}, CreatedAt: now()}
	s.do(t, func(tx *db.Tx) error { return tx.InsertPersonalToken(ctx, p) })
	got := must[db.PersonalToken](t)(s.PersonalTokenByHash(ctx, p.Hash))
	if got.ID != p.ID || !got.Live(now()) || !got.ExpiresAt.IsZero() {
		t.Errorf("PersonalTokenByHash = %+v, want the live token without an end", got)
	}
	for _, address := range []string{"203.0.113.9", "198.51.100.7"} {
		s.do(t, func(tx *db.Tx) error {
			return tx.TouchPersonalToken(ctx, p.ID, db.Caller{Address: address, UserAgent: "curl"})
		})
	}
	got = must[db.PersonalToken](t)(s.PersonalTokenByHash(ctx, p.Hash))
	equal(t, "address of the last use that was written", got.LastAddress, "203.0.113.9")
	revoke := func(person string) error {
		return s.Tx(ctx, func(tx *db.Tx) error { return tx.RevokePersonalToken(ctx, p.ID, person) })
	}
	wantErr(t, "RevokePersonalToken by another person", revoke("other"), db.ErrNotFound)
	equal(t, "revocations that count", winners(t, []error{revoke(f.person.ID), revoke(f.person.ID)}, db.ErrNotFound), 1)
	if list := must[[]db.PersonalToken](t)(s.PersonalTokens(ctx, f.person.ID)); len(list) != 1 || list[0].Live(now()) {
		t.Errorf("PersonalTokens = %+v, want the one, revoked", list)
	}
}
