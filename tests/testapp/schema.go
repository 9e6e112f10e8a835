package testapp

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// OldSchema sets up an empty database of an engine (sqlite, postgres) with the schema of a
// release of this version, and returns the number of the newest.
func OldSchema(t testing.TB, d *sql.DB, engine string, version int) (newest int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(Root(), "db", "migrations", engine, "*.sql")) // in their order
	if err != nil || len(files) < version {
		t.Fatalf("migrations = %v, %v, want %d or more", files, err, version)
	}
	texts := []string{"CREATE TABLE schema_migrations (version BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL)"}
	for i, name := range files[:version] {
		schema, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(schema), fmt.Sprintf("INSERT INTO schema_migrations (version, applied_at) VALUES (%d, 1700000000)", i+1))
	}
	for _, text := range texts {
		if _, err := d.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	return len(files)
}
