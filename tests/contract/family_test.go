package contract

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"gatepost/db"
)

var familyPromises = []promise{
	{"families: what is stored is read, and used while it is live", familyRoundTrip},
	{"families: revoking one revokes its code and tokens, and no others", revokeOneFamily},
	{"families: all of a person's are revoked together", revokeFamiliesOfPerson},
	{"families: issuing and revoking at once leaves no live token", issueAndRevokeFamily},
}

// consent is a family with a code, a refresh token and an access token.
type consent struct {
	family  db.Family
	code    db.AuthorizationCode
	refresh db.RefreshToken
	access  db.AccessToken
}

func (s store) consent(t *testing.T, f fixture) consent {
	t.Helper()
	c := consent{family: db.Family{
		ID: fresh("family"), ClientID: f.app.ClientID, PersonID: f.person.ID, Scope: "read write", Audience: "https://portal.example https://api.example",
		Dialect: "nxtsoft", Teams: []string{f.team.ID, "another"}, AuthTime: now().Add(-time.Minute), CreatedAt: now(), ExpiresAt: now().Add(time.Hour),
	}}
	c.code = db.AuthorizationCode{
		Hash: fresh("code"), FamilyID: c.family.ID, ClientID: f.app.ClientID, PersonID: f.person.ID, RedirectURI: "https://app.example/callback",
		RedirectGiven: true, Challenge: "challenge", CreatedAt: now(), ExpiresAt: now().Add(time.Minute),
	}
	c.refresh = db.RefreshToken{Hash: fresh("refresh"), FamilyID: c.family.ID, ClientID: f.app.ClientID, SecretID: f.secret.ID, IssuedAt: now(), ExpiresAt: now().Add(time.Hour)}
	c.access = newToken(f.secret)
	c.access.FamilyID, c.access.PersonID = c.family.ID, f.person.ID
	s.do(t, func(tx *db.Tx) error {
		ctx := t.Context()
		return errors.Join(tx.InsertFamily(ctx, c.family), tx.InsertCode(ctx, c.code), tx.InsertRefreshToken(ctx, c.refresh), tx.RecordToken(ctx, c.access, db.Caller{Address: "203.0.113.9"}))
	})
	return c
}

// alive says for each part of a consent whether it works.
func (s store) alive(t *testing.T, c consent) (family, code, refresh, access bool) {
	t.Helper()
	ctx := t.Context()
	return must[db.Family](t)(s.Family(ctx, c.family.ID)).RevokedAt.IsZero(),
		must[db.AuthorizationCode](t)(s.Code(ctx, c.code.Hash)).ConsumedAt.IsZero(),
		must[db.RefreshToken](t)(s.RefreshToken(ctx, c.refresh.Hash)).ConsumedAt.IsZero(),
		must[db.AccessToken](t)(s.AccessToken(ctx, c.access.JTI)).RevokedAt.IsZero()
}

func (s store) wantAlive(t *testing.T, what string, c consent, want bool) {
	t.Helper()
	family, code, refresh, access := s.alive(t, c)
	if family != want || code != want || refresh != want || access != want {
		t.Errorf("%s: family, code, refresh token, access token alive = %t %t %t %t, want all %t", what, family, code, refresh, access, want)
	}
}

