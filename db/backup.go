package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// IsPostgres says whether dsn names a PostgreSQL database, and not a file.
func IsPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

// ErrBackupElsewhere says that the database has a tool of its own for backups.
var ErrBackupElsewhere = errors.New("db: only a SQLite database can be copied to a file")

// Backed says what Backup wrote.
type Backed struct {
	Bytes   int64
	Version int // of the schema
}

// Backup writes a copy of the SQLite database that dsn names to a new file, readable by its owner only, while others
// go on writing: everything that was committed before it began is in it, and nothing half. It changes nothing in the
// database, whose schema may be older or newer than this binary's. When it returns, the file is whole and on the disk;
// while it works, and when it fails, the file's name does not exist.
func Backup(ctx context.Context, dsn, file string) (done Backed, err error) {
	if IsPostgres(dsn) {
		return done, ErrBackupElsewhere
	}
	if _, err := os.Stat(dsn); err != nil {
		return done, fmt.Errorf("db: backup: there is no database: %w", err)
	}
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return done, fmt.Errorf("db: backup: %s: %w", file, fs.ErrExist)
	}
	part, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".part") // mode 0600
	if err != nil {
		return done, fmt.Errorf("db: backup: %w", err)
	}
	defer os.Remove(part.Name())
	defer part.Close()
	if err := copySQLite(ctx, dsn, part.Name()); err != nil {
		return done, err
	}
	if done, err = checkBackup(ctx, part); err != nil {
		return done, err
	}
	// A link, unlike a rename, fails when somebody has made the file meanwhile; not every file system has links.
	if err := os.Link(part.Name(), file); errors.Is(err, fs.ErrExist) {
		return done, fmt.Errorf("db: backup: %w", err)
	} else if err != nil {
		if err := os.Rename(part.Name(), file); err != nil {
			return done, fmt.Errorf("db: backup: %w", err)
		}
	}
	return done, syncFolder(filepath.Dir(file))
}

func copySQLite(ctx context.Context, dsn, file string) error {
	source, err := sql.Open("sqlite", sqliteFile(dsn)+"?_pragma=busy_timeout(5000)")
	if err != nil {
		return fmt.Errorf("db: backup: %w", err)
	}
	defer source.Close()
	if _, err := source.ExecContext(ctx, "VACUUM INTO $1", file); err != nil {
		return fmt.Errorf("db: backup: %w", err)
	}
	return nil
}

// checkBackup brings the copy to the disk and reads it once.
func checkBackup(ctx context.Context, file *os.File) (done Backed, err error) {
	if err := file.Sync(); err != nil {
		return done, fmt.Errorf("db: backup: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return done, fmt.Errorf("db: backup: %w", err)
	}
	done.Bytes = info.Size()
	written, err := sql.Open("sqlite", sqliteFile(file.Name())+"?immutable=1")
	if err != nil {
		return done, fmt.Errorf("db: backup: %w", err)
	}
	defer written.Close()
	var verdict string
	if err := written.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return done, fmt.Errorf("db: backup: %w", err)
	}
	if verdict != "ok" {
		return done, fmt.Errorf("db: backup: the copy is damaged: %s", verdict)
	}
	if err := written.QueryRowContext(ctx, "SELECT COALESCE(MAX(version), 0) FROM schema_migrations").Scan(&done.Version); err != nil {
		return done, fmt.Errorf("db: backup: this is no database of Gatepost: %w", err)
	}
	return done, nil
}

// sqliteFile is the driver's name of a file.
func sqliteFile(path string) string {
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("db: backup: %w", err)
	}
	defer folder.Close()
	if err := folder.Sync(); err != nil {
		return fmt.Errorf("db: backup: %w", err)
	}
	return nil
}

// SchemaVersions gives the version of the database's schema (0: there is none yet) and the newest that this binary
// knows. It changes nothing, and makes no file.
func SchemaVersions(ctx context.Context, dsn string) (have, known int, err error) {
	open, engine := openSQLite, "sqlite"
	if IsPostgres(dsn) {
		open, engine = openPostgres, "postgres"
	} else if _, err := os.Stat(dsn); errors.Is(err, fs.ErrNotExist) {
		files, err := fs.Glob(migrations, "migrations/sqlite/*.sql")
		return 0, len(files), err
	}
	files, err := fs.Glob(migrations, "migrations/"+engine+"/*.sql")
	if err != nil {
		return 0, 0, fmt.Errorf("db: versions: %w", err)
	}
	write, read, eng, err := open(ctx, dsn)
	if err != nil {
		return 0, 0, err
	}
	defer write.Close()
	defer read.Close()
	r := Reader{q: read, eng: eng}
	tables := `SELECT COUNT(*) FROM sqlite_master WHERE name = 'schema_migrations'`
	if engine == "postgres" {
		tables = `SELECT COUNT(*) FROM pg_tables WHERE tablename = 'schema_migrations' AND schemaname = ANY (current_schemas(false))`
	}
	number := func(s scanner) (n int, err error) { return n, s.Scan(&n) }
	if n, err := one(ctx, &r, "SchemaVersions", number, tables); err != nil || n == 0 {
		return 0, len(files), err
	}
	have, err = one(ctx, &r, "SchemaVersions", number, `SELECT COALESCE(MAX(version), 0) FROM schema_migrations`)
	return have, len(files), err
}
