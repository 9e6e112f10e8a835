package portal

import (
	"net/http"
	"net/url"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/web"
	"gatepost/views/ui"
)

// exportPause is how long a client may take for a part of an export.
const exportPause = 60 * time.Second

// ExportAuditCSV sends what the filter of the team's log leaves, as CSV.
func (p *Portal) ExportAuditCSV(w http.ResponseWriter, r *http.Request) error {
	return p.exportAudit(w, r, p.teamAuditQuery, hub.AuditCSV)
}

// ExportAuditJSON sends it as JSON Lines.
func (p *Portal) ExportAuditJSON(w http.ResponseWriter, r *http.Request) error {
	return p.exportAudit(w, r, p.teamAuditQuery, hub.AuditJSON)
}

// ExportOwnerAuditCSV sends what the filter of the owner's log leaves, as CSV.
func (p *Portal) ExportOwnerAuditCSV(w http.ResponseWriter, r *http.Request) error {
	return p.exportAudit(w, r, ownerAuditQuery, hub.AuditCSV)
}

// ExportOwnerAuditJSON sends it as JSON Lines.
func (p *Portal) ExportOwnerAuditJSON(w http.ResponseWriter, r *http.Request) error {
	return p.exportAudit(w, r, ownerAuditQuery, hub.AuditJSON)
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
	file, kind := hub.NewAuditFile(w, format), "application/jsonl; charset=utf-8"
	if format == hub.AuditCSV {
		kind = "text/csv; charset=utf-8; header=present"
	}
	connection := http.NewResponseController(w)
	begun := false
	begin := func() error {
		begun = true
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Content-Disposition", `attachment; filename="audit.`+format+`"`)
		return file.Begin()
	}
	err = p.Hub.ExportAudit(r.Context(), web.Actor(r), q, format, func(events []db.AuditEvent) error {
		_ = connection.SetWriteDeadline(time.Now().Add(exportPause)) // a server without deadlines has none to move
		if !begun {
			if err := begin(); err != nil {
				return err
			}
		}
		return file.Write(events)
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
