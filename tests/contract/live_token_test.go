package contract

import (
	"errors"
	"testing"
	"time"

	"gatepost/db"
)

func liveTokenList(t *testing.T, s store) {
	f := s.fixture(t)
	ctx := t.Context()
	y := s.yes(t, f)
	alone, expired := newToken(f.secret), newToken(f.secret)
	alone.IssuedAt, alone.PersonID = now().Add(time.Second), ""
	expired.ExpiresAt = now()
	for _, token := range []db.AccessToken{alone, expired} {
		if err := s.RecordToken(ctx, token, db.Caller{}); err != nil {
			t.Fatal(err)
		}
	}
	list := must[[]db.LiveToken](t)(s.LiveTokens(ctx, f.app.ClientID, now(), 10, 0))
	var ids []string
	for _, x := range list {
		ids = append(ids, x.JTI)
	}
	sameList(t, "LiveTokens", ids, []string{alone.JTI, y.access.JTI, y.family.ID})
	if of := list[1]; of.PersonName != f.person.Name || of.SecretHint != f.secret.Hint || of.Refresh || !list[2].Refresh || list[0].PersonName != "" {
		t.Errorf("LiveTokens = %+v, want names, hints and which one refreshes", list)
	}
	page := must[[]db.LiveToken](t)(s.LiveTokens(ctx, f.app.ClientID, now(), 1, 1))
	if len(page) != 1 || page[0].JTI != y.access.JTI {
		t.Errorf("the second page = %+v, want the family's access token", page)
	}
	equal(t, "CountLiveTokens", must[int](t)(s.CountLiveTokens(ctx, f.app.ClientID, "", now())), 3)
	equal(t, "LiveToken by id", must[db.LiveToken](t)(s.LiveToken(ctx, f.app.ClientID, y.family.ID, now())).Refresh, true)

	revoke := func(client, id string) error {
		return s.Tx(ctx, func(tx *db.Tx) error { return tx.RevokeToken(ctx, client, id) })
	}
	wantErr(t, "RevokeToken of another app", revoke("other", y.access.JTI), db.ErrNotFound)
	wantErr(t, "RevokeToken of another app's family", revoke("other", y.family.ID), db.ErrNotFound)
	for _, odd := range []string{"a\x00b", "\xff\xfe", ""} {
		wantErr(t, "RevokeToken of an id that no row can have", revoke(f.app.ClientID, odd), db.ErrNotFound)
	}
	wantErr(t, "RevokeToken of an expired one", revoke(f.app.ClientID, expired.JTI), db.ErrNotFound)
	s.wantAlive(t, "before the revocation", y, true)
	if err := revoke(f.app.ClientID, y.access.JTI); err != nil {
		t.Fatal(err)
	}
	s.wantAlive(t, "after the revocation of its access token", y, false)
	wantErr(t, "RevokeToken again", revoke(f.app.ClientID, y.access.JTI), db.ErrNotFound)

	second, third := s.yes(t, f), s.yes(t, f)
	if err := revoke(f.app.ClientID, second.family.ID); err != nil {
		t.Fatal(err)
	}
	s.wantAlive(t, "the family that was revoked by its id", second, false)
	s.wantAlive(t, "the other family", third, true)
	s.do(t, func(tx *db.Tx) error { return tx.RevokeTokensOfApp(ctx, f.app.ClientID) })
	s.wantAlive(t, "after the revocation of all", third, false)
	equal(t, "CountLiveTokens after the revocation of all", must[int](t)(s.CountLiveTokens(ctx, f.app.ClientID, "", now())), 0)

	seen := newToken(f.secret)
	if err := s.RecordToken(ctx, seen, db.Caller{}); err != nil {
		t.Fatal(err)
	}
	s.do(t, func(tx *db.Tx) error { return tx.SeeToken(ctx, seen.JTI) })
	if got := must[db.AccessToken](t)(s.AccessToken(ctx, seen.JTI)); got.LastSeenAt.IsZero() {
		t.Error("SeeToken wrote no time")
	}
}

func tokensOfSecretWithFamilies(t *testing.T, s store) {
	f := s.fixture(t)
	other := f
	other.secret = newSecret(f.app.ClientID)
	s.do(t, func(tx *db.Tx) error { return tx.InsertSecret(t.Context(), other.secret, 5) })
	mine, kept := s.yes(t, f), s.yes(t, other)
	equal(t, "CountLiveTokens of the secret", must[int](t)(s.CountLiveTokens(t.Context(), f.app.ClientID, f.secret.ID, now())), 2)
	s.do(t, func(tx *db.Tx) error {
		_, err := tx.RevokeTokensOfSecret(t.Context(), f.app.ClientID, f.secret.ID)
		return err
	})
	s.wantAlive(t, "what the secret issued", mine, false)
	s.wantAlive(t, "what another secret issued", kept, true)
}

func clientSettings(t *testing.T, s store) {
	f := s.fixture(t)
	app := f.app
	app.Grants, app.RedirectURIs = []string{"authorization_code", "refresh_token"}, []string{"https://app.example/a", "http://127.0.0.1/b"}
	app.AuthMethod, app.JWKS, app.JWKSURI, app.QueryParameters, app.Introspection = db.AuthJWT, `{"keys":[]}`, "https://app.example/jwks", true, "team"
	s.do(t, func(tx *db.Tx) error { return tx.UpdateApp(t.Context(), app) })
	got := must[db.App](t)(s.App(t.Context(), app.ClientID))
	sameList(t, "grants", got.Grants, app.Grants)
	sameList(t, "redirect URIs", got.RedirectURIs, app.RedirectURIs)
	if got.AuthMethod != app.AuthMethod || got.JWKS != app.JWKS || got.JWKSURI != app.JWKSURI || !got.QueryParameters || got.Introspection != "team" {
		t.Errorf("App = %+v, want %+v", got, app)
	}
	plain := newApp(f.team.ID)
	plain.AuthMethod = ""
	s.do(t, func(tx *db.Tx) error { return tx.InsertApp(t.Context(), plain) })
	equal(t, "method of an app that was stored without one", must[db.App](t)(s.App(t.Context(), plain.ClientID)).AuthMethod, db.AuthSecret)
	credentials := must[[]db.Credential](t)(s.Credentials(t.Context(), app.ClientID, f.secret.Hint))
	if len(credentials) != 1 || credentials[0].AuthMethod != db.AuthJWT {
		t.Errorf("Credentials = %+v, want one of %s", credentials, db.AuthJWT)
	}
}

// REL-14.
func revokeAll(t *testing.T, s store) {
	f, other, ctx := s.fixture(t), s.fixture(t), t.Context()
	one, two, alone := s.yes(t, f), s.yes(t, other), newToken(f.secret)
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