func familyRoundTrip(t *testing.T, s store) {
	f := s.fixture(t)
	c := s.consent(t, f)
	if got := must[db.Family](t)(s.Family(t.Context(), c.family.ID)); !reflect.DeepEqual(got, c.family) {
		t.Errorf("Family = %+v, want %+v", got, c.family)
	}
	s.do(t, func(tx *db.Tx) error {
		return tx.KeepTeamsOfFamilies(t.Context(), f.person.ID, f.app.ClientID, []string{f.team.ID, "one more"})
	})
	sameList(t, "teams that a later consent left", must[db.Family](t)(s.Family(t.Context(), c.family.ID)).Teams, []string{f.team.ID})
	equal(t, "Code", must[db.AuthorizationCode](t)(s.Code(t.Context(), c.code.Hash)), c.code)
	equal(t, "RefreshToken", must[db.RefreshToken](t)(s.RefreshToken(t.Context(), c.refresh.Hash)), c.refresh)
	equal(t, "AccessToken", must[db.AccessToken](t)(s.AccessToken(t.Context(), c.access.JTI)), c.access)
	usage := must[[]db.Usage](t)(s.UsageOfApp(t.Context(), f.app.ClientID, time.Time{}))
	if len(usage) != 1 || usage[0].SecretID != f.secret.ID || usage[0].Address != "203.0.113.9" {
		t.Errorf("usage = %v, want one use of the secret", usage)
	}
	s.do(t, func(tx *db.Tx) error {
		used, err := tx.UseFamily(t.Context(), c.family.ID)
		equal(t, "last use", used.LastUsedAt, tx.Now.UTC())
		return err
	})
	ended := c.family
	ended.ID, ended.ExpiresAt = fresh("family"), now().Add(-time.Second)
	s.do(t, func(tx *db.Tx) error { return tx.InsertFamily(t.Context(), ended) })
	for what, id := range map[string]string{"an unknown family": "none", "a family at its end": ended.ID} {
		err := s.Tx(t.Context(), func(tx *db.Tx) error { _, err := tx.UseFamily(t.Context(), id); return err })
		wantErr(t, "UseFamily of "+what, err, db.ErrNotFound)
	}
	deadApp := c.access
	deadApp.JTI, deadApp.SecretID = fresh("jti"), "none"
	err := s.Tx(t.Context(), func(tx *db.Tx) error { return tx.RecordToken(t.Context(), deadApp, db.Caller{}) })
	wantErr(t, "RecordToken in a transaction, with an unknown secret", err, db.ErrNotFound)
}

func revokeOneFamily(t *testing.T, s store) {
	f := s.fixture(t)
	mine, other := s.consent(t, f), s.consent(t, f)
	for i, want := range []bool{true, false} {
		s.do(t, func(tx *db.Tx) error {
			live, err := tx.RevokeFamily(t.Context(), mine.family.ID)
			if live != want {
				t.Errorf("RevokeFamily, time %d = %t, want %t", i+1, live, want)
			}
			return err
		})
	}
	s.wantAlive(t, "the revoked family", mine, false)
	s.wantAlive(t, "another family", other, true)
	for what, use := range map[string]func(tx *db.Tx) error{
		"UseFamily":   func(tx *db.Tx) error { _, err := tx.UseFamily(t.Context(), mine.family.ID); return err },
		"ConsumeCode": func(tx *db.Tx) error { _, err := tx.ConsumeCode(t.Context(), mine.code.Hash, now()); return err },
		"ConsumeRefreshToken": func(tx *db.Tx) error {
			_, err := tx.ConsumeRefreshToken(t.Context(), mine.refresh.Hash, now(), db.Grace{Window: time.Minute, Times: 10})
			return err
		},
	} {
		wantErr(t, what+" after the revocation", s.Tx(t.Context(), use), db.ErrNotFound)
	}
}

func revokeFamiliesOfPerson(t *testing.T, s store) {
	f, g := s.fixture(t), s.fixture(t)
	first, second, stranger := s.consent(t, f), s.consent(t, f), s.consent(t, g)
	s.do(t, func(tx *db.Tx) error {
		n, err := tx.RevokeFamiliesOf(t.Context(), f.person.ID)
		equal(t, "RevokeFamiliesOf", n, 2)
		return err
	})
	s.wantAlive(t, "the first", first, false)
	s.wantAlive(t, "the second", second, false)
	s.wantAlive(t, "another person's", stranger, true)
}

// A token of a family is issued either wholly before or wholly after its revocation.
func issueAndRevokeFamily(t *testing.T, s store) {
	f := s.fixture(t)
	for range 5 {
		c := s.consent(t, f)
		tokens := make([]db.AccessToken, 8)
		atOnce(len(tokens), func(i int) error {
			return s.Tx(t.Context(), func(tx *db.Tx) error {
				if i == 3 {
					_, err := tx.RevokeFamily(t.Context(), c.family.ID)
					return err
				}
				if _, err := tx.UseFamily(t.Context(), c.family.ID); err != nil {
					return err
				}
				token := newToken(f.secret)
				token.FamilyID = c.family.ID
				tokens[i] = token
				return tx.RecordToken(t.Context(), token, db.Caller{})
			})
		})
		for _, token := range tokens {
			got, err := s.AccessToken(t.Context(), token.JTI)
			if err == nil && got.RevokedAt.IsZero() {
				t.Errorf("token %s outlives the revocation of its family", token.JTI)
			}
		}
	}
}
