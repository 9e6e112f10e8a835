package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"gatepost/db"
)

// opensItself says whether a command works without an open portal: one that is for a database as it stands, before
// its schema is brought up to this binary's.
func (cmd command) opensItself() bool { return cmd.name == "migrate" || cmd.name == "backup" }

type migrated struct {
	From int `json:"from"`
	To   int `json:"to"`
}

func migrate(flags *flag.FlagSet) func(context.Context, *call) error {
	check := flags.Bool("check", false, "change nothing; exit status 1 when migrations are missing")
	return func(ctx context.Context, c *call) error {
		have, known, err := db.SchemaVersions(ctx, c.settings.DB)
		if err != nil {
			return err
		}
		switch {
		case *check && have < known:
			err := c.print(migrated{have, known})
			return errors.Join(err, fmt.Errorf("the schema has version %d and this binary brings it to %d: back up, then run gatepost migrate, or start the server, which does the same", have, known))
		case have == known:
			return c.print(migrated{have, have}, fmt.Sprintf("The schema has version %d, the newest that this binary knows. Nothing to do.", have))
		}
		d, err := db.Open(ctx, c.settings.DB)
		if err != nil {
			return err
		}
		if err := d.Close(); err != nil {
			return err
		}
		return c.print(migrated{have, known}, fmt.Sprintf("The schema went from version %d to %d.", have, known))
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
			return errors.New("the database is PostgreSQL, which has its own tool: run pg_dump --format=custom --file=FILE with the database's address; it copies a running database as a whole")
		case errors.Is(err, fs.ErrExist):
			return fmt.Errorf("%s is there already, and a backup overwrites nothing: choose another name", file)
		case err != nil:
			return err
		}
		return c.print(backedUp{file, done.Bytes, done.Version, c.settings.KeyFile},
			fmt.Sprintf("%s has the whole database as it was when the backup began (%d bytes, schema version %d).", file, done.Bytes, done.Version),
			"The portal's key is not in it, and it is worth nothing without: keep a copy of "+c.settings.KeyFile+" in another place.")
	}
}

// expected reads SEQ:HASH.
func expected(text string) (*db.AuditHead, error) {
	if text == "" {
		return nil, nil
	}
	number, hash, ok := strings.Cut(text, ":")
	seq, err := strconv.ParseInt(number, 10, 64)
	if !ok || err != nil || seq < 1 || len(hash) != 64 {
		return nil, &errUsage{"--expect takes a head as this command prints it, such as 1204:9f86d0.. (64 hexadecimal digits)"}
	}
	return &db.AuditHead{Seq: seq, Hash: strings.ToLower(hash)}, nil
}

type auditFault struct {
	Kind    string `json:"kind"`
	Seq     int64  `json:"seq"`
	EventID string `json:"event_id,omitempty"`
	At      string `json:"at,omitempty"`
	Action  string `json:"action,omitempty"`
	Text    string `json:"text"`
}

type auditVerdict struct {
	Whole  bool         `json:"whole"`
	Events int64        `json:"events"`
	Head   db.AuditHead `json:"head"`
	Faults []auditFault `json:"faults"`
}

func auditVerify(flags *flag.FlagSet) func(context.Context, *call) error {
	expect := flags.String("expect", "", "`SEQ:HASH` of an earlier head: the log must still contain it")
	return func(ctx context.Context, c *call) error {
		head, err := expected(*expect)
		if err != nil {
			return err
		}
		report, err := c.portal.DB.VerifyAudit(ctx, head)
		if err != nil {
			return err
		}
		out := auditVerdict{Whole: len(report.Faults) == 0, Events: report.Events, Head: report.Head, Faults: []auditFault{}}
		var lines []string
		for _, f := range report.Faults {
			out.Faults = append(out.Faults, auditFault{f.Kind, f.Seq, f.Event.ID, timeText(f.Event.At), f.Event.Action, f.Text})
			line := f.Text
			if f.Event.Action != "" {
				line += fmt.Sprintf(" (%s, %s, %s)", f.Event.ID, timeText(f.Event.At), f.Event.Action)
			}
			lines = append(lines, line)
		}
		if out.Whole {
			lines = append(lines, fmt.Sprintf("The audit log is whole: %d events.", report.Events),
				fmt.Sprintf("Head: %d:%s", report.Head.Seq, report.Head.Hash),
				"Keep the head outside of this machine: with --expect it shows later that the log was not written anew.")
		}
		if err := c.print(out, lines...); err != nil {
			return err
		}
		if !out.Whole {
			return errors.New("the audit log was tampered with: nobody but Gatepost may write to audit_events")
		}
		return nil
	}
}
