package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrBackupElsewhere says that the database has a tool of its own for backups.
var ErrBackupElsewhere = errors.New("db: only a SQLite database can be copied to a file")

// BackupResult says what Backup wrote.
type BackupResult struct {
	Bytes   int64
	Version int // of the schema
}

// Backup writes a copy of the SQLite database that dsn names to a new file, readable by its owner only, while others
// go on writing: everything that was committed before it began is in it, and nothing half. It changes nothing in the
// database, whose schema may be older or newer than this binary's. When it returns, the file is whole and on the disk;
// while it works, and when it fails, the file's name does not exist.
func Backup(ctx context.Context, dsn, file string) (done BackupResult, err error) {
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
func checkBackup(ctx context.Context, file *os.File) (done BackupResult, err error) {
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
