package grant

import (
	"gatepost/db"
	"gatepost/handlers/secret"
)

// auditEvent is an audit event about an app, for its team.
func auditEvent(app db.App, actor, actorName, action, detail string, caller db.Caller) db.AuditEvent {
	return db.AuditEvent{
		ID: secret.JTI(), Actor: actor, ActorName: actorName, TeamID: app.TeamID, Action: action,
		TargetType: "app", TargetID: app.ClientID, TargetName: app.Name, Detail: detail,
		Address: caller.Address, UserAgent: caller.UserAgent,
	}
}
