package hub

import (
	"context"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// event is an audit event of an actor; the caller fills what it did to what.
func (a Actor) event(action, teamID string) db.AuditEvent {
	return db.AuditEvent{
		ID: secret.JTI(), Actor: a.ID, ActorName: a.Name, TeamID: teamID, Action: action,
		Address: a.Address, UserAgent: oneLine(a.UserAgent),
	}
}

// record writes an event about a target in the transaction that made the change.
func (a Actor) record(ctx context.Context, tx *db.Tx, action, teamID, targetType, targetID, targetName, detail string) error {
	e := a.event(action, teamID)
	e.TargetType, e.TargetID, e.TargetName, e.Detail = targetType, targetID, oneLine(targetName), oneLine(detail)
	return tx.InsertAudit(ctx, e)
}

// AuditPage is how many events a page of the audit log shows.
const AuditPage = 50

// mayAudit says whether the actor may read the events that the query asks for: a team's are for who manages it, those
// of no team and of all teams for owners.
func (h *Hub) mayAudit(ctx context.Context, a Actor, q db.AuditQuery) error {
	if q.AllTeams || q.TeamID == "" {
		return mayOwn(a, "see the portal's audit log")
	}
	return h.mayManageTeam(ctx, a, q.TeamID, "see the team's audit log")
}

// AuditEvents gives up to q.Limit audit events that fit, newest first, and whether there are older ones.
func (h *Hub) AuditEvents(ctx context.Context, a Actor, q db.AuditQuery) (events []db.AuditEvent, more bool, err error) {
	if err := h.mayAudit(ctx, a, q); err != nil {
		return nil, false, err
	}
	return h.auditEvents(ctx, q)
}

func (h *Hub) auditEvents(ctx context.Context, q db.AuditQuery) (events []db.AuditEvent, more bool, err error) {
	limit := q.Limit
	q.Limit++
	events, err = h.DB.AuditEvents(ctx, q)
	if len(events) > limit {
		return events[:limit], true, err
	}
	return events, false, err
}

// exportRows is how many events an export reads at once.
const exportRows = 500

// ExportAudit gives every audit event that fits to yield, newest first, and writes down that it does, as a file of
// this format. It never holds more than a few hundred, and no connection while yield runs. The limit of the query
// does not count.
func (h *Hub) ExportAudit(ctx context.Context, a Actor, q db.AuditQuery, format string, yield func([]db.AuditEvent) error) error {
	if err := h.mayAudit(ctx, a, q); err != nil {
		return err
	}
	err := h.DB.Tx(ctx, func(tx *db.Tx) error {
		return a.record(ctx, tx, "audit.exported", q.TeamID, "audit", "", "", "as "+format)
	})
	if err != nil {
		return err
	}
	for q.Limit = exportRows; ; {
		events, more, err := h.auditEvents(ctx, q)
		if err != nil || len(events) == 0 {
			return err
		}
		if err := yield(events); err != nil || !more {
			return err
		}
		q.Before = events[len(events)-1].ID
	}
}

// AuditNames are what the log of a query's team can be narrowed to.
type AuditNames struct{ Actors, Apps []db.AuditName }

// namesOffered bounds each list of AuditNames.
const namesOffered = 200

// AuditNames lists who acted, and on which apps, in the log of the query's team.
func (h *Hub) AuditNames(ctx context.Context, a Actor, q db.AuditQuery) (names AuditNames, err error) {
	if err := h.mayAudit(ctx, a, q); err != nil {
		return names, err
	}
	if names.Actors, err = h.DB.AuditActors(ctx, q, namesOffered); err != nil {
		return names, err
	}
	names.Apps, err = h.DB.AuditApps(ctx, q, namesOffered)
	return names, err
}
