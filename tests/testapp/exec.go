package testapp

import (
	"database/sql"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the driver named "sqlite"
)

// Exec changes the database behind the server's back: tests move clocks so, in place of
// waiting.
func (a *App) Exec(t testing.TB, query string, args ...any) {
	t.Helper()
	d := a.OpenDB(t)
	defer d.Close()
	if _, err := d.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// OpenDB connects to the server's database, whichever it is.
func (a *App) OpenDB(t testing.TB) *sql.DB {
	t.Helper()
	driver, source := "sqlite", "file:"+a.DB+"?_pragma=busy_timeout(10000)"
	if strings.HasPrefix(a.DB, "postgres") {
		driver, source = "pgx", a.DB
	}
	d, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
