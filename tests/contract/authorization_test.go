package contract

import (
	"testing"
	"time"

	"gatepost/db"
)

var authorizationPromises = []promise{
	{"authorizations: what is stored is read, an end closes open pages, and revoking revokes everything", authorizationLife},
}

func authorizationLife(t *testing.T, s store) {
	f := s.fixture(t)
	ctx := t.Context()
	_, err := s.Authorization(ctx, f.person.ID, f.app.ClientID)
	wantErr(t, "Authorization before the first", err, db.ErrNotFound)
	id := fresh("authorization")
	for _, other := range []string{id, fresh("authorization")} { // the second finds the first's row
		s.do(t, func(tx *db.Tx) error {
			a, err := tx.LockAuthorization(ctx, f.person.ID, f.app.ClientID, other)
			if err != nil {
				return err
			}
			a.Scopes, a.Teams, a.RedirectURIs = append(a.Scopes, "read"), []string{f.team.ID, "t2"}, []string{"https://app.example/callback"}
			return tx.UpdateAuthorization(ctx, a)
		})
	}
	page := db.ConsentRequest{ID: fresh("consent"), SessionID: "session", PersonID: f.person.ID, ClientID: f.app.ClientID, CreatedAt: now(), ExpiresAt: now().Add(time.Minute)}
	s.do(t, func(tx *db.Tx) error { return tx.InsertConsentRequest(ctx, page) })
	must[db.ConsentRequest](t)(s.PendingConsentRequest(ctx, page.ID, "session", now()))
	s.do(t, func(tx *db.Tx) error { return tx.EndAuthorizations(ctx, f.app.ClientID, db.EndedScopes) })
	_, err = s.PendingConsentRequest(ctx, page.ID, "session", now())
	wantErr(t, "PendingConsentRequest after the end", err, db.ErrNotFound)
	got := must[db.Authorization](t)(s.Authorization(ctx, f.person.ID, f.app.ClientID))
	sameList(t, "scopes", got.Scopes, []string{"read", "read"})
	sameList(t, "teams", got.Teams, []string{f.team.ID, "t2"})
	sameList(t, "redirect URIs", got.RedirectURIs, []string{"https://app.example/callback"})
	equal(t, "why it ended", got.Ended, db.EndedScopes)
	c := s.consent(t, f)
	list := must[[]db.AuthorizedApp](t)(s.AuthorizationsOf(ctx, f.person.ID, now()))
	if len(list) != 1 || list[0].ID != id || list[0].AppName != f.app.Name || list[0].TeamName != f.team.Name || list[0].LiveTokens != 2 || len(list[0].Teams) != 2 {
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
