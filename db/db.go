package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// Errors that callers may test for. Every error of this package with one of these causes wraps
// it. The text of other errors is for the log only.
var (
	ErrNotFound = errors.New("not found")
	ErrConflict = errors.New("conflicts with what is stored")
	// ErrBusy says that the database can't take the write now (locked by another process,
	// no space left, connection lost): the caller may try again later.
	ErrBusy = errors.New("database is busy or unavailable")
)

// Reader has the reading methods of every noun; DB and Tx embed it.
type Reader struct {
	q   querier
	eng engine
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	Reader
	write, read *sql.DB
	pool        *pool
	tokens      *committer
	failures    *failureQueue
	uses        *useQueue
	mails       chan struct{} // a mail was queued
	now         func() time.Time
	mac         AuditMAC // signs the audit log; nil: nothing does
	oldAudit    bool     // the migration since which the audit log is signed was applied
}

// Tx is a writing transaction. Now is its only reading of the clock, in whole seconds.
type Tx struct {
	Reader
	tx     *sql.Tx
	Now    time.Time
	events []AuditEvent // to be written at the end
	mailed bool         // a mail was queued
	tokens []recordedToken

	mac        AuditMAC
	acceptHead bool // the audit log's head is signed whatever it was
}

// engine is what differs between the two databases.
type engine interface {
	// classify returns ErrConflict or ErrBusy for a driver's error that means it, else nil.
	classify(err error) error
	// retry says whether a transaction that failed with err may be run again immediately.
	retry(err error) bool
	// locking is the clause of a SELECT that keeps others from locking and changing its rows
	// until the transaction ends; empty where writing transactions take turns anyway.
	locking() string
	// sharing is the clause that keeps others from changing the rows, but not from sharing them.
	sharing() string
	// tables is a query that counts the tables named $1.
	tables() string
	name() string
}

// Open opens the database that dsn names: a file's path (SQLite; its folder is created with mode
// 0700, the file with 0600), or a postgres:// URL. It applies missing migrations, and fails if
// the schema is newer than this binary. The caller closes it.
func Open(ctx context.Context, dsn string) (*DB, error) {
	write, read, eng, err := openPools(ctx, dsn)
	if err != nil {
		return nil, err
	}
	d := &DB{write: write, read: read, now: time.Now, pool: &pool{db: read}, mails: make(chan struct{}, 1)}
	d.Reader = Reader{q: d.pool, eng: eng}
	if err := d.migrate(ctx); err != nil {
		d.closePools()
		return nil, err
	}
	d.uses = newUseQueue(d)
	d.tokens = newCommitter(d)
	d.failures = newFailureQueue(d)
	return d, nil
}

func openPools(ctx context.Context, dsn string) (write, read *sql.DB, eng engine, err error) {
	if IsPostgres(dsn) {
		return openPostgres(ctx, dsn)
	}
	return openSQLite(ctx, dsn)
}

// Close writes what is queued in memory and closes the connections.
func (d *DB) Close() error {
	d.tokens.stop()
	d.uses.stop()
	d.failures.stop()
	return d.closePools()
}

func (d *DB) closePools() error {
	d.pool.close()
	err := d.write.Close()
	if d.read != d.write {
		err = errors.Join(err, d.read.Close())
	}
	return err
}

// Ping checks that the database answers a read.
func (d *DB) Ping(ctx context.Context) error {
	var one int
	return d.fail("Ping", d.read.QueryRowContext(ctx, "SELECT 1").Scan(&one))
}

// Tx runs fn in a writing transaction and commits if fn returns nil. On PostgreSQL a transaction
// that lost a serialization race or was part of a deadlock is run again, so fn must have no
// effect outside of it.
func (d *DB) Tx(ctx context.Context, fn func(*Tx) error) error {
	const attempts = 5
	for attempt := 1; ; attempt++ {
		err := d.txOnce(ctx, fn)
		if err == nil || attempt == attempts || !d.eng.retry(err) {
			return err
		}
	}
}

