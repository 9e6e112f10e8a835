package contract

import (
	"path/filepath"
	"strings"
	"testing"

	"gatepost/db"
)

var migrationPromises = []promise{
	{"migrations: opening again changes nothing", reopen},
	{"migrations: a newer schema is refused, with what to do about it", newerSchemaIsRefused},
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
			t.Errorf("Open with seven others: %v", err)
		}
	}
}
