package portal

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/web"
	"gatepost/views/ui"
	"gatepost/views/words"
)

// exportPause is how long a client may take for a part of an export.
const exportPause = 60 * time.Second

// auditFile writes events in one format.
type auditFile interface {
	begin() error
	write([]db.AuditEvent) error
}

// ExportAuditCSV sends what the filter of the team's log leaves, as CSV.
func (p *Portal) ExportAuditCSV(w http.ResponseWriter, r *http.Request) error {
	return p.exportAudit(w, r, p.teamAuditQuery, "csv")
}

// ExportAuditJSON sends it as JSON Lines.
func (p *Portal) ExportAuditJSON(w http.ResponseWriter, r *http.Request) error {
	return p.exportAudit(w, r, p.teamAuditQuery, "jsonl")
}

// ExportOwnerAuditCSV sends what the filter of the owner's log leaves, as CSV.
func (p *Portal) ExportOwnerAuditCSV(w http.ResponseWriter, r *http.Request) error {
	return p.exportAudit(w, r, ownerAuditQuery, "csv")
}

// ExportOwnerAuditJSON sends it as JSON Lines.
func (p *Portal) ExportOwnerAuditJSON(w http.ResponseWriter, r *http.Request) error {
	return p.exportAudit(w, r, ownerAuditQuery, "jsonl")
}

// exportAudit streams: the log may be larger than memory. A failure after the first byte breaks the connection, so
// that nobody takes half a file for a whole one.
func (p *Portal) exportAudit(w http.ResponseWriter, r *http.Request, read func(*http.Request) (db.AuditQuery, url.Values, ui.Errors, error), format string) error {
	q, _, faults, err := read(r)
	if err == nil && len(faults) > 0 {
		err = web.BadRequest("%s", faults[0].Text)
	}
	if err != nil {
		return err
	}
	var file auditFile = &auditJSON{json.NewEncoder(w)}
	kind := "application/jsonl; charset=utf-8"
	if format == "csv" {
		file, kind = &auditCSV{w, csv.NewWriter(w)}, "text/csv; charset=utf-8; header=present"
	}
	connection := http.NewResponseController(w)
	begun := false
	begin := func() error {
		begun = true
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Content-Disposition", `attachment; filename="audit.`+format+`"`)
		return file.begin()
	}
	err = p.Hub.ExportAudit(r.Context(), web.Actor(r), q, format, func(events []db.AuditEvent) error {
		_ = connection.SetWriteDeadline(time.Now().Add(exportPause)) // a server without deadlines has none to move
		if !begun {
			if err := begin(); err != nil {
				return err
			}
		}
		return file.write(events)
	})
	if err == nil && !begun {
		err = begin()
	}
	if err != nil && begun {
		p.Edge.Log.Error("an export of the audit log broke off", "error", err)
		panic(http.ErrAbortHandler)
	}
	return err
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

func (*auditJSON) begin() error { return nil }

func (f *auditJSON) write(events []db.AuditEvent) error {
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

type auditCSV struct {
	w http.ResponseWriter
	*csv.Writer
}

// begin writes a byte order mark, which tells spreadsheets that the file is UTF-8, and the heads.
func (f *auditCSV) begin() error {
	if _, err := f.w.Write([]byte("\xef\xbb\xbf")); err != nil {
		return err
	}
	err := f.Write([]string{"seq", "id", "at", "team_id", "action", "did", "actor_id", "actor", "target_type", "target_id", "target", "detail", "address", "user_agent", "hash"})
	f.Flush()
	return err
}

func (f *auditCSV) write(events []db.AuditEvent) error {
	for _, e := range events {
		did, _ := words.Action(e.Action)
		row := []string{
			"", e.ID, e.At.Format(time.RFC3339), e.TeamID, e.Action, did, e.Actor, e.ActorName,
			e.TargetType, e.TargetID, e.TargetName, e.Detail, e.Address, e.UserAgent, e.Hash,
		}
		for i, cell := range row {
			row[i] = noFormula(cell)
		}
		row[0] = strconv.FormatInt(e.Seq, 10)
		if err := f.Write(row); err != nil {
			return err
		}
	}
	f.Flush()
	return f.Error()
}

// noFormula keeps a spreadsheet from running a cell as a formula: anybody may put one into a name or a User-Agent.
func noFormula(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
