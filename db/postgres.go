package db

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

type postgresEngine struct{}

// IsPostgres says whether dsn names a PostgreSQL database rather than a file.
func IsPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

func openPostgres(ctx context.Context, dsn string) (write, read *sql.DB, eng engine, err error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, nil, nil, errors.New("db: GATEPOST_DB is not the URL of a PostgreSQL database: write postgres://user:password@host/database")
	}
	pool := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(func(ctx context.Context, c *pgx.Conn) error {
		// As long as SQLite's busy_timeout. A proxy that doesn't know the setting is no reason to fail.
		_, _ = c.Exec(ctx, "SET lock_timeout = '5s'")
		return nil
	}))
	most, err := connections(ctx, pool)
	if err != nil {
		pool.Close()
		// The driver's text may quote the URL, and with it the password.
		return nil, nil, nil, errors.New("db: the PostgreSQL server that GATEPOST_DB names doesn't answer: check host, port, user and password")
	}
	pool.SetMaxOpenConns(most)
	pool.SetMaxIdleConns(max(most/2, 1))
	return pool, pool, postgresEngine{}, nil
}

// connections returns how many connections this process opens at most: no more than the server
// allows the role and the database, so that a caller waits for one here rather than being
// refused there.
func connections(ctx context.Context, pool *sql.DB) (most int, err error) {
	err = pool.QueryRowContext(ctx,
		`SELECT LEAST(16, NULLIF(rolconnlimit, -1), NULLIF(datconnlimit, -1))
		FROM pg_roles, pg_database
		WHERE rolname = current_user AND datname = current_database()`).Scan(&most)
	return max(most, 1), err
}

func (postgresEngine) name() string { return "postgres" }

func (postgresEngine) tables() string {
	return `SELECT COUNT(*)
		FROM pg_tables
		WHERE tablename = $1 AND schemaname = ANY (current_schemas(false))`
}

// locking takes the lock that an UPDATE of the row takes. FOR UPDATE would be stronger: it also
// stops inserts of rows that refer to the locked one, and so a group of tokens that already
// shares a secret of the app would deadlock with a rotation of that secret.
func (postgresEngine) locking() string { return " FOR NO KEY UPDATE" }

func (postgresEngine) sharing() string { return " FOR SHARE" }

func (postgresEngine) classify(err error) error {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		var c *pgconn.ConnectError
		if errors.As(err, &c) || pgconn.SafeToRetry(err) {
			return ErrBusy
		}
		return nil
	}
	switch {
	case e.Code == "23505": // unique_violation
		return ErrConflict
	case e.Code == "22021": // character_not_in_repertoire: no row has text with NUL or bytes that aren't UTF-8
		return ErrNotFound
	case e.Code == "40001", e.Code == "40P01", // serialization_failure, deadlock_detected
		e.Code == "55P03", e.Code == "57014", // lock_timeout, statement_timeout
		e.Code == "25006",                // a standby, which takes no writes
		strings.HasPrefix(e.Code, "08"),  // connection exception
		strings.HasPrefix(e.Code, "53"),  // insufficient resources
		strings.HasPrefix(e.Code, "57P"): // the server is going down
		return ErrBusy
	}
	return nil
}

func (postgresEngine) retry(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "40001" || e.Code == "40P01")
}
