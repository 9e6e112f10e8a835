package contract

import (
	"slices"
	"testing"
	"time"

	"gatepost/db"
)

var liveTokenPromises = []promise{
	{"live tokens: access and refresh tokens, paged, and revoked one by one", liveTokenList},
	{"live tokens: a secret's tokens are revoked with it", tokensOfSecretWithFamilies},
	{"live tokens: a list continues from any place while tokens come and go", tokensFromAPlace},
}

func liveTokenList(t *testing.T, s store) {
	f := s.fixture(t)
	ctx := t.Context()
	c := s.consent(t, f)
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
	sameList(t, "LiveTokens", ids, []string{alone.JTI, c.access.JTI, c.family.ID})
	if of := list[1]; of.PersonName != f.person.Name || of.SecretHint != f.secret.Hint || of.Refresh || !list[2].Refresh || list[0].PersonName != "" {
		t.Errorf("LiveTokens = %+v, want names, hints and which one refreshes", list)
	}
	page := must[[]db.LiveToken](t)(s.LiveTokens(ctx, f.app.ClientID, now(), 1, 1))
	if len(page) != 1 || page[0].JTI != c.access.JTI {
		t.Errorf("the second page = %+v, want the family's access token", page)
	}
	equal(t, "CountLiveTokens", must[int](t)(s.CountLiveTokens(ctx, f.app.ClientID, "", now())), 3)
	equal(t, "LiveToken by id", must[db.LiveToken](t)(s.LiveToken(ctx, f.app.ClientID, c.family.ID, now())).Refresh, true)

	revoke := func(client, id string) error {
		return s.Tx(ctx, func(tx *db.Tx) error { return tx.RevokeToken(ctx, client, id) })
	}
	wantErr(t, "RevokeToken of another app", revoke("other", c.access.JTI), db.ErrNotFound)
	wantErr(t, "RevokeToken of another app's family", revoke("other", c.family.ID), db.ErrNotFound)
	for _, odd := range []string{"a\x00b", "\xff\xfe", ""} {
		wantErr(t, "RevokeToken of an id that no row can have", revoke(f.app.ClientID, odd), db.ErrNotFound)
	}
	wantErr(t, "RevokeToken of an expired one", revoke(f.app.ClientID, expired.JTI), db.ErrNotFound)
	s.wantAlive(t, "before the revocation", c, true)
	if err := revoke(f.app.ClientID, c.access.JTI); err != nil {
		t.Fatal(err)
	}
	s.wantAlive(t, "after the revocation of its access token", c, false)
	wantErr(t, "RevokeToken again", revoke(f.app.ClientID, c.access.JTI), db.ErrNotFound)

	second, third := s.consent(t, f), s.consent(t, f)
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
	mine, kept := s.consent(t, f), s.consent(t, other)
	equal(t, "CountLiveTokens of the secret", must[int](t)(s.CountLiveTokens(t.Context(), f.app.ClientID, f.secret.ID, now())), 2)
	s.do(t, func(tx *db.Tx) error {
		_, err := tx.RevokeTokensOfSecret(t.Context(), f.app.ClientID, f.secret.ID)
		return err
	})
	s.wantAlive(t, "what the secret issued", mine, false)
	s.wantAlive(t, "what another secret issued", kept, true)
}

func tokensFromAPlace(t *testing.T, s store) {
	f := s.fixture(t)
	ctx := t.Context()
	c := s.consent(t, f)
	want := []string{c.access.JTI, c.family.ID}
	record := func(issued time.Time) string {
		token := newToken(f.secret)
		token.IssuedAt = issued
		if err := s.RecordToken(ctx, token, db.Caller{}); err != nil {
			t.Fatal(err)
		}
		return token.JTI
	}
	for range 3 {
		want = append(want, record(c.access.IssuedAt)) // all in the same second
	}
	var got []string
	var after db.TokenKey
	for range 20 {
		page := must[[]db.LiveToken](t)(s.LiveTokensFrom(ctx, f.app.ClientID, now(), after, 2))
		if len(page) == 0 {
			break
		}
		for _, x := range page {
			got = append(got, x.JTI)
		}
		last := page[len(page)-1]
		after = db.TokenKey{IssuedAt: last.IssuedAt, ID: last.JTI}
		record(c.access.IssuedAt.Add(time.Minute)) // a newer one doesn't move any place
	}
	slices.Sort(got)
	slices.Sort(want)
	sameList(t, "LiveTokensFrom, page by page", got, want)
}
