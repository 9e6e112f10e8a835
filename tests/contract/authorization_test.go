package contract

import (
	"testing"

	"gatepost/db"
)

var authorizationPromises = []promise{
	{"authorizations: scopes add up, and revoking revokes everything", authorizationLife},
}

func authorizationLife(t *testing.T, s store) {
	f := s.fixture(t)
	ctx := t.Context()
	_, err := s.Authorization(ctx, f.person.ID, f.app.ClientID)
	wantErr(t, "Authorization before the first", err, db.ErrNotFound)
	id := fresh("authorization")
	for _, scopes := range [][]string{{"read"}, {"write", "read"}} {
		s.do(t, func(tx *db.Tx) error {
			_, err := tx.KeepAuthorization(ctx, f.person.ID, f.app.ClientID, scopes, id)
			return err
		})
	}
	got := must[db.Authorization](t)(s.Authorization(ctx, f.person.ID, f.app.ClientID))
	sameList(t, "scopes", got.Scopes, []string{"read", "write"})
	c := s.consent(t, f)
	list := must[[]db.AuthorizedApp](t)(s.AuthorizationsOf(ctx, f.person.ID, now()))
	if len(list) != 1 || list[0].ID != id || list[0].AppName != f.app.Name || list[0].TeamName != f.team.Name || list[0].LiveTokens != 2 {
		t.Errorf("AuthorizationsOf = %+v, want one with its names and two live tokens", list)
	}
	revoke := func(person string) error {
		return s.Tx(ctx, func(tx *db.Tx) error { _, err := tx.RevokeAuthorization(ctx, id, person); return err })
	}
	wantErr(t, "RevokeAuthorization by another person", revoke("other"), db.ErrNotFound)
	s.wantAlive(t, "before the revocation", c, true)
	if err := revoke(f.person.ID); err != nil {
		t.Fatal(err)
	}
	s.wantAlive(t, "after the revocation", c, false)
	wantErr(t, "RevokeAuthorization again", revoke(f.person.ID), db.ErrNotFound)
}
