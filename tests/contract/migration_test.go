package contract

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gatepost/db"
)

var migrationPromises = []promise{
	{"migrations: opening again changes nothing", reopen},
	{"migrations: a newer schema is refused with what to do", newerSchemaIsRefused},
	{"migrations: a database of any older version keeps its rows", upgradeOfEveryVersion},
	{"migrations: the devices of version 3 are found by a search, its keys stay used", upgradeOfVersion3},
	{"migrations: of eight processes that start at once all open", openAtOnce},
}

func reopen(t *testing.T, s store) {
	f := s.fixture(t)
	s.leave(t, s.DB)
	again := open(t, s.dsn)
	equal(t, "Team after reopening", must[db.Team](t)(again.Team(t.Context(), f.team.ID)), f.team)
	if err := again.Ping(t.Context()); err != nil {
		t.Errorf("Ping = %v", err)
	}
}

func newerSchemaIsRefused(t *testing.T, s store) {
	s.leave(t, s.DB)
	raw := s.raw(t)
	if _, err := raw.Exec("INSERT INTO schema_migrations (version, applied_at) VALUES (9999, 1)"); err != nil {
		t.Fatal(err)
	}
	s.leave(t, raw)
	d, err := db.Open(t.Context(), s.dsn)
	if err == nil {
		d.Close()
		t.Fatal("Open of a newer schema succeeded")
	}
	for _, word := range []string{"9999", "newer gatepost"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("Open = %q, want it to say %q", err, word)
		}
	}
}

func openAtOnce(t *testing.T, s store) {
	dsn := filepath.Join(t.TempDir(), "new", "gatepost.db")
	if s.engine == "postgres" {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.raw(t).Exec("DROP SCHEMA public CASCADE; CREATE SCHEMA public"); err != nil {
			t.Fatal(err)
		}
		dsn = s.dsn
	}
	for _, err := range atOnce(8, func(int) error {
		d, err := db.Open(t.Context(), dsn)
		if err != nil {
			return err
		}
		return d.Close()
	}) {
		if err != nil {
			t.Errorf("Open beside seven others: %v", err)
		}
	}
}

var transactionPromises = []promise{
	{"transactions: a failed one leaves nothing", failedTxLeavesNothing},
	{"transactions: one reads what it wrote, on its own connection", txReadsItsWrites},
	{"texts: what no row can hold is not found", oddTextIsNotFound},
	{"sqlite: file and folder are private", filesArePrivate},
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

// Ids come from addresses, where anybody may write anything.
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

func filesArePrivate(t *testing.T, s store) {
	if s.engine != "sqlite" {
		return
	}
	for _, name := range []string{filepath.Dir(s.dsn), s.dsn, s.dsn + "-wal", s.dsn + "-shm"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Error(err)
		} else if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("mode of %s = %v, want it closed to group and others", filepath.Base(name), info.Mode())
		}
	}
}
