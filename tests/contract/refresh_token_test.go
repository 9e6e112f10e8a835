package contract

import (
	"testing"

	"gatepost/db"
)

var refreshTokenPromises = []promise{
	{"refresh tokens: of forty at once one gets it", refreshIsSingleUse},
}

func refreshIsSingleUse(t *testing.T, s store) {
	c := s.consent(t, s.fixture(t))
	n := winners(t, atOnce(40, func(int) error {
		return s.Tx(t.Context(), func(tx *db.Tx) error { _, err := tx.ConsumeRefreshToken(t.Context(), c.refresh.Hash); return err })
	}), db.ErrNotFound)
	equal(t, "callers that got the refresh token", n, 1)
}
