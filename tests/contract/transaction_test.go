package contract

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"gatepost/db"
)

var transactionPromises = []promise{
	{"transactions: a failed one leaves nothing", failedTxLeavesNothing},
	{"transactions: one reads what it wrote, on its own connection", txReadsItsWrites},
	{"texts: what can't be stored isn't found", oddTextIsNotFound},
}

func failedTxLeavesNothing(t *testing.T, s store) {
	team, failure := newTeam(), errors.New("no")
	err := s.Tx(t.Context(), func(tx *db.Tx) error {
		return errors.Join(tx.InsertTeam(t.Context(), team), failure)
	})
	wantErr(t, "Tx", err, failure)
	_, err = s.Team(t.Context(), team.ID)
	wantErr(t, "Team of a failed transaction", err, db.ErrNotFound)
}

func txReadsItsWrites(t *testing.T, s store) {
	s.fixture(t)
	s.do(t, func(tx *db.Tx) error {
		team := newTeam()
		if err := tx.InsertTeam(t.Context(), team); err != nil {
			return err
		}
		equal(t, "Team in its transaction", must[db.Team](t)(tx.Team(t.Context(), team.ID)), team)
		equal(t, "number of teams", len(must[[]db.TeamSize](t)(tx.Teams(t.Context()))), 2)
		return nil
	})
}

// Ids come from URLs, where anybody may write anything.
func oddTextIsNotFound(t *testing.T, s store) {
	s.fixture(t)
	for _, id := range []string{"\x00", "a\x00b", "\xff\xfe", "", "'; DROP TABLE apps; --", strings.Repeat("x", 100_000)} {
		_, err := s.App(t.Context(), id)
		wantErr(t, fmt.Sprintf("App(%.10q)", id), err, db.ErrNotFound)
		_, err = s.LinkByTokenHash(t.Context(), id)
		wantErr(t, fmt.Sprintf("LinkByTokenHash(%.10q)", id), err, db.ErrNotFound)
	}
	equal(t, "teams afterwards", len(must[[]db.TeamSize](t)(s.Teams(t.Context()))), 1)
}
