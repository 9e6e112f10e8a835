package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

type sqliteEngine struct{}

// openSQLite opens one writer (SQLite has one write lock, so a second connection could only
// wait for it) and several readers, which WAL lets run alongside the writer.
func openSQLite(ctx context.Context, path string) (write, read *sql.DB, eng engine, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("db: open: %w", err)
	}
	if err := makePrivate(path); err != nil {
		return nil, nil, nil, err
	}
	// synchronous=FULL: a commit is on disk before the caller hears of it (NORMAL may lose the
	// last commits in a power cut). _txlock=immediate: a transaction takes the write lock at its
	// start, so that it can't fail half-way when it upgrades a read lock.
	dsn := sqliteFile(path) +
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_txlock=immediate"
	if write, err = sql.Open("sqlite", dsn); err != nil {
		return nil, nil, nil, fmt.Errorf("db: open: %w", err)
	}
	write.SetMaxOpenConns(1)
	if err := write.PingContext(ctx); err != nil {
		write.Close()
		return nil, nil, nil, fmt.Errorf("db: open %s: %w", path, err)
	}
	if read, err = sql.Open("sqlite", dsn+"&_pragma=query_only(1)"); err != nil {
		write.Close()
		return nil, nil, nil, fmt.Errorf("db: open: %w", err)
	}
	readers := max(4, runtime.NumCPU())
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	return write, read, sqliteEngine{}, nil
}

// makePrivate creates the folder and the file so that only their owner can read them. The
// journal files that SQLite adds take the mode of the main file.
func makePrivate(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("db: can't create the folder of the database: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("db: can't open the database file for writing: %w", err)
	}
	return f.Close()
}

func (sqliteEngine) name() string { return "sqlite" }

func (sqliteEngine) tables() string {
	return `SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = $1`
}

// locking is empty: a transaction that writes has the database's one write lock from its start.
func (sqliteEngine) locking() string { return "" }

func (sqliteEngine) sharing() string { return "" }

func (sqliteEngine) classify(err error) error {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return nil
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return ErrConflict
	}
	switch e.Code() & 0xff { // the primary part of an extended code
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY,
		sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOMEM:
		return ErrBusy
	}
	return nil
}

// retry is never true: busy_timeout has already waited.
func (sqliteEngine) retry(error) bool { return false }

// sqliteFile returns a path as the driver's name of the file.
func sqliteFile(path string) string {
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}
