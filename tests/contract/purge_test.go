package contract

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"gatepost/db"
)

var purgePromises = []promise{
	{"purge: what ended long ago is deleted, a bounded number at a time", purgeIsBounded},
	{"purge: a recent idempotency key stays if another actor's old one has the same name", purgeKeepsYoungKeys},
}

func purgeIsBounded(t *testing.T, s store) {
	f := s.fixture(t)
	day := 24 * time.Hour
	for i := range 5 {
		old := newToken(f.secret)
		old.IssuedAt, old.ExpiresAt = now().Add(-time.Duration(401+i)*day), now().Add(-2*day)
		if err := s.RecordToken(t.Context(), old, db.Caller{}); err != nil {
			t.Fatal(err)
		}
		session, link := newSession(f.person.ID), newLink("t")
		session.ExpiresAt, link.ExpiresAt = now().Add(-time.Minute), now().Add(-31*day)
		s.do(t, func(tx *db.Tx) error {
			tx.Now = tx.Now.Add(-8 * day)
			return errors.Join(insertSession(t, tx, session), tx.InsertLink(t.Context(), link), tx.UseIdempotencyKey(t.Context(), "ana", fresh("key"), "x", ""))
		})
	}
	s.ended(t, f, day)
	live := s.consent(t, f)
	keepToken, keepSession, keepLink := newToken(f.secret), newSession(f.person.ID), newLink("t")
	keepToken.ExpiresAt, keepLink.ExpiresAt = now().Add(-time.Hour), now().Add(-day)
	if err := s.RecordToken(t.Context(), keepToken, db.Caller{}); err != nil {
		t.Fatal(err)
	}
	s = s.reopened(t) // so that the counts are written
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(insertSession(t, tx, keepSession), tx.InsertLink(t.Context(), keepLink), tx.UseIdempotencyKey(t.Context(), "ana", "young", "x", ""))
	})
	for round, want := range []int64{15 + 18, 10 + 12, 0} { // five kinds of five rows each, then six more, three at a time
		equal(t, fmt.Sprintf("Purge number %d", round+1), must[int64](t)(s.Purge(t.Context(), 3)), want)
	}
	must[db.AccessToken](t)(s.AccessToken(t.Context(), keepToken.JTI))
	must[db.Session](t)(s.Session(t.Context(), keepSession.ID))
	must[db.Link](t)(s.Link(t.Context(), keepLink.ID))
	s.wantAlive(t, "a live family after the purge", live, true)
	targetOf(t, s, "ana", "young")
	equal(t, "usage rows", len(must[[]db.HourCount](t)(s.TokensByHour(t.Context(), f.team.ID, "", time.Time{}))), 1)
}

// ended adds five rows of each kind that the authorization server leaves behind.
func (s store) ended(t *testing.T, f fixture, day time.Duration) {
	t.Helper()
	ctx, past := t.Context(), now().Add(-2*day)
	kept := s.consent(t, f).family
	for range 5 {
		expired, revoked := kept, kept
		expired.ID, expired.ExpiresAt = fresh("family"), past
		revoked.ID, revoked.RevokedAt = fresh("family"), now().Add(-31*day)
		device := newDeviceCode(f.app.ClientID)
		device.ExpiresAt = past
		s.do(t, func(tx *db.Tx) error {
			return errors.Join(
				tx.InsertFamily(ctx, expired), tx.InsertFamily(ctx, revoked), tx.InsertDeviceCode(ctx, device), tx.UseAssertion(ctx, "client", fresh("jti"), past),
				tx.InsertRefreshToken(ctx, db.RefreshToken{Hash: fresh("refresh"), FamilyID: kept.ID, ClientID: f.app.ClientID, IssuedAt: past, ExpiresAt: past}),
				tx.InsertConsentRequest(ctx, db.ConsentRequest{ID: fresh("consent"), PersonID: f.person.ID, ClientID: f.app.ClientID, ExpiresAt: past}))
		})
	}
}

func purgeKeepsYoungKeys(t *testing.T, s store) {
	s.do(t, func(tx *db.Tx) error {
		if err := tx.UseIdempotencyKey(t.Context(), "bob", "key", "young", ""); err != nil {
			return err
		}
		tx.Now = tx.Now.Add(-8 * 24 * time.Hour)
		return tx.UseIdempotencyKey(t.Context(), "ana", "key", "old", "")
	})
	must[int64](t)(s.Purge(t.Context(), 100))
	equal(t, "target of the young key", targetOf(t, s, "bob", "key"), "young")
	_, _, err := s.IdempotencyTarget(t.Context(), "ana", "key")
	wantErr(t, "IdempotencyTarget of the old key", err, db.ErrNotFound)
}
