package portal

import (
	"io"
	"net/http"
	"net/url"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/web"
	"gatepost/views/ui"
)

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

func (p *Portal) exportAudit(w http.ResponseWriter, r *http.Request, read func(*http.Request) (db.AuditQuery, url.Values, ui.Errors, error), format string) error {
	q, _, faults, err := read(r)
	if err == nil && len(faults) > 0 {
		err = web.BadRequest("%s", faults[0].Text)
	}
	if err != nil {
		return err
	}
	kind := "application/jsonl; charset=utf-8"
	if format == hub.AuditCSV {
		kind = kindCSV
	}
	return p.send(w, "audit."+format, kind, func(out io.Writer) error {
		return p.Hub.ExportAudit(r.Context(), web.Actor(r), q, format, hub.NewAuditFile(out, format))
	})
}
