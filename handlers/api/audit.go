package api

import (
	"net/http"
	"time"

	"gatepost/db"
	"gatepost/handlers/web"
	"gatepost/views/words"
)

type auditEvent struct {
	ID        string      `json:"id"`
	At        time.Time   `json:"at"`
	TeamID    string      `json:"team_id"`
	Action    string      `json:"action"`
	Actor     named       `json:"actor"`
	Target    auditTarget `json:"target"`
	Detail    string      `json:"detail"`
	Address   string      `json:"address"`
	UserAgent string      `json:"user_agent"`
	Seq       int64       `json:"seq"`  // position in the chain of all teams' events
	Hash      string      `json:"hash"` // of this event and the one before it
}

type auditTarget struct {
	Type string `json:"type"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

// AuditEvents answers GET /api/v1/audit-events with a page of one team's audit log, newest first.
func (h *Handlers) AuditEvents(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, readTeam)
	if err != nil {
		return err
	}
	q, err := auditQuery(r)
	if err != nil {
		return err
	}
	if q.TeamID, err = h.queryTeam(r, by, "see audit events"); err != nil {
		return err
	}
	rows, more, err := h.Hub.AuditEvents(r.Context(), by, q)
	if err != nil {
		return err
	}
	return writeEvents(w, rows, more)
}

// PortalEvents answers GET /api/v1/portal/audit-events, for owners, with a page of the events of
// all teams and those without a team, newest first.
func (h *Handlers) PortalEvents(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, readPortal)
	if err != nil {
		return err
	}
	q, err := auditQuery(r)
	if err != nil {
		return err
	}
	q.AllTeams = true
	rows, more, err := h.Hub.AuditEvents(r.Context(), by, q)
	if err != nil {
		return err
	}
	return writeEvents(w, rows, more)
}

// AppEvents answers GET /api/v1/apps/{client_id}/events with a page of the events of one app, newest
// first.
func (h *Handlers) AppEvents(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.callerAt(w, r, readApps, "client_id")
	if err != nil {
		return err
	}
	q, err := auditQuery(r)
	if err != nil {
		return err
	}
	rows, more, err := h.Apps.Events(r.Context(), by, id, q)
	if err != nil {
		return err
	}
	return writeEvents(w, rows, more)
}

func writeEvents(w http.ResponseWriter, rows []db.AuditEvent, more bool) error {
	out := struct {
		Events []auditEvent `json:"events"`
		Next   *string      `json:"next_cursor"`
	}{Events: make([]auditEvent, len(rows))}
	for i, e := range rows {
		out.Events[i] = auditEvent{
			e.ID, e.At.UTC(), e.TeamID, e.Action, named{e.Actor, e.ActorName}, auditTarget{e.TargetType, e.TargetID, e.TargetName},
			e.Detail, e.Address, e.UserAgent, e.Seq, e.Hash,
		}
	}
	if more {
		out.Next = cursorOf(rows[len(rows)-1].ID)
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

func auditQuery(r *http.Request) (q db.AuditQuery, err error) {
	if err = queryTexts(r, map[string]*string{"actor": &q.Actor, "target": &q.TargetID}); err != nil {
		return q, err
	}
	if q.Action, err = queryKnown(r, "action", words.Actions(), "Write the whole name of an action, such as app.created."); err != nil {
		return q, err
	}
	s, err := querySpan(r)
	q.Since, q.Until, q.Before, q.Limit = s.since, s.until, s.before, s.limit
	return q, err
}
