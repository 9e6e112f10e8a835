package hub

import (
	"encoding/json"
	"io"
	"strconv"
	"time"

	"gatepost/db"
	"gatepost/handlers/sheet"
	"gatepost/views/words"
)

// AuditFile writes an export of the audit log in one format.
type AuditFile interface {
	// Begin writes what comes before the first line.
	Begin() error
	Write(events []db.AuditEvent) error
	// Link writes what replaces events in an export in the order of the chain.
	Link(AuditLink) error
}

// AuditLink is a line of an export in the order of the chain that isn't an event. One of its fields is set. With all
// lines, anybody can compute every hash again.
type AuditLink struct {
	Skipped    *AuditSkip          `json:"skipped,omitempty"`
	Checkpoint *db.AuditCheckpoint `json:"checkpoint,omitempty"`
	Head       *db.AuditHead       `json:"head,omitempty"`
}

// AuditSkip replaces events that the export leaves out.
type AuditSkip struct {
	FromSeq int64  `json:"from_seq"`
	ToSeq   int64  `json:"to_seq"`
	Hash    string `json:"hash"` // of the event ToSeq
}

// Formats of exports.
const (
	AuditCSV  = "csv"
	AuditJSON = "jsonl"
)

// NewAuditFile returns the writer for a format.
func NewAuditFile(w io.Writer, format string) AuditFile {
	if format == AuditCSV {
		return auditCSV{sheet.NewWriter(w)}
	}
	return &auditJSON{json.NewEncoder(w)}
}

// auditLine is an event as the exports give it: what the chain's hash is made of, and the hash.
type auditLine struct {
	Seq       int64     `json:"seq"`
	ID        string    `json:"id"`
	At        time.Time `json:"at"`
	TeamID    string    `json:"team_id"`
	Action    string    `json:"action"`
	Actor     auditNoun `json:"actor"`
	Target    auditNoun `json:"target"`
	Detail    string    `json:"detail"`
	Address   string    `json:"address"`
	UserAgent string    `json:"user_agent"`
	Hash      string    `json:"hash"`
}

type auditNoun struct {
	Type string `json:"type,omitempty"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

type auditJSON struct{ *json.Encoder }

func (*auditJSON) Begin() error { return nil }

func (f *auditJSON) Write(events []db.AuditEvent) error {
	for _, e := range events {
		if err := f.Encode(auditLine{
			e.Seq, e.ID, e.At, e.TeamID, e.Action, auditNoun{"", e.Actor, e.ActorName}, auditNoun{e.TargetType, e.TargetID, e.TargetName},
			e.Detail, e.Address, e.UserAgent, e.Hash,
		}); err != nil {
			return err
		}
	}
	return nil
}

func (f *auditJSON) Link(l AuditLink) error { return f.Encode(l) }

// auditCSV is a file for spreadsheets.
type auditCSV struct{ *sheet.Writer }

func (f auditCSV) Begin() error {
	if err := f.Writer.Write("seq", "id", "at", "team_id", "action", "did", "actor_id", "actor", "target_type", "target_id", "target", "detail", "address", "user_agent", "hash"); err != nil {
		return err
	}
	return f.Flush()
}

func (f auditCSV) Write(events []db.AuditEvent) error {
	for _, e := range events {
		did, _ := words.Action(e.Action)
		if err := f.Writer.Write(
			strconv.FormatInt(e.Seq, 10), e.ID, e.At.Format(time.RFC3339), e.TeamID, e.Action, did, e.Actor, e.ActorName,
			e.TargetType, e.TargetID, e.TargetName, e.Detail, e.Address, e.UserAgent, e.Hash,
		); err != nil {
			return err
		}
	}
	return f.Flush()
}

// Link writes checkpoints only: a spreadsheet is read by people, who miss removed events but not skipped ones.
func (f auditCSV) Link(l AuditLink) error {
	c := l.Checkpoint
	if c == nil {
		return nil
	}
	row := make([]string, 15)
	row[0], row[2], row[4], row[5] = strconv.FormatInt(c.FromSeq, 10), c.RemovedAt.Format(time.RFC3339), "checkpoint", "removed old events"
	row[11], row[14] = strconv.FormatInt(c.FromSeq, 10)+" to "+strconv.FormatInt(c.ToSeq, 10), c.After
	if err := f.Writer.Write(row...); err != nil {
		return err
	}
	return f.Flush()
}
