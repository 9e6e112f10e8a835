package testapp

import (
	"database/sql"
	"strings"
	"testing"
	"time"

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

// Change is Exec for a statement that must change some rows.
func (a *App) Change(t testing.TB, query string, args ...any) {
	t.Helper()
	d := a.OpenDB(t)
	defer d.Close()
	result, err := d.ExecContext(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%s changed %d rows, %v, want some", query, n, err)
	}
}

// One reads one value out of the server's database.
func One[T any](t testing.TB, a *App, query string, args ...any) (value T) {
	t.Helper()
	d := a.OpenDB(t)
	defer d.Close()
	if err := d.QueryRowContext(t.Context(), query, args...).Scan(&value); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return value
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

// HoldWhen waits until a condition (an SQL expression) is true in an SQLite database, and from
// that very moment keeps everybody from writing to it, until release is called: what goes on
// in the background can't be over before the test does the next thing.
func (a *App) HoldWhen(t testing.TB, condition string) (release func()) {
	t.Helper()
	d, err := sql.Open("sqlite", "file:"+a.DB+"?_pragma=busy_timeout(0)") // one who waits politely comes after every batch of an import
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	conn, err := d.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	holds := func() (ok bool) {
		if _, err := conn.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
			return false // somebody writes
		}
		if err := conn.QueryRowContext(t.Context(), "SELECT "+condition).Scan(&ok); err != nil {
			t.Fatalf("%s: %v", condition, err)
		}
		if !ok {
			rollback(t, conn)
		}
		return ok
	}
	for deadline := time.Now().Add(startsWithin); !holds(); {
		if time.Now().After(deadline) {
			t.Fatalf("after %s still not: %s", startsWithin, condition)
		}
	}
	return func() { rollback(t, conn) }
}

func rollback(t testing.TB, conn *sql.Conn) {
	t.Helper()
	if _, err := conn.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
}
