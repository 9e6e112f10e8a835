package hub

import (
	"context"
	"strings"

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

// oneLine keeps forged lines out of what is logged (ASVS 16.4.1).
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
}

// AuditPage is how many events a page of the audit log shows.
const AuditPage = 50

// TeamAudit gives a page of a team's audit events before the event with the id before
// (empty: the newest), and whether there are older ones.
func (h *Hub) TeamAudit(ctx context.Context, a Actor, teamID, before string) (events []db.AuditEvent, more bool, err error) {
	if err := h.mayManageTeam(ctx, a, teamID, "see the team's audit log"); err != nil {
		return nil, false, err
	}
	events, err = h.DB.TeamAudit(ctx, teamID, before, AuditPage+1)
	if len(events) > AuditPage {
		return events[:AuditPage], true, err
	}
	return events, false, err
}

// AuditEvents gives up to q.Limit of a team's audit events that fit, newest first, and whether
// there are older ones.
func (h *Hub) AuditEvents(ctx context.Context, a Actor, q db.AuditQuery) (events []db.AuditEvent, more bool, err error) {
	if err := h.mayManageTeam(ctx, a, q.TeamID, "see the team's audit log"); err != nil {
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

// AppEvents is AuditEvents of one app, for everyone who may see the app.
func (h *Hub) AppEvents(ctx context.Context, a Actor, clientID string, q db.AuditQuery) (events []db.AuditEvent, more bool, err error) {
	app, err := h.App(ctx, a, clientID)
	if err != nil {
		return nil, false, err
	}
	q.TeamID, q.TargetID = app.TeamID, clientID
	return h.auditEvents(ctx, q)
}

// AppActivity gives the newest audit events of an app.
func (h *Hub) AppActivity(ctx context.Context, a Actor, clientID string) ([]db.AuditEvent, error) {
	if _, err := h.App(ctx, a, clientID); err != nil {
		return nil, err
	}
	return h.DB.TargetAudit(ctx, clientID, AuditPage)
}
