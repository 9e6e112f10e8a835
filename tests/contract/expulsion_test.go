package contract

import (
	"errors"
	"testing"
	"time"

	"gatepost/db"
)

// belongings gives somebody one of everything that acts for them.
// The challenge has the hash of the personal token.
func belongings(t *testing.T, s store, f fixture) (personal db.PersonalToken, own db.AccessToken, family db.Family) {
	t.Helper()
	ctx := t.Context()
	personal = db.PersonalToken{ID: fresh("personal"), PersonID: f.person.ID, Name: "laptop", Hash: fresh("hash"), Scopes: []string{"read"}, CreatedAt: now()}
	own = db.AccessToken{JTI: fresh("jti"), ClientID: f.app.ClientID, PersonID: f.person.ID, Scope: "read", IssuedAt: now(), ExpiresAt: now().Add(time.Hour)}
	family = db.Family{ID: fresh("family"), ClientID: f.app.ClientID, PersonID: f.person.ID, Dialect: "iotconnect", CreatedAt: now(), AuthTime: now(), ExpiresAt: now().Add(time.Hour)}
	s.do(t, func(tx *db.Tx) error {
		_, err := tx.LockAuthorization(ctx, f.person.ID, f.app.ClientID, fresh("auth"))
		return errors.Join(err, insertSession(t, tx, newSession(f.person.ID)), tx.InsertPersonalToken(ctx, personal), tx.RecordToken(ctx, own, db.Caller{}), tx.InsertFamily(ctx, family),
			tx.PutCalendarFeed(ctx, db.CalendarFeed{TokenHash: fresh("feed"), TeamID: f.team.ID, PersonID: f.person.ID, CreatedAt: now()}),
			tx.InsertChallenge(ctx, db.Challenge{Hash: personal.Hash, Purpose: db.ChallengePasskey, PersonID: f.person.ID, ExpiresAt: now().Add(time.Hour)}))
	})
	return personal, own, family
}

func expelEndsWhatItNames(t *testing.T, s store) {
	f, ctx := s.fixture(t), t.Context()
	personal, own, _ := belongings(t, s, f)
	expel := func(what db.Expel) (e db.Expelled) {
		s.do(t, func(tx *db.Tx) (err error) { e, err = tx.Expel(ctx, f.person.ID, what); return err })
		return e
	}
	equal(t, "what ended without a name", expel(db.Expel{}), db.Expelled{})
	equal(t, "the personal token lives", must[db.PersonalToken](t)(s.PersonalTokenByHash(ctx, personal.Hash)).Live(now()), true)
	_, err := s.Challenge(ctx, personal.Hash, db.ChallengePasskey)
	wantErr(t, "Challenge after everything pending ended", err, db.ErrNotFound)
	all := db.Expel{Sessions: true, PersonalTokens: true, Calendars: true, Apps: true}
	equal(t, "what ended", expel(all), db.Expelled{Sessions: 1, PersonalTokens: 1, Calendars: 1, Apps: 1})
	equal(t, "a token without a family is revoked", must[db.AccessToken](t)(s.AccessToken(ctx, own.JTI)).RevokedAt.IsZero(), false)
	equal(t, "what ended again", expel(all), db.Expelled{})
	reset := db.PasswordReset{PersonID: f.person.ID, At: now(), Address: "192.0.2.1", Ended: db.Expelled{Sessions: 2, EmailChange: true}}
	for range 2 {
		s.do(t, func(tx *db.Tx) error { return tx.PutPasswordReset(ctx, reset) })
		reset.Ended.Sessions++
	}
	equal(t, "PasswordReset", must[db.PasswordReset](t)(s.PasswordReset(ctx, f.person.ID)).Ended, db.Expelled{Sessions: 3, EmailChange: true})
	_, err = s.PasswordReset(ctx, "nobody")
	wantErr(t, "PasswordReset of nobody", err, db.ErrNotFound)
}

