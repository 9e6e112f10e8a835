package db

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
)

//go:embed migrations
var migrations embed.FS

// migrate applies the migrations that the database lacks, all in one transaction, so that a
// process killed half-way leaves the old schema. They are forward-only and numbered from 0001
// without gaps. A second process that starts at the same time waits: SQLite takes its write lock
// at the start of the transaction, PostgreSQL an advisory lock.
func (d *DB) migrate(ctx context.Context) error {
	files, err := migrationFiles(d.eng.name())
	if err != nil {
		return err
	}
	return d.Tx(ctx, func(tx *Tx) error {
		if d.eng.name() == "postgres" {
			// However long another process migrates.
			if _, err := tx.exec(ctx, "migrate", "SET LOCAL lock_timeout = 0"); err != nil {
				return err
			}
			if _, err := tx.exec(ctx, "migrate", "SELECT pg_advisory_xact_lock(7461)"); err != nil {
				return err
			}
		}
		if _, err := tx.exec(ctx, "migrate",
			`CREATE TABLE IF NOT EXISTS schema_migrations (version BIGINT PRIMARY KEY, applied_at BIGINT NOT NULL)`); err != nil {
			return err
		}
		have, err := tx.schemaVersion(ctx)
		if err != nil {
			return err
		}
		if have > len(files) {
			return fmt.Errorf("db: the database has schema version %d and this binary knows only %d: "+
				"start a newer gatepost, or restore the backup made before the upgrade", have, len(files))
		}
		for _, name := range files[have:] {
			d.oldAudit = d.oldAudit || have > 0 && strings.HasSuffix(name, auditSigning)
			if err := tx.apply(ctx, name); err != nil {
				return err
			}
		}
		return nil
	})
}

// auditSigning ends the name of the migration since which the audit log is signed.
const auditSigning = "_audit.sql"

// migrationFiles returns the names of an engine's migrations, in order.
func migrationFiles(engine string) ([]string, error) {
	files, err := fs.Glob(migrations, "migrations/"+engine+"/*.sql")
	if err != nil {
		return nil, fmt.Errorf("db: migrations: %w", err)
	}
	return files, nil
}

func (r *Reader) schemaVersion(ctx context.Context) (int, error) {
	return one(ctx, r, "schemaVersion", value[int], `SELECT COALESCE(MAX(version), 0) FROM schema_migrations`)
}

// SchemaVersions returns the version of the database's schema (0 if there is none yet) and the
// newest that this binary knows. It changes nothing and creates no file.
func SchemaVersions(ctx context.Context, dsn string) (have, known int, err error) {
	if _, err := os.Stat(dsn); !IsPostgres(dsn) && errors.Is(err, fs.ErrNotExist) {
		files, err := migrationFiles(sqliteEngine{}.name())
		return 0, len(files), err
	}
	write, read, eng, err := openPools(ctx, dsn)
	if err != nil {
		return 0, 0, err
	}
	defer write.Close()
	defer read.Close()
	files, err := migrationFiles(eng.name())
	if err != nil {
		return 0, 0, err
	}
	r := Reader{q: read, eng: eng}
	if n, err := one(ctx, &r, "SchemaVersions", value[int], eng.tables(), "schema_migrations"); err != nil || n == 0 {
		return 0, len(files), err
	}
	have, err = r.schemaVersion(ctx)
	return have, len(files), err
}

// afterwards does what SQL can't, after the migration of that number and in its transaction. It
// uses the columns of that time: later migrations haven't run yet.
var afterwards = map[int]func(*Tx, context.Context) error{
	4: func(t *Tx, ctx context.Context) error {
		return errors.Join(t.chainOld(ctx), t.fold(ctx, "devices", "guid", "display_name || '\n' || unique_id"))
	},
	5: func(t *Tx, ctx context.Context) error { return t.fold(ctx, "people", "id", "name") },
}

// fold fills the column search of rows that are older than it.
func (t *Tx) fold(ctx context.Context, table, key, text string) error {
	type row struct{ key, text string }
	scan := func(s scanner) (x row, err error) {
		err = s.Scan(&x.key, &x.text)
		return x, err
	}
	for last := ""; ; {
		rows, err := all(ctx, &t.Reader, "fold", scan,
			`SELECT `+key+`, `+text+`
			FROM `+table+`
			WHERE `+key+` > $1
			ORDER BY `+key+` LIMIT 1000`, last)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, x := range rows {
			if _, err := t.exec(ctx, "fold",
				`UPDATE `+table+`
				SET search = $2
				WHERE `+key+` = $1`, x.key, folded(x.text)); err != nil {
				return err
			}
			last = x.key
		}
	}
}

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
	if do := afterwards[version]; do != nil {
		if err := do(t, ctx); err != nil {
			return err
		}
	}
	_, err = t.exec(ctx, name, `INSERT INTO schema_migrations (version, applied_at) VALUES ($1, $2)`, version, unix(t.Now))
	return err
}
