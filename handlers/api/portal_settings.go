package api

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/catalogue"
	"gatepost/handlers/keys"
	"gatepost/handlers/web"
)

// The scopes that the addresses of the portal's owners ask for. Hub takes them from a
// personal token of an owner alone.
const (
	readPortal  = "portal:read"
	writePortal = "portal:write"
)

type portalSettings struct {
	Issuer        string `json:"issuer"`
	NoEnd         bool   `json:"personal_tokens_without_end"`
	PasswordLogin bool   `json:"iotconnect_login"`
	LongPasswords bool   `json:"long_passwords"`
	SecondFactor  bool   `json:"requires_second_factor"`
}

// PortalSettings answers GET /api/v1/portal with the settings that need no restart.
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
	return web.WriteJSON(w, http.StatusOK, portalSettings{h.Issuer, s.NoEnd, !s.VendorLoginOff, s.LongPasswords, s.SecondFactor})
}

// ChangePortal answers PATCH /api/v1/portal with the settings as they are then.
func (h *Handlers) ChangePortal(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, writePortal)
	if err != nil {
		return err
	}
	var in struct {
		NoEnd         *bool `json:"personal_tokens_without_end"`
		PasswordLogin *bool `json:"iotconnect_login"`
		LongPasswords *bool `json:"long_passwords"`
		SecondFactor  *bool `json:"requires_second_factor"`
	}
	if err := web.ReadJSON(w, r, &in); err != nil {
		return err
	}
	change := catalogue.SettingsChange{NoEnd: in.NoEnd, LongPasswords: in.LongPasswords, SecondFactor: in.SecondFactor}
	if in.PasswordLogin != nil {
		change.VendorLoginOff = new(!*in.PasswordLogin)
	}
	if err := h.Catalogue.ChangeSettings(r.Context(), by, change); err != nil {
		return err
	}
	return h.writePortal(w, r, by)
}

type signingKey struct {
	KID            string     `json:"kid"`
	Algorithm      string     `json:"alg"`
	State          string     `json:"state"` // next, signs or verifies
	CreatedAt      time.Time  `json:"created_at"`
	SignsFrom      time.Time  `json:"signs_from"`
	SignsUntil     *time.Time `json:"signs_until"`
	PublishedUntil *time.Time `json:"published_until"`
}

func keyOf(k keys.Key) signingKey {
	return signingKey{k.KID, k.Algorithm, k.State, wholeSecond(k.CreatedAt), wholeSecond(k.SignsFrom), moment(k.SignsUntil), moment(k.PublishedUntil)}
}

// SigningKeys answers GET /api/v1/signing-keys with the keys of the key set, the newest first.
func (h *Handlers) SigningKeys(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, readPortal)
	if err != nil {
		return err
	}
	rows, err := h.Catalogue.SigningKeys(r.Context(), by, h.Keys)
	if err != nil {
		return err
	}
	out := make([]signingKey, len(rows))
	for i, k := range rows {
		out[i] = keyOf(k)
	}
	return web.WriteJSON(w, http.StatusOK, map[string]any{"keys": out})
}

// RotateKey answers POST /api/v1/signing-keys/rotate with the new key, which signs later.
func (h *Handlers) RotateKey(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, writePortal)
	if err != nil {
		return err
	}
	if err := web.NoFields(w, r); err != nil {
		return err
	}
	made, err := h.Catalogue.RotateKey(r.Context(), by, h.Keys)
	if errors.Is(err, keys.ErrRotating) {
		return &web.Error{Status: http.StatusConflict, Code: "conflict", Message: "The next key is published already: another one can follow when it signs.", Cause: err}
	}
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusCreated, keyOf(made))
}

// AddScope answers POST /api/v1/scopes with the new scope of the catalogue.
func (h *Handlers) AddScope(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, writePortal)
	if err != nil {
		return err
	}
	var in scope
	if err := web.ReadJSON(w, r, &in); err != nil {
		return err
	}
	had, err := h.DB.Scopes(r.Context())
	if err != nil {
		return err
	}
	if slices.ContainsFunc(had, func(s db.Scope) bool { return s.Name == in.Name }) {
		return &web.Error{Status: http.StatusConflict, Code: "conflict", Message: "The catalogue has a scope of this name already."}
	}
	if err := h.Catalogue.AddScopes(r.Context(), by, []db.Scope{{Name: in.Name, Sentence: in.Sentence, AdminOnly: in.AdminOnly}}); err != nil {
		return renamed(err, map[string]string{"scope": "name"})
	}
	rows, err := h.DB.Scopes(r.Context())
	if err != nil {
		return err
	}
	for _, s := range rows {
		if s.Name == in.Name {
			return web.WriteJSON(w, http.StatusCreated, scope{s.Name, s.Sentence, s.AdminOnly})
		}
	}
	return web.NotFound()
}