func requiredFactorEndsWhatWorksWithoutOne(t *testing.T, s store) {
	f, ctx := s.fixture(t), t.Context()
	_, own, family := belongings(t, s, f)
	s.do(t, func(tx *db.Tx) error { return tx.PutMember(ctx, f.team.ID, f.person.ID, "developer") })
	lacks := func() bool { return must[bool](t)(s.LacksSecondFactor(ctx, f.person.ID)) }
	equal(t, "LacksSecondFactor where none is required", lacks(), false)
	s.do(t, func(tx *db.Tx) error { return tx.RequireSecondFactor(ctx, f.team.ID, true) })
	equal(t, "LacksSecondFactor where one is required", lacks(), true)
	var e db.Expelled
	s.do(t, func(tx *db.Tx) (err error) { e, err = tx.ExpelWithoutFactor(ctx, f.team.ID); return err })
	equal(t, "what ended", e, db.Expelled{PersonalTokens: 1, Calendars: 1, Apps: 1})
	equal(t, "the family is revoked", must[db.Family](t)(s.Family(ctx, family.ID)).RevokedAt.IsZero(), false)
	equal(t, "a token without a family is revoked", must[db.AccessToken](t)(s.AccessToken(ctx, own.JTI)).RevokedAt.IsZero(), false)
	s.do(t, func(tx *db.Tx) error {
		return tx.PutTOTPFactor(ctx, db.TOTPFactor{PersonID: f.person.ID, Secret: []byte("x"), CreatedAt: now()})
	})
	equal(t, "LacksSecondFactor of somebody who has one", lacks(), false)
	personal, _, _ := belongings(t, s, f)
	s.do(t, func(tx *db.Tx) (err error) { e, err = tx.ExpelWithoutFactor(ctx, f.team.ID); return err })
	equal(t, "what ended of somebody who has one", e, db.Expelled{})
	equal(t, "the personal token lives", must[db.PersonalToken](t)(s.PersonalTokenByHash(ctx, personal.Hash)).Live(now()), true)
}

func switchedOffWaysEndTheirTokens(t *testing.T, s store) {
	f, ctx := s.fixture(t), t.Context()
	_, _, vendor := belongings(t, s, f)
	query := db.AccessToken{JTI: fresh("jti"), ClientID: f.app.ClientID, Dialect: "netrex", Scope: "read", IssuedAt: now(), ExpiresAt: now().Add(time.Hour)}
	other := query
	other.JTI, other.Dialect = fresh("jti"), "nxtsoft"
	family := db.Family{ID: fresh("family"), ClientID: f.app.ClientID, PersonID: f.person.ID, CreatedAt: now(), AuthTime: now(), ExpiresAt: now().Add(time.Hour)}
	refresh := db.RefreshToken{Hash: fresh("hash"), FamilyID: family.ID, ClientID: f.app.ClientID, IssuedAt: now(), ExpiresAt: now().Add(time.Hour)}
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.RecordToken(ctx, query, db.Caller{}), tx.RecordToken(ctx, other, db.Caller{}), tx.InsertFamily(ctx, family), tx.InsertRefreshToken(ctx, refresh))
	})
	revoked := func(id string) bool { return !must[db.Family](t)(s.Family(ctx, id)).RevokedAt.IsZero() }
	s.do(t, func(tx *db.Tx) error { return tx.RevokeQueryTokens(ctx, f.app.ClientID) })
	equal(t, "the token by the query is revoked", must[db.AccessToken](t)(s.AccessToken(ctx, query.JTI)).RevokedAt.IsZero(), false)
	equal(t, "another token is revoked", must[db.AccessToken](t)(s.AccessToken(ctx, other.JTI)).RevokedAt.IsZero(), true)
	equal(t, "the families are revoked", [2]bool{revoked(vendor.ID), revoked(family.ID)}, [2]bool{false, false})
	s.do(t, func(tx *db.Tx) error { return tx.RevokeRefreshable(ctx, f.app.ClientID) })
	equal(t, "the families are revoked", [2]bool{revoked(vendor.ID), revoked(family.ID)}, [2]bool{false, true})
	s.do(t, func(tx *db.Tx) error { _, err := tx.RevokeVendorLogins(ctx); return err })
	equal(t, "the vendor login is revoked", revoked(vendor.ID), true)
}
