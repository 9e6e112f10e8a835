package contract

import (
	"errors"
	"testing"
	"time"

	"gatepost/db"
)

var consentPromises = []promise{
	{"consent requests: answered once, in their session, in time", consentIsSingleUse},
}

func consentIsSingleUse(t *testing.T, s store) {
	f := s.fixture(t)
	ctx := t.Context()
	c := db.ConsentRequest{
		ID: fresh("consent"), SessionID: "session", PersonID: f.person.ID, ClientID: f.app.ClientID, RedirectURI: "https://app.example/callback", RedirectGiven: true,
		Scope: "read", State: " a%20b&=\"Ω\n", Challenge: "challenge", Audience: "https://portal.example", AuthTime: now(), CreatedAt: now(), ExpiresAt: now().Add(time.Minute),
	}
	old := c
	old.ID, old.ExpiresAt = fresh("consent"), now().Add(-time.Second)
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.InsertConsentRequest(ctx, c), tx.InsertConsentRequest(ctx, old))
	})
	var got db.ConsentRequest
	answer := func(id, session string) error {
		return s.Tx(ctx, func(tx *db.Tx) error {
			answered, err := tx.AnswerConsentRequest(ctx, id, session)
			if err == nil {
				got = answered
			}
			return err
		})
	}
	wantErr(t, "AnswerConsentRequest in another session", answer(c.ID, "other"), db.ErrNotFound)
	wantErr(t, "AnswerConsentRequest of an expired one", answer(old.ID, "session"), db.ErrNotFound)
	equal(t, "answers that count", winners(t, []error{answer(c.ID, "session"), answer(c.ID, "session")}, db.ErrNotFound), 1)
	if age := now().Sub(got.AnsweredAt); age < 0 || age > time.Minute {
		t.Errorf("AnsweredAt = %v ago, want now", age)
	}
	got.AnsweredAt = time.Time{}
	equal(t, "AnswerConsentRequest", got, c)
}
