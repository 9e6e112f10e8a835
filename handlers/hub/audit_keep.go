package hub

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"gatepost/db"
)

// AuditKind is a kind of audit event, for which owners say how long its events are kept.
type AuditKind string

// Kinds of audit events, by how long they are of use.
const (
	AuditSignIns  AuditKind = "sign_ins" // sign-ins, sessions, and what people do to their own profile
	AuditSecurity AuditKind = "security" // credentials, rights, consents, the log itself
	AuditDevices  AuditKind = "devices"
	AuditChanges  AuditKind = "changes" // all else
)

// AuditKinds are the kinds in the order of pages.
var AuditKinds = []AuditKind{AuditSignIns, AuditSecurity, AuditChanges, AuditDevices}

// auditKinds is the table of kinds. What isn't in it is of the kind changes.
var auditKinds = map[Action]AuditKind{
	ActionSignIn: AuditSignIns, ActionSignInFailed: AuditSignIns, ActionSignInFirstStep: AuditSignIns, ActionSignInNewBrowser: AuditSignIns,
	ActionIdentityConfirmed: AuditSignIns, ActionIdentityRefused: AuditSignIns, ActionSessionEnded: AuditSignIns, ActionSessionEndedOthers: AuditSignIns,
	ActionPasswordResetAsked: AuditSignIns,

	ActionAccountActivated: AuditSecurity, ActionAccountDisabled: AuditSecurity, ActionAccountEnabled: AuditSecurity, ActionAccountLinkMade: AuditSecurity,
	ActionAppTransferred: AuditSecurity, ActionAppReceived: AuditSecurity, ActionAppRedirectAdded: AuditSecurity,
	ActionAuditAccepted: AuditSecurity, ActionAuditExported: AuditSecurity, ActionAuditPurged: AuditSecurity, ActionAuditRetentionChanged: AuditSecurity, ActionAuditSigned: AuditSecurity,
	ActionAuthorizationRevoked: AuditSecurity, ActionCodeReused: AuditSecurity, ActionConsentDenied: AuditSecurity, ActionConsentGiven: AuditSecurity,
	ActionDeviceApproved: AuditSecurity, ActionDeviceDenied: AuditSecurity,
	ActionEmailChangeAsked: AuditSecurity, ActionEmailChangeStopped: AuditSecurity, ActionEmailChanged: AuditSecurity, ActionEmailConfirmed: AuditSecurity,
	ActionInvitationCancelled: AuditSecurity, ActionKeyRotated: AuditSecurity, ActionMemberRemoved: AuditSecurity, ActionMemberRoleChanged: AuditSecurity,
	ActionOwnerMade: AuditSecurity, ActionOwnerRemoved: AuditSecurity, ActionPasskeyAdded: AuditSecurity, ActionPasskeyRemoved: AuditSecurity,
	ActionPasswordChanged: AuditSecurity, ActionPasswordReset: AuditSecurity, ActionPersonAdded: AuditSecurity, ActionPersonInvited: AuditSecurity,
	ActionPersonalTokenCreated: AuditSecurity, ActionPersonalTokenRevoked: AuditSecurity, ActionPortalChanged: AuditSecurity, ActionPortalRevoked: AuditSecurity,
	ActionRecoveryCodeUsed: AuditSecurity, ActionRecoveryCodesMade: AuditSecurity, ActionRefreshRepeated: AuditSecurity, ActionRefreshReused: AuditSecurity, ActionSecondFactorReset: AuditSecurity,
	ActionSecretAdded: AuditSecurity, ActionSecretAddedForPlayground: AuditSecurity, ActionSecretEndChanged: AuditSecurity, ActionSecretHandedOver: AuditSecurity,
	ActionSecretHandoverCancelled: AuditSecurity, ActionSecretHandoverOpened: AuditSecurity, ActionSecretRetiring: AuditSecurity, ActionSecretRevoked: AuditSecurity,
	ActionSecretRotated: AuditSecurity, ActionSecretSaved: AuditSecurity, ActionTeamJoined: AuditSecurity, ActionTeamLeft: AuditSecurity, ActionTeamRulesChanged: AuditSecurity,
	ActionTokenRevoked: AuditSecurity, ActionTokensRevoked: AuditSecurity, ActionTOTPAdded: AuditSecurity, ActionTOTPRemoved: AuditSecurity, ActionTOTPReplaced: AuditSecurity,

	ActionDeviceAdded: AuditDevices, ActionDeviceChanged: AuditDevices, ActionDeviceRemoved: AuditDevices, ActionDeviceShared: AuditDevices,
	ActionDevicesGrouped: AuditDevices, ActionDevicesImportStarted: AuditDevices, ActionDevicesImported: AuditDevices, ActionDevicesShared: AuditDevices,
	ActionDeviceTemplateAdded: AuditDevices, ActionDeviceTemplateChanged: AuditDevices, ActionDeviceTemplateRemoved: AuditDevices, ActionDevicesTemplateSet: AuditDevices,
}