// turnTime is how long a writer waits for a connection. While the database is locked from outside, writers
// queue behind one another: the last of them is told so before its client gives up.
const turnTime = 10 * time.Second

// turn waits for a connection to write with, and returns ErrBusy if there is none in time.
func (d *DB) turn(ctx context.Context) (*sql.Conn, error) {
	wait, cancel := context.WithTimeout(ctx, turnTime)
	defer cancel()
	conn, err := d.write.Conn(wait)
	if err != nil && ctx.Err() == nil && wait.Err() != nil {
		return nil, fmt.Errorf("db: begin: %w: no connection within %v", ErrBusy, turnTime)
	}
	return conn, d.fail("begin", err)
}

func (d *DB) txOnce(ctx context.Context, fn func(*Tx) error) error {
	conn, err := d.turn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	sqlTx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return d.fail("begin", err)
	}
	defer sqlTx.Rollback() // after a commit this does nothing
	tx := &Tx{Reader: Reader{q: sqlTx, eng: d.eng}, tx: sqlTx, Now: d.now().Truncate(time.Second), mac: d.mac}
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.appendEvents(ctx); err != nil {
		return err
	}
	if err := sqlTx.Commit(); err != nil {
		return d.fail("commit", err)
	}
	if tx.mailed {
		d.wakeMail()
	}
	for _, r := range tx.tokens {
		d.noteToken(r.token, r.caller)
	}
	return nil
}

// lock reads one row and locks it until the transaction ends, so that transactions that lock
// the same row take turns. It returns the row as the one before left it, or ErrNotFound.
func lock[T any](ctx context.Context, t *Tx, what string, scan func(scanner) (T, error), query string, args ...any) (T, error) {
	return one(ctx, &t.Reader, what, scan, query+t.eng.locking(), args...)
}

// lockAll is lock for any number of rows, which are locked in the query's order.
func lockAll[T any](ctx context.Context, t *Tx, what string, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	return all(ctx, &t.Reader, what, scan, query+t.eng.locking(), args...)
}

// share reads one row and keeps others from locking or changing it until the transaction ends,
// but not from sharing it.
func share[T any](ctx context.Context, t *Tx, what string, scan func(scanner) (T, error), query string, args ...any) (T, error) {
	return one(ctx, &t.Reader, what, scan, query+t.eng.sharing(), args...)
}

// exec runs one statement and returns the number of rows that it touched.
func (t *Tx) exec(ctx context.Context, what, query string, args ...any) (int64, error) {
	res, err := t.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, t.fail(what, err)
	}
	n, err := res.RowsAffected()
	return n, t.fail(what, err)
}

// mustTouch is exec for a statement that must touch a row. It returns ErrNotFound if there is no
// such row, or if it is no longer in the state that the condition asks for.
func (t *Tx) mustTouch(ctx context.Context, what, query string, args ...any) error {
	n, err := t.exec(ctx, what, query, args...)
	if err == nil && n == 0 {
		return fmt.Errorf("db: %s: %w", what, ErrNotFound)
	}
	return err
}

// fail wraps err with the name of what failed and this package's sentinel.
func (r *Reader) fail(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("db: %s: %w", what, ErrNotFound)
	}
	kind := r.eng.classify(err)
	if kind == nil && isUnreachable(err) {
		kind = ErrBusy
	}
	if kind != nil {
		return fmt.Errorf("db: %s: %w: %w", what, kind, err)
	}
	return fmt.Errorf("db: %s: %w", what, err)
}

// isUnreachable reports whether the connection to the database failed or ended, which says nothing about
// what is stored. A transaction is also over when its context is.
func isUnreachable(err error) bool {
	var network net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, sql.ErrTxDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.As(err, &network)
}

// conflict returns ErrConflict with the name of what failed.
func (r *Reader) conflict(what string) error { return fmt.Errorf("db: %s: %w", what, ErrConflict) }
