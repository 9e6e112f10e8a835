package contract

import (
	"errors"
	"testing"
	"time"

	"gatepost/db"
)

var assertionPromises = []promise{
	{"assertions: each is used once", assertionIsSingleUse},
	{"assertions: of forty at once one is used", assertionsAtOnce},
}

func assertionIsSingleUse(t *testing.T, s store) {
	use := func(client, jti string) error {
		return s.Tx(t.Context(), func(tx *db.Tx) error { return tx.UseAssertion(t.Context(), client, jti, now().Add(time.Minute)) })
	}
	if err := errors.Join(use("a", "1"), use("a", "2"), use("b", "1")); err != nil {
		t.Errorf("UseAssertion of three different ones: %v", err)
	}
	wantErr(t, "UseAssertion again", use("a", "1"), db.ErrConflict)
}

func assertionsAtOnce(t *testing.T, s store) {
	n := winners(t, atOnce(40, func(int) error {
		return s.Tx(t.Context(), func(tx *db.Tx) error { return tx.UseAssertion(t.Context(), "a", "1", now().Add(time.Minute)) })
	}), db.ErrConflict)
	equal(t, "assertions that were taken", n, 1)
}
