package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strconv"
	"strings"

	"gatepost/db"
	"gatepost/views/words"
)

// parseHead reads SEQ:HASH; an empty text is no head.
func parseHead(text string) (*db.AuditHead, error) {
	if text == "" {
		return nil, nil
	}
	number, hash, ok := strings.Cut(text, ":")
	seq, err := strconv.ParseInt(number, 10, 64)
	if !ok || err != nil || seq < 1 || len(hash) != 64 {
		return nil, &errUsage{"--expect: write a head as this command prints it, such as 1204:9f86d0.. (64 hexadecimal digits)"}
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
	expect := flags.String("expect", "", "`SEQ:HASH` of an earlier head that the log must still contain")
	return func(ctx context.Context, c *call) error {
		head, err := parseHead(*expect)
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
			lines = append(lines, "The audit log is intact: "+words.Count(int(report.Events), "event", "events")+".",
				fmt.Sprintf("Head: %d:%s", report.Head.Seq, report.Head.Hash),
				"Keep the head on another machine. Passed to --expect later, it proves that nobody rewrote the log.")
		}
		if err := c.print(out, lines...); err != nil {
			return err
		}
		if !out.Whole {
			return errors.New("the audit log was tampered with: only Gatepost may write to audit_events")
		}
		return nil
	}
}
