package grant

import (
	"context"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// auditAction names what an audit event records.
type auditAction string

const (
	auditConsentGiven         auditAction = "consent.given"
	auditConsentDenied        auditAction = "consent.denied"
	auditDeviceApproved       auditAction = "device.approved"
	auditDeviceDenied         auditAction = "device.denied"
	auditCodeReused           auditAction = "code.reused" // also a device code
	auditRefreshRepeated      auditAction = "refresh.repeated"
	auditRefreshReused        auditAction = "refresh.reused"
	auditTokenRevoked         auditAction = "token.revoked"
	auditPersonalTokenRevoked auditAction = "personal_token.revoked"
)

// auditActor is who caused an event. The id is empty for a caller who didn't say who they are.
type auditActor struct{ id, name string }

// auditBearer is the actor who revoked a token merely by holding it.
var auditBearer = auditActor{name: "somebody who held the token"}

func personActor(p db.Person) auditActor { return auditActor{p.ID, p.Name} }
func clientActor(app db.App) auditActor  { return auditActor{app.ClientID, app.Name} }

// auditTarget is what an event happened to. The team is the one whose audit log shows it.
type auditTarget struct{ kind, id, name, teamID string }

func appTarget(app db.App) auditTarget {
	return auditTarget{kind: "app", id: app.ClientID, name: app.Name, teamID: app.TeamID}
}

// auditRecord is one audit event of the grants.
type auditRecord struct {
	action auditAction
	actor  auditActor
	target auditTarget
	detail string
	caller db.Caller
}

// audit writes an event in the transaction of what it records.
func audit(ctx context.Context, tx *db.Tx, r auditRecord) error {
	return tx.InsertAudit(ctx, db.AuditEvent{
		ID: secret.JTI(), Actor: r.actor.id, ActorName: r.actor.name, TeamID: r.target.teamID, Action: string(r.action),
		TargetType: r.target.kind, TargetID: r.target.id, TargetName: r.target.name, Detail: r.detail,
		Address: r.caller.Address, UserAgent: r.caller.UserAgent,
	})
}
