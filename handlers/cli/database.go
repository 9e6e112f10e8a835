package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"

	"gatepost/db"
	"gatepost/handlers/setup"
)

// opensItself reports whether a command works on a database before migration, that is, without an
// open portal.
func (cmd command) opensItself() bool { return cmd.name == "migrate" || cmd.name == "backup" }

type migrated struct {
	From int `json:"from"`
	To   int `json:"to"`
}

func migrate(flags *flag.FlagSet) func(context.Context, *call) error {
	check := flags.Bool("check", false, "only check; exit status 1 if migrations are pending")
	return func(ctx context.Context, c *call) error {
		have, known, err := db.SchemaVersions(ctx, c.settings.DB)
		if err != nil {
			return err
		}
		switch {
		case *check && have < known:
			err := c.print(migrated{have, known})
			return errors.Join(err, fmt.Errorf("the schema has version %d and this binary needs %d: back up the database, then run gatepost migrate or start the server, which migrates too", have, known))
		case have == known:
			return c.print(migrated{have, have}, fmt.Sprintf("The schema has version %d, the latest. Nothing to do.", have))
		}
		// The whole portal: an audit log of an older release is signed, which needs the key.
		portal, err := setup.Open(ctx, c.settings, slog.New(slog.NewTextHandler(c.Stderr, nil)))
		if err != nil {
			return err
		}
		if err := portal.Close(); err != nil {
			return err
		}
		return c.print(migrated{have, known}, fmt.Sprintf("Migrated the schema from version %d to %d.", have, known))
	}
}

type backedUp struct {
	File    string `json:"file"`
	Bytes   int64  `json:"bytes"`
	Version int    `json:"schema_version"`
	KeyFile string `json:"key_file"` // not in the backup
}

func backup(*flag.FlagSet) func(context.Context, *call) error {
	return func(ctx context.Context, c *call) error {
		file := c.args[0]
		done, err := db.Backup(ctx, c.settings.DB, file)
		switch {
		case errors.Is(err, db.ErrBackupElsewhere):
			return errors.New("the database is PostgreSQL: use its own tool, pg_dump --format=custom --file=FILE, which makes a consistent copy of a running database")
		case errors.Is(err, fs.ErrExist):
			return fmt.Errorf("%s already exists, and a backup never overwrites a file: choose another name", file)
		case err != nil:
			return err
		}
		return c.print(backedUp{file, done.Bytes, done.Version, c.settings.KeyFile},
			fmt.Sprintf("%s is a copy of the whole database as of the start of the backup (%d bytes, schema version %d).", file, done.Bytes, done.Version),
			"It does not contain the portal's key, without which it is useless: keep a copy of "+c.settings.KeySource().String()+" somewhere else.")
	}
}
