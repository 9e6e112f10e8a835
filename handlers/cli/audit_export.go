package cli

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
)

func auditExport(flags *flag.FlagSet) func(context.Context, *call) error {
	team := flags.String("team", "", "only the events of this `team` (name or id)")
	since := flags.String("since", "", "only events from this `day` or time on, such as 2026-03-29 or 2026-03-29T10:00:00Z")
	until := flags.String("until", "", "only events before this `day` or time")
	format := flags.String("format", hub.AuditJSON, "jsonl or csv")
	out := flags.String("out", "", "`file` to write, with mode 0600; it must not exist (default standard output)")
	return func(ctx context.Context, c *call) (err error) {
		q := db.AuditQuery{AllTeams: *team == ""}
		if *format != hub.AuditJSON && *format != hub.AuditCSV {
			return &errUsage{"--format: write jsonl or csv"}
		}
		if q.Since, err = parseDay("since", *since); err != nil {
			return err
		}
		if q.Until, err = parseDay("until", *until); err != nil {
			return err
		}
		if *team != "" {
			t, err := c.findTeam(ctx, *team)
			if err != nil {
				return err
			}
			q.TeamID = t.ID
		}
		if *out == "" {
			return c.export(ctx, c.Stdout, q, *format)
		}
		f, err := os.OpenFile(*out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s already exists, and an export never overwrites a file: choose another name", *out)
		}
		if err != nil {
			return err
		}
		if err := errors.Join(c.export(ctx, f, q, *format), f.Sync(), f.Close()); err != nil {
			return errors.Join(err, os.Remove(*out)) // nobody must take half an export for a whole one
		}
		return c.print(struct {
			File string `json:"file"`
		}{*out}, "Wrote "+*out+".")
	}
}

func (c *call) export(ctx context.Context, w io.Writer, q db.AuditQuery, format string) error {
	b := bufio.NewWriter(w)
	if err := c.portal.Hub.ExportAuditChain(ctx, hub.OperatorActor(), q, format, hub.NewAuditFile(b, format)); err != nil {
		return err
	}
	return b.Flush()
}

// parseDay reads the value of a flag, a day in UTC or a time; an empty text is the zero time.
func parseDay(name, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, &errUsage{"--" + name + ": write a day or a time such as 2026-03-29 or 2026-03-29T10:00:00Z"}
}
