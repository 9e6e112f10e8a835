package api

import (
	"net/http"

	"gatepost/handlers/hub"
	"gatepost/handlers/hub/catalogue"
	"gatepost/handlers/web"
)

// The scopes that the routes of the portal's owners require. Package hub accepts them only from an
// owner's personal token.
const (
	readPortal  = "portal:read"
	writePortal = "portal:write"
)

type portalSettings struct {
	Issuer        string `json:"issuer"`
	NoExpiry      bool   `json:"personal_tokens_without_end"`
	PasswordLogin bool   `json:"iotconnect_login"`
	LongPasswords bool   `json:"long_passwords"`
	SecondFactor  bool   `json:"requires_second_factor"`
	KeepSignIns   int    `json:"audit_keep_sign_ins"` // days; 0 is forever
	KeepSecurity  int    `json:"audit_keep_security"`
	KeepChanges   int    `json:"audit_keep_changes"`
	KeepDevices   int    `json:"audit_keep_devices"`
}

// PortalSettings answers GET /api/v1/portal with the settings that can change without a restart.
func (h *Handlers) PortalSettings(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, readPortal)
	if err != nil {
		return err
	}
	return h.writePortal(w, r, by)
}

func (h *Handlers) writePortal(w http.ResponseWriter, r *http.Request, by hub.Actor) error {
	s, err := h.Catalogue.Settings(r.Context(), by)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, portalSettings{h.Issuer, s.NoExpiry, !s.VendorLoginOff, s.LongPasswords, s.SecondFactor,
		s.AuditKeep.SignIns, s.AuditKeep.Security, s.AuditKeep.Changes, s.AuditKeep.Devices})
}

// ChangePortal answers PATCH /api/v1/portal with the changed settings.
func (h *Handlers) ChangePortal(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, writePortal)
	if err != nil {
		return err
	}
	var in struct {
		NoExpiry      *bool `json:"personal_tokens_without_end"`
		PasswordLogin *bool `json:"iotconnect_login"`
		LongPasswords *bool `json:"long_passwords"`
		SecondFactor  *bool `json:"requires_second_factor"`
		KeepSignIns   *int  `json:"audit_keep_sign_ins"`
		KeepSecurity  *int  `json:"audit_keep_security"`
		KeepChanges   *int  `json:"audit_keep_changes"`
		KeepDevices   *int  `json:"audit_keep_devices"`
	}
	if err := web.ReadFields(w, r, &in); err != nil {
		return err
	}
	change := catalogue.SettingsChange{NoExpiry: in.NoExpiry, LongPasswords: in.LongPasswords, SecondFactor: in.SecondFactor, AuditKeep: map[hub.AuditKind]int{}}
	for kind, days := range map[hub.AuditKind]*int{
		hub.AuditSignIns: in.KeepSignIns, hub.AuditSecurity: in.KeepSecurity, hub.AuditChanges: in.KeepChanges, hub.AuditDevices: in.KeepDevices,
	} {
		if days != nil {
			change.AuditKeep[kind] = *days
		}
	}
	if in.PasswordLogin != nil {
		change.VendorLoginOff = new(!*in.PasswordLogin)
	}
	if err := h.Catalogue.ChangeSettings(r.Context(), by, change); err != nil {
		return err
	}
	return h.writePortal(w, r, by)
}