// AuditKindOf returns the kind of an action.
func AuditKindOf(action string) AuditKind {
	if k, ok := auditKinds[Action(action)]; ok {
		return k
	}
	return AuditChanges
}

// How many days events can be kept, unless they are kept forever.
const (
	MinAuditDays = 30 // long enough for an incident to be noticed
	MaxAuditDays = 36500
)

// AuditKeep says for how many days the events of each kind are kept. 0 means forever.
type AuditKeep struct{ SignIns, Security, Changes, Devices int }

// Days returns the place of a kind's days.
func (k *AuditKeep) Days(kind AuditKind) *int {
	switch kind {
	case AuditSignIns:
		return &k.SignIns
	case AuditSecurity:
		return &k.Security
	case AuditDevices:
		return &k.Devices
	}
	return &k.Changes
}

// AuditKeepField names the setting of a kind, in the database, the API and forms.
func AuditKeepField(kind AuditKind) string { return "audit_keep_" + string(kind) }

// AuditKeepOf reads how long events are kept.
func AuditKeepOf(ctx context.Context, r *db.Reader) (keep AuditKeep, err error) {
	for _, kind := range AuditKinds {
		text, err := r.Setting(ctx, AuditKeepField(kind))
		if IsMissing(err) || err == nil && text == "" {
			continue
		}
		days, bad := strconv.Atoi(text)
		if err != nil || bad != nil {
			return keep, errors.Join(err, bad)
		}
		*keep.Days(kind) = max(days, MinAuditDays) // whoever writes to the database can't ask for less
	}
	return keep, nil
}

// PutAuditKeep stores for how many days the events of a kind are kept, and records it if it changed.
func PutAuditKeep(ctx context.Context, tx *db.Tx, a Actor, kind AuditKind, days int) error {
	if days != 0 && (days < MinAuditDays || days > MaxAuditDays) {
		return &Invalid{Fields: []FieldError{{Field: AuditKeepField(kind), Message: fmt.Sprintf("Enter from %d to %d days, or 0 to keep these events forever.", MinAuditDays, MaxAuditDays)}}}
	}
	keep, err := AuditKeepOf(ctx, &tx.Reader)
	if err != nil || *keep.Days(kind) == days {
		return err
	}
	text, detail := strconv.Itoa(days), fmt.Sprintf("%s: %d days", kind, days)
	if days == 0 {
		text, detail = "", fmt.Sprintf("%s: forever", kind)
	}
	if err := tx.PutSetting(ctx, AuditKeepField(kind), text); err != nil {
		return err
	}
	return a.Record(ctx, tx, Event{Action: ActionAuditRetentionChanged, Target: Target{Type: TargetAudit}, Detail: detail})
}

// PurgeAudit removes the events that are older than their kind is kept. The log says how many.
func (h *Hub) PurgeAudit(ctx context.Context) (removed int64, err error) {
	keep, err := AuditKeepOf(ctx, &h.DB.Reader)
	if err != nil || keep == (AuditKeep{}) {
		return 0, err
	}
	until, before := time.Time{}, map[AuditKind]time.Time{}
	for _, kind := range AuditKinds {
		if days := *keep.Days(kind); days > 0 {
			before[kind] = h.Now().AddDate(0, 0, -days)
			if before[kind].After(until) {
				until = before[kind]
			}
		}
	}
	return h.DB.PurgeAudit(ctx, db.AuditRetention{
		Until: until,
		Goes:  func(e db.AuditEvent) bool { return e.At.Before(before[AuditKindOf(e.Action)]) },
		Note: func(ctx context.Context, tx *db.Tx, removed int64, first, last time.Time) error {
			return portalActor().Record(ctx, tx, Event{Action: ActionAuditPurged, Target: Target{Type: TargetAudit},
				Detail: fmt.Sprintf("events: %d, from %s to %s", removed, first.Format(time.DateOnly), last.Format(time.DateOnly))})
		},
	})
}
