package hub

// demand is what an action asks of the session of the person who causes it.
type demand int

const (
	// demandNothing: a session is enough. So are the proofs that an action asks for itself, such as
	// the current password or a link.
	demandNothing demand = iota
	// demandProof: the session proved itself within ProofLife. Whatever creates or widens a
	// credential or a right, or can't be undone, demands it.
	demandProof
	// demandFactor: the session proved itself within FactorLife, and with a second factor if the
	// person has one.
	demandFactor
)

// Effect is an action, or something that is no action of its own but demands a proof as well.
type Effect = Action

// Effects that are recorded under the action of something wider, or not at all.
const (
	EffectAdminConsent Effect = "effect.admin_consent" // consent to a scope that only admins may give
	EffectAdminToken   Effect = "effect.admin_token"   // a token with such a scope, on a page of the app
	EffectOwn          Effect = "effect.own"           // anything that only owners of the portal may see or do
	EffectHandOver     Effect = "effect.hand_over"     // the form that hands a secret over
)

// demands is the ONE table of what each action asks. Record checks it in the transaction that makes
// the change, whatever route led there. A test fails for an action without a line.
var demands = map[Action]demand{
	ActionAccountActivated:         demandNothing, // by a link
	ActionAccountDisabled:          demandProof,
	ActionAccountEnabled:           demandProof,
	ActionAccountLinkMade:          demandProof,
	ActionAPIAccessChanged:         demandProof,
	ActionAPIAdded:                 demandProof,
	ActionAPIChanged:               demandProof,
	ActionAPIDocumented:            demandProof,
	ActionAPIRemoved:               demandProof,
	ActionAppChanged:               demandNothing,
	ActionAppCreated:               demandProof,
	ActionAppDeleted:               demandProof,
	ActionAppMintLimitChanged:      demandProof,
	ActionAppReachChanged:          demandProof,
	ActionAppReceived:              demandProof,
	ActionAppRedirectAdded:         demandProof,
	ActionAppTransferred:           demandProof,
	ActionAuditAccepted:            demandProof,
	ActionAuditExported:            demandNothing,
	ActionAuditPurged:              demandNothing, // by the portal
	ActionAuditRetentionChanged:    demandProof,
	ActionAuditSigned:              demandNothing, // by the portal
	ActionAuthorizationRevoked:     demandNothing,
	ActionCalendarMade:             demandProof,
	ActionCalendarRevoked:          demandNothing,
	ActionCodeReused:               demandNothing, // by a client
	ActionConsentDenied:            demandNothing,
	ActionConsentGiven:             demandNothing, // but see EffectAdminConsent
	ActionCredentialReported:       demandNothing, // by whoever holds it
	ActionDeviceAdded:              demandNothing,
	ActionDeviceApproved:           demandNothing, // but see EffectAdminConsent
	ActionDeviceChanged:            demandNothing,
	ActionDeviceDenied:             demandNothing,
	ActionDeviceRemoved:            demandProof,
	ActionDeviceTemplateAdded:      demandNothing,
	ActionDeviceTemplateChanged:    demandNothing,
	ActionDeviceTemplateRemoved:    demandProof,
	ActionDevicesGrouped:           demandNothing,
	ActionDeviceShared:             demandProof,
	ActionDevicesImported:          demandNothing,
	ActionDevicesImportStarted:     demandNothing,
	ActionDevicesShared:            demandProof,
	ActionDevicesTemplateSet:       demandNothing,
	ActionEmailChangeAsked:         demandNothing, // by the current password
	ActionEmailChanged:             demandNothing, // by two links
	ActionEmailChangeStopped:       demandNothing,
	ActionEmailConfirmed:           demandNothing, // by a link
	ActionIdentityConfirmed:        demandNothing, // is the proof
	ActionIdentityRefused:          demandNothing,
	ActionInvitationCancelled:      demandNothing,
	ActionKeyRotated:               demandProof,
	ActionListExported:             demandNothing, // a page shows the same
	ActionMailRetried:              demandProof,
	ActionMailTested:               demandProof,
	ActionMemberRemoved:            demandProof,
	ActionMemberRoleChanged:        demandProof,
	ActionOwnerMade:                demandProof,
	ActionOwnerRemoved:             demandProof,
	ActionPasskeyAdded:             demandFactor,
	ActionPasskeyRemoved:           demandFactor,
	ActionPasskeyRenamed:           demandNothing,
	ActionPasswordChanged:          demandNothing, // by the current password
	ActionPasswordReset:            demandNothing, // by a link
	ActionPasswordResetAsked:       demandNothing,
	ActionPasswordResetsRefused:    demandNothing, // by the portal
	ActionPersonAdded:              demandProof,
	ActionPersonalTokenCreated:     demandProof,
	ActionPersonalTokenRevoked:     demandNothing,
	ActionPersonInvited:            demandProof,
	ActionPortalChanged:            demandProof,
	ActionPortalKeyAdded:           demandProof,
	ActionPortalKeyCurrent:         demandProof,
	ActionPortalKeyRetired:         demandProof,
	ActionPortalRevoked:            demandProof,
	ActionProfileChanged:           demandNothing,
	ActionRecoveryCodesMade:        demandFactor,
	ActionRecoveryCodeUsed:         demandNothing, // is the proof
	ActionRefreshRepeated:          demandNothing, // by a client
	ActionRefreshReused:            demandNothing, // by a client
	ActionScopeAdded:               demandProof,
	ActionSecondFactorReset:        demandFactor,
	ActionSecretAdded:              demandProof,
	ActionSecretAddedForPlayground: demandProof,
	ActionSecretDrillEnded:         demandNothing,
	ActionSecretDrillStarted:       demandProof,
	ActionSecretEndChanged:         demandProof,
	ActionSecretHandedOver:         demandProof,
	ActionSecretHandoverCancelled:  demandNothing,
	ActionSecretHandoverOpened:     demandProof,
	ActionSecretLabelled:           demandNothing,
	ActionSecretRetiring:           demandProof,
	ActionSecretRevoked:            demandProof,
	ActionSecretRotated:            demandProof,
	ActionSecretSaved:              demandNothing,
	ActionSessionEnded:             demandNothing,
	ActionSessionEndedOthers:       demandNothing,
	ActionSignIn:                   demandNothing, // is the proof
	ActionSignInFailed:             demandNothing,
	ActionSignInFirstStep:          demandNothing,
	ActionSignInNewBrowser:         demandNothing,
	ActionSignInsRefused:           demandNothing, // by the portal
	ActionTeamChanged:              demandProof,   // whether it asks for a second factor
	ActionTeamCreated:              demandProof,
	ActionTeamJoined:               demandNothing, // by a link
	ActionTeamLeft:                 demandNothing,
	ActionTeamRenamed:              demandNothing,
	ActionTeamRulesChanged:         demandProof,
	ActionTokenRevoked:             demandNothing,
	ActionTokensRevoked:            demandProof,
	ActionTOTPAdded:                demandFactor,
	ActionTOTPRemoved:              demandFactor,
	ActionTOTPReplaced:             demandFactor,

	EffectAdminConsent: demandProof,
	EffectAdminToken:   demandProof,
	EffectOwn:          demandProof,
	EffectHandOver:     demandProof,
}
