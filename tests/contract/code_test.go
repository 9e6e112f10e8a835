package contract

import (
	"testing"
	"time"

	"gatepost/db"
)

var codePromises = []promise{
	{"codes: of forty at once one gets it", codeIsSingleUse},
	{"codes: an expired one is not consumed", expiredCode},
}

func codeIsSingleUse(t *testing.T, s store) {
	c := s.consent(t, s.fixture(t))
	n := winners(t, atOnce(40, func(int) error {
		return s.Tx(t.Context(), func(tx *db.Tx) error { _, err := tx.ConsumeCode(t.Context(), c.code.Hash, now()); return err })
	}), db.ErrNotFound)
	equal(t, "callers that got the code", n, 1)
}

func expiredCode(t *testing.T, s store) {
	c := s.consent(t, s.fixture(t))
	old := c.code
	old.Hash, old.ExpiresAt = fresh("code"), now().Add(-time.Second)
	s.do(t, func(tx *db.Tx) error { return tx.InsertCode(t.Context(), old) })
	err := s.Tx(t.Context(), func(tx *db.Tx) error { _, err := tx.ConsumeCode(t.Context(), old.Hash, now()); return err })
	wantErr(t, "ConsumeCode of an expired one", err, db.ErrNotFound)
}
