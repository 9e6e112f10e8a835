package contract

import (
	"errors"
	"testing"
	"time"

	"gatepost/db"
)

var deviceCodePromises = []promise{
	{"device codes: asked, slowed down, answered once, used once", deviceCodeLife},
	{"device codes: of ten answers at once one counts", deviceAnsweredOnce},
}

func newDeviceCode(clientID string) db.DeviceCode {
	return db.DeviceCode{
		Hash: fresh("device"), UserCode: fresh("user"), ClientID: clientID, Scope: "read", Audience: "https://portal.example", State: db.DeviceCodePending,
		Address: "203.0.113.9", UserAgent: "camera/1", Interval: 5 * time.Second, CreatedAt: now(), ExpiresAt: now().Add(time.Minute),
	}
}

func deviceCodeLife(t *testing.T, s store) {
	f := s.fixture(t)
	ctx, d := t.Context(), newDeviceCode(f.app.ClientID)
	s.do(t, func(tx *db.Tx) error { return tx.InsertDeviceCode(ctx, d) })
	again := newDeviceCode(f.app.ClientID)
	again.UserCode = d.UserCode
	wantErr(t, "InsertDeviceCode with a user code that is taken", s.Tx(ctx, func(tx *db.Tx) error { return tx.InsertDeviceCode(ctx, again) }), db.ErrConflict)
	equal(t, "DeviceCodeByUserCode", must[db.DeviceCode](t)(s.DeviceCodeByUserCode(ctx, d.UserCode)), d)

	s.do(t, func(tx *db.Tx) error {
		before, err := tx.PollDeviceCode(ctx, d.Hash)
		equal(t, "last poll before the first", before.LastPollAt, time.Time{})
		return errors.Join(err, tx.SlowDownDeviceCode(ctx, d.Hash, 10*time.Second))
	})
	s.do(t, func(tx *db.Tx) error {
		before, err := tx.PollDeviceCode(ctx, d.Hash)
		if before.LastPollAt.IsZero() || before.Interval != 10*time.Second {
			t.Errorf("before the second poll: last %v, interval %v, want a time and 10 s", before.LastPollAt, before.Interval)
		}
		return err
	})
	consume := func(tx *db.Tx) error { return tx.ConsumeDeviceCode(ctx, d.Hash, now()) }
	wantErr(t, "ConsumeDeviceCode before the answer", s.Tx(ctx, consume), db.ErrNotFound)
	s.do(t, func(tx *db.Tx) error {
		return tx.AnswerDeviceCode(ctx, d.Hash, db.DeviceCodeApproved, f.person.ID, "family")
	})
	deny := func(tx *db.Tx) error { return tx.AnswerDeviceCode(ctx, d.Hash, db.DeviceCodeDenied, f.person.ID, "") }
	wantErr(t, "AnswerDeviceCode again", s.Tx(ctx, deny), db.ErrNotFound)
	equal(t, "callers that got the device code", winners(t, []error{s.Tx(ctx, consume), s.Tx(ctx, consume)}, db.ErrNotFound), 1)

	old := newDeviceCode(f.app.ClientID)
	old.ExpiresAt = now().Add(-time.Second)
	s.do(t, func(tx *db.Tx) error { return tx.InsertDeviceCode(ctx, old) })
	err := s.Tx(ctx, func(tx *db.Tx) error {
		return tx.AnswerDeviceCode(ctx, old.Hash, db.DeviceCodeApproved, f.person.ID, "family")
	})
	wantErr(t, "AnswerDeviceCode of an expired one", err, db.ErrNotFound)
	wantErr(t, "PollDeviceCode(none)", s.Tx(ctx, func(tx *db.Tx) error { _, err := tx.PollDeviceCode(ctx, "none"); return err }), db.ErrNotFound)
}

func deviceAnsweredOnce(t *testing.T, s store) {
	f := s.fixture(t)
	d := newDeviceCode(f.app.ClientID)
	s.do(t, func(tx *db.Tx) error { return tx.InsertDeviceCode(t.Context(), d) })
	n := winners(t, atOnce(10, func(i int) error {
		state := []string{db.DeviceCodeApproved, db.DeviceCodeDenied}[i%2]
		return s.Tx(t.Context(), func(tx *db.Tx) error { return tx.AnswerDeviceCode(t.Context(), d.Hash, state, f.person.ID, "family") })
	}), db.ErrNotFound)
	equal(t, "answers that count", n, 1)
}
