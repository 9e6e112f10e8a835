package setup

import (
	"database/sql"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
)

// A portal of an earlier version gets each new scope once, and its owner's changes to the
// catalogue stay.
func TestScopesAreGivenOnce(t *testing.T) {
	s := &Settings{Addr: "127.0.0.1:0", DB: filepath.Join(t.TempDir(), "gatepost.db"), Brand: "Gatepost", LogFormat: "text", SigningAlg: "RS256", AnchorMail: "off"}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	s.KeyFile = filepath.Join(filepath.Dir(s.DB), "gatepost.key")
	names := func() (names []string) {
		t.Helper()
		p, err := Open(t.Context(), s, slog.New(slog.NewTextHandler(io.Discard, nil)))
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		scopes, err := p.DB.Scopes(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range scopes {
			names = append(names, x.Name+" "+x.Sentence)
		}
		return names
	}
	change := func(statements ...string) {
		t.Helper()
		d, err := sql.Open("sqlite", "file:"+s.DB)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		for _, text := range statements {
			if _, err := d.ExecContext(t.Context(), text); err != nil {
				t.Fatal(err)
			}
		}
	}
	all := names()
	if again := names(); !slices.Equal(again, all) {
		t.Errorf("scopes after another start = %q, want %q", again, all)
	}
	// As an earlier version left it, with a sentence that the owner wrote.
	change(`DELETE FROM settings WHERE name = 'scopes_given'`, `DELETE FROM scopes WHERE name LIKE '%:%' AND name NOT LIKE 'apps:%'`, `UPDATE scopes SET sentence = 'Own words' WHERE name = 'read'`)
	got := names()
	if len(got) != len(all) || got[0] != "read Own words" || !slices.Equal(got[len(got)-6:], all[len(all)-6:]) {
		t.Errorf("scopes of an older portal = %q, want the new ones at the end and the owner's words", got)
	}
	// A scope that is removed later stays removed.
	change(`DELETE FROM scopes WHERE name = 'recordings'`)
	if got := names(); len(got) != len(all)-1 {
		t.Errorf("scopes after one was taken out = %d, want %d", len(got), len(all)-1)
	}
}
