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

// ErrBackupElsewhere says that backups of the database are made with its own tools.
var ErrBackupElsewhere = errors.New("db: only a SQLite database can be copied to a file")

// BackupResult describes what Backup wrote.
type BackupResult struct {
	Bytes   int64
	Version int // of the schema
}

// Backup writes a copy of the SQLite database that dsn names to a new file that only its owner
// can read. Others may go on writing: the copy holds everything that was committed before Backup
// began, and no partial transaction. It changes nothing in the database, whose schema may be
// older or newer than this binary's. When Backup returns, the file is complete and synced to
// disk; until then, and if it fails, no file of that name exists.
func Backup(ctx context.Context, dsn, file string) (done BackupResult, err error) {
	if IsPostgres(dsn) {
		return done, ErrBackupElsewhere
	}
	if _, err := os.Stat(dsn); err != nil {
		return done, fmt.Errorf("db: backup: the database doesn't exist: %w", err)
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
	// Unlike a rename, a link fails if the file has been created meanwhile; not every file system
	// supports links.
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

// checkBackup syncs the copy to disk and reads it once.
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
		return done, fmt.Errorf("db: backup: this isn't a Gatepost database: %w", err)
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
