package db

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

//go:embed migrations
var migrations embed.FS

// migrate applies the migrations that the database lacks, all in one transaction, so that a
// process that is killed half-way leaves the old schema. They are forward-only and numbered
// from 0001 without gaps. A second process that starts at the same time waits: SQLite takes
// its write lock at the start of the transaction, PostgreSQL an advisory lock.
func (d *DB) migrate(ctx context.Context) error {
	files, err := fs.Glob(migrations, "migrations/"+d.eng.name()+"/*.sql")
	if err != nil {
		return fmt.Errorf("db: migrate: %w", err)
	}
	return d.Tx(ctx, func(tx *Tx) error {
		if d.eng.name() == "postgres" {
			if _, err := tx.exec(ctx, "migrate", "SELECT pg_advisory_xact_lock(7461)"); err != nil {
				return err
			}
		}
		if _, err := tx.exec(ctx, "migrate", `CREATE TABLE IF NOT EXISTS schema_migrations (version BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL)`); err != nil {
			return err
		}
		var have int
		if err := tx.q.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM schema_migrations`).Scan(&have); err != nil {
			return tx.fail("migrate", err)
		}
		if have > len(files) {
			return fmt.Errorf("db: the database has schema version %d and this binary knows only %d: start a newer gatepost, or restore the backup made before the upgrade", have, len(files))
		}
		for _, name := range files[have:] {
			if err := tx.apply(ctx, name); err != nil {
				return err
			}
		}
		return nil
	})
}

// chainVersion is the migration after which older audit events are put in the chain, and
// older devices get the text that a search looks into.
const chainVersion = 4

func (t *Tx) apply(ctx context.Context, name string) error {
	version, err := strconv.Atoi(strings.SplitN(path.Base(name), "_", 2)[0])
	if err != nil {
		return fmt.Errorf("db: migration %s: its name must start with its number", name)
	}
	text, err := migrations.ReadFile(name)
	if err != nil {
		return fmt.Errorf("db: migration %s: %w", name, err)
	}
	if _, err := t.exec(ctx, name, string(text)); err != nil {
		return err
	}
	if version == chainVersion {
		if err := t.chainOld(ctx); err != nil {
			return err
		}
		if err := t.foldOld(ctx); err != nil {
			return err
		}
	}
	_, err = t.exec(ctx, name, `INSERT INTO schema_migrations (version, applied_at) VALUES ($1, $2)`, version, unix(t.Now))
	return err
}
