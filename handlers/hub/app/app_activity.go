package app

import (
	"context"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// Events returns up to q.Limit audit events of an app that match q, newest first, and whether there are
// more. Everyone who may see the app may read them.
func (as *Apps) Events(ctx context.Context, a hub.Actor, clientID string, q db.AuditQuery) (events []db.AuditEvent, more bool, err error) {
	app, err := as.App(ctx, a, clientID)
	if err != nil {
		return nil, false, err
	}
	q.TeamID, q.TargetID = app.TeamID, clientID
	return as.hub.FindAudit(ctx, q)
}

// Activity returns the newest audit events of an app.
func (as *Apps) Activity(ctx context.Context, a hub.Actor, clientID string) ([]db.AuditEvent, error) {
	if _, err := as.App(ctx, a, clientID); err != nil {
		return nil, err
	}
	return as.hub.DB.TargetAudit(ctx, clientID, hub.AuditPage)
}
