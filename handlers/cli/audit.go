package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
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
	Since   string `json:"intact_until,omitempty"`
	Text    string `json:"text"`
}

type auditVerdict struct {
	Whole       bool         `json:"whole"`
	Events      int64        `json:"events"`
	Removed     int64        `json:"removed"`
	Checkpoints int          `json:"checkpoints"`
	Anchors     int          `json:"anchors"`
	Head        db.AuditHead `json:"head"`
	Faults      []auditFault `json:"faults"`
	Unchecked   []string     `json:"unchecked"`
}

func auditVerify(flags *flag.FlagSet) func(context.Context, *call) error {
	expect := flags.String("expect", "", "`SEQ:HASH` of an earlier head that the log must still contain")
	anchors := flags.String("anchors", "", "`file` of anchors that the log must agree with (default GATEPOST_AUDIT_ANCHOR)")
	return func(ctx context.Context, c *call) error {
		head, err := parseHead(*expect)
		if err != nil {
			return err
		}
		name := *anchors
		if name == "" {
			name = c.settings.AuditAnchor
		}
		file, err := hub.OpenAnchors(name)
		if err != nil {
			return err
		}
		if *anchors != "" && !file.Exists {
			return &errUsage{"--anchors: there is no file " + *anchors}
		}
		report, err := c.portal.DB.VerifyAudit(ctx, withHead(file.All(), head))
		if err != nil {
			return err
		}
		out := auditVerdict{Whole: len(report.Faults) == 0, Events: report.Events, Removed: report.Removed, Checkpoints: report.Checkpoints,
			Anchors: report.Anchors, Head: report.Head, Faults: []auditFault{}}
		if out.Unchecked, err = c.unchecked(ctx, report, file); err != nil {
			return err
		}
		var lines []string
		for _, f := range report.Faults {
			out.Faults = append(out.Faults, auditFault{f.Kind, f.Seq, f.Event.ID, timeText(f.Event.At), f.Event.Action, timeText(f.Since), f.Text})
			lines = append(lines, faultLine(f))
		}
		if out.Whole {
			lines = append(lines, intact(report)...)
		}
		if err := c.print(out, append(lines, out.Unchecked...)...); err != nil {
			return err
		}
		if !out.Whole {
			return errors.New("the audit log was tampered with: only Gatepost may write to its tables")
		}
		return nil
	}
}

// withHead adds a head that somebody kept to the anchors of a file.
func withHead(file iter.Seq2[db.AuditAnchor, error], head *db.AuditHead) iter.Seq2[db.AuditAnchor, error] {
	return func(yield func(db.AuditAnchor, error) bool) {
		for a, err := range file {
			if !yield(a, err) {
				return
			}
		}
		if head != nil {
			yield(db.AuditAnchor{AuditHead: *head}, nil)
		}
	}
}

func faultLine(f db.AuditFault) string {
	line := f.Text
	if f.Event.Action != "" {
		line += fmt.Sprintf(" (%s, %s, %s)", f.Event.ID, timeText(f.Event.At), f.Event.Action)
	}
	if !f.Since.IsZero() {
		line += "; intact until " + timeText(f.Since)
	}
	return line
}

func intact(r db.AuditReport) []string {
	lines := []string{"The audit log is intact: " + words.Count(int(r.Events), "event", "events") + ", " + words.Count(r.Anchors, "anchor", "anchors") + "."}
	if r.Removed > 0 {
		lines = append(lines, "Removed because of their age, under signed checkpoints: "+words.Count(int(r.Removed), "event", "events")+".")
	}
	return append(lines, fmt.Sprintf("Head: %d:%s", r.Head.Seq, r.Head.Hash), "Keep the head on another machine. Passed to --expect later, it proves that nobody rewrote the log.")
}

// acceptedShown is how many signatures of an unsigned log are named.
const acceptedShown = 20

// unchecked says what the verification can't vouch for.
func (c *call) unchecked(ctx context.Context, r db.AuditReport, file *hub.AnchorFile) ([]string, error) {
	lines := []string{}
	switch at := r.Anchored; {
	case r.Head.Seq == 0 || at.Seq == r.Head.Seq:
	case at.Seq == 0:
		lines = append(lines, "Not checked: no anchor was compared, so the tail can't be vouched for. Somebody with an older copy of the database could have cut it off.")
	default:
		when := timeText(at.At)
		if when == "" {
			when = fmt.Sprintf("event %d", at.Seq)
		}
		lines = append(lines, fmt.Sprintf("Not checked: the tail after %s can't be vouched for, since event %d is the last one with an anchor.", when, at.Seq))
	}
	if file.Unread > 0 {
		lines = append(lines, fmt.Sprintf("Not checked: %s of %s that can't be read as anchors.", words.Count(file.Unread, "line", "lines"), file.Name))
	}
	if r.Skipped > 0 {
		lines = append(lines, fmt.Sprintf("Not checked: %s of events that are no longer there.", words.Count(r.Skipped, "anchor", "anchors")))
	}
	accepted, err := c.portal.DB.AuditEvents(ctx, db.AuditQuery{
		AllTeams: true, Actions: []string{string(hub.ActionAuditSigned), string(hub.ActionAuditAccepted)}, Limit: acceptedShown,
	})
	for _, e := range accepted {
		lines = append(lines, fmt.Sprintf("Not checked: the log before event %d of %s was signed as it was (%s), so its signature says nothing about what came before.", e.Seq, timeText(e.At), e.Action))
	}
	return lines, err
}
