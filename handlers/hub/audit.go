package hub

import (
	"context"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// Action says what was done. The database keeps the text, which never changes.
type Action string

// Actions of audit events. Package grant writes those of consents, device codes and reuse.
const (
	ActionAccountActivated         Action = "account.activated"
	ActionAccountDisabled          Action = "account.disabled"
	ActionAccountEnabled           Action = "account.enabled"
	ActionAccountLinkMade          Action = "account.link_made"
	ActionAPIAccessChanged         Action = "api.access_changed"
	ActionAPIAdded                 Action = "api.added"
	ActionAPIChanged               Action = "api.changed"
	ActionAPIDocumented            Action = "api.documented"
	ActionAPIRemoved               Action = "api.removed"
	ActionAppChanged               Action = "app.changed"
	ActionAppCreated               Action = "app.created"
	ActionAppDeleted               Action = "app.deleted"
	ActionAppMintLimitChanged      Action = "app.mint_limit_changed"
	ActionAppReachChanged          Action = "app.reach_changed"
	ActionAppReceived              Action = "app.received"
	ActionAppRedirectAdded         Action = "app.redirect_added"
	ActionAppTransferred           Action = "app.transferred"
	ActionAuditAccepted            Action = "audit.accepted"
	ActionAuditExported            Action = "audit.exported"
	ActionAuditPurged              Action = "audit.purged"
	ActionAuditRetentionChanged    Action = "audit.retention_changed"
	ActionAuditSigned              Action = "audit.signed"
	ActionAuthorizationRevoked     Action = "authorization.revoked"
	ActionCalendarMade             Action = "calendar.made"
	ActionCalendarRevoked          Action = "calendar.revoked"
	ActionCodeReused               Action = "code.reused"
	ActionConsentDenied            Action = "consent.denied"
	ActionConsentGiven             Action = "consent.given"
	ActionCredentialReported       Action = "credential.reported"
	ActionDeviceAdded              Action = "device.added"
	ActionDeviceApproved           Action = "device.approved"
	ActionDeviceChanged            Action = "device.changed"
	ActionDeviceDenied             Action = "device.denied"
	ActionDeviceRemoved            Action = "device.removed"
	ActionDeviceShared             Action = "device.shared"
	ActionDeviceTemplateAdded      Action = "device_template.added"
	ActionDeviceTemplateChanged    Action = "device_template.changed"
	ActionDeviceTemplateRemoved    Action = "device_template.removed"
	ActionDevicesGrouped           Action = "devices.grouped"
	ActionDevicesImportStarted     Action = "devices.import_started"
	ActionDevicesImported          Action = "devices.imported"
	ActionDevicesShared            Action = "devices.shared"
	ActionDevicesTemplateSet       Action = "devices.template_set"
	ActionEmailChangeAsked         Action = "email.change_asked"
	ActionEmailChangeStopped       Action = "email.change_stopped"
	ActionEmailChanged             Action = "email.changed"
	ActionEmailConfirmed           Action = "email.confirmed"
	ActionIdentityConfirmed        Action = "identity.confirmed"
	ActionIdentityRefused          Action = "identity.refused"
	ActionInvitationCancelled      Action = "invitation.cancelled"
	ActionKeyRotated               Action = "key.rotated"
	ActionListExported             Action = "list.exported"
	ActionMailRetried              Action = "mail.retried"
	ActionMailTested               Action = "mail.tested"
	ActionMemberRemoved            Action = "member.removed"
	ActionMemberRoleChanged        Action = "member.role_changed"
	ActionOwnerMade                Action = "owner.made"
	ActionOwnerRemoved             Action = "owner.removed"
	ActionPasskeyAdded             Action = "passkey.added"
	ActionPasskeyRemoved           Action = "passkey.removed"
	ActionPasskeyRenamed           Action = "passkey.renamed"
	ActionPasswordChanged          Action = "password.changed"
	ActionPasswordReset            Action = "password.reset"
	ActionPasswordResetAsked       Action = "password.reset_asked"
	ActionPasswordResetsRefused    Action = "password.resets_refused"
	ActionPersonAdded              Action = "person.added"
	ActionPersonInvited            Action = "person.invited"
	ActionPersonalTokenCreated     Action = "personal_token.created"
	ActionPersonalTokenRevoked     Action = "personal_token.revoked"
	ActionPortalChanged            Action = "portal.changed"
	ActionPortalKeyAdded           Action = "portal_key.added"
	ActionPortalKeyCurrent         Action = "portal_key.current"
	ActionPortalKeyRetired         Action = "portal_key.retired"
	ActionPortalRevoked            Action = "portal.revoked"
	ActionProfileChanged           Action = "profile.changed"
	ActionRecoveryCodeUsed         Action = "recovery_code.used"
	ActionRecoveryCodesMade        Action = "recovery_codes.made"
	ActionRefreshRepeated          Action = "refresh.repeated"
	ActionRefreshReused            Action = "refresh.reused"
	ActionScopeAdded               Action = "scope.added"
	ActionSecondFactorReset        Action = "second_factor.reset"
	ActionSecretAdded              Action = "secret.added"
	ActionSecretAddedForPlayground Action = "secret.added_for_playground"
	ActionSecretDrillEnded         Action = "secret.drill_ended"
	ActionSecretDrillStarted       Action = "secret.drill_started"
	ActionSecretEndChanged         Action = "secret.end_changed"
	ActionSecretHandedOver         Action = "secret.handed_over"
	ActionSecretHandoverCancelled  Action = "secret.handover_cancelled"
	ActionSecretHandoverOpened     Action = "secret.handover_opened"
	ActionSecretLabelled           Action = "secret.labelled"
	ActionSecretRetiring           Action = "secret.retiring"
	ActionSecretRevoked            Action = "secret.revoked"
	ActionSecretRotated            Action = "secret.rotated"
	ActionSecretSaved              Action = "secret.saved"
	ActionSessionEnded             Action = "session.ended"
	ActionSessionEndedOthers       Action = "session.ended_others"
	ActionSignIn                   Action = "sign_in"
	ActionSignInFailed             Action = "sign_in.failed"
	ActionSignInFirstStep          Action = "sign_in.first_step"
	ActionSignInNewBrowser         Action = "sign_in.new_browser"
	ActionSignInsRefused           Action = "sign_in.refused"
	ActionTeamChanged              Action = "team.changed"
	ActionTeamCreated              Action = "team.created"
	ActionTeamJoined               Action = "team.joined"
	ActionTeamLeft                 Action = "team.left"
	ActionTeamRenamed              Action = "team.renamed"
	ActionTeamRulesChanged         Action = "team.rules_changed"
	ActionTokenRevoked             Action = "token.revoked"
	ActionTokensRevoked            Action = "tokens.revoked"
	ActionTOTPAdded                Action = "totp.added"
	ActionTOTPRemoved              Action = "totp.removed"
	ActionTOTPReplaced             Action = "totp.replaced"
)

// TargetType says what sort of thing something was done to. The database keeps the text.
type TargetType string

// Types of targets.
const (
	TargetAPI        TargetType = "api"
	TargetApp        TargetType = "app"
	TargetAudit      TargetType = "audit"
	TargetDevice     TargetType = "device"
	TargetTemplate   TargetType = "device template"
	TargetImport     TargetType = "import"
	TargetInvitation TargetType = "invitation"
	TargetMail       TargetType = "mail"
	TargetPasskey    TargetType = "passkey"
	TargetPerson     TargetType = "person"
	TargetPortal     TargetType = "portal"
	TargetScope      TargetType = "scope"
	TargetSigningKey TargetType = "signing key"
	TargetTeam       TargetType = "team"
)

// Target is what something was done to, with the name that it had at the time.
type Target struct {
	Type     TargetType
	ID, Name string
}

// OfAPI returns an API as the target of an event.
func OfAPI(api db.API) Target { return Target{TargetAPI, api.ID, api.Name} }

// OfApp returns an app as the target of an event.
func OfApp(app db.App) Target { return Target{TargetApp, app.ClientID, app.Name} }

// OfDevice returns a device as the target of an event.
func OfDevice(guid, name string) Target { return Target{TargetDevice, guid, name} }

// OfDeviceTemplate returns a device template as the target of an event.
func OfDeviceTemplate(guid, name string) Target { return Target{TargetTemplate, guid, name} }

// OfPerson returns a person as the target of an event.
func OfPerson(id, name string) Target { return Target{TargetPerson, id, name} }

// OfTeam returns a team as the target of an event.
func OfTeam(id, name string) Target { return Target{TargetTeam, id, name} }

// Event is what an actor did. TeamID is the team whose log shows it; empty means the portal's log.
// Detail adds what the action and its target don't say.
type Event struct {
	Action Action
	TeamID string
	Target Target
	Detail string
}

// Record writes an event. tx is the transaction that makes the change. It returns *StepUpRequired,
// so that nothing is changed, if the actor hasn't proved themselves as the action demands, and
// ErrCredentialEnded if their session or token has ended since the request began.
func (a Actor) Record(ctx context.Context, tx *db.Tx, e Event) error {
	if err := a.Prove(ctx, &tx.Reader, e.Action); err != nil {
		return err
	}
	if err := a.hold(ctx, tx, e.Action); err != nil {
		return err
	}
	return tx.InsertAudit(ctx, db.AuditEvent{
		ID: secret.JTI(), Actor: a.ID, ActorName: a.Name, TeamID: e.TeamID, Action: string(e.Action),
		TargetType: string(e.Target.Type), TargetID: e.Target.ID, TargetName: OneLine(e.Target.Name), Detail: OneLine(e.Detail),
		Address: a.Address, UserAgent: OneLine(a.UserAgent),
	})
}

// AuditPage is how many events a page of the audit log shows.
const AuditPage = 50

// mayReadAudit checks that the actor can read the events that a query asks for. A team's events are for those who
// manage the team; the portal's and those of all teams are for owners.
func (h *Hub) mayFindAudit(ctx context.Context, a Actor, q db.AuditQuery) error {
	if q.AllTeams || q.TeamID == "" {
		return h.MayOwn(ctx, a, "see the portal's audit log")
	}
	return h.MayManageTeam(ctx, a, q.TeamID, "see the team's audit log")
}

// AuditEvents returns up to q.Limit audit events that match the query, newest first, and whether there are older ones.
func (h *Hub) AuditEvents(ctx context.Context, a Actor, q db.AuditQuery) (events []db.AuditEvent, more bool, err error) {
	if err := h.mayFindAudit(ctx, a, q); err != nil {
		return nil, false, err
	}
	return h.FindAudit(ctx, q)
}

// FindAudit is AuditEvents without the check of rights, for callers that have made one.
func (h *Hub) FindAudit(ctx context.Context, q db.AuditQuery) (events []db.AuditEvent, more bool, err error) {
	limit := q.Limit
	q.Limit++
	events, err = h.DB.AuditEvents(ctx, q)
	if len(events) > limit {
		return events[:limit], true, err
	}
	return events, false, err
}

// AuditNames are the people and apps by which an audit log can be filtered.
type AuditNames struct{ Actors, Apps []db.AuditName }

// namesOffered is the largest number of names in each list of AuditNames.
const namesOffered = 200

// AuditNames lists who acted, and on which apps, in the log of the query's team.
func (h *Hub) AuditNames(ctx context.Context, a Actor, q db.AuditQuery) (names AuditNames, err error) {
	if err := h.mayFindAudit(ctx, a, q); err != nil {
		return names, err
	}
	if names.Actors, err = h.DB.AuditActors(ctx, q, namesOffered); err != nil {
		return names, err
	}
	names.Apps, err = h.DB.AuditApps(ctx, q, namesOffered)
	return names, err
}
