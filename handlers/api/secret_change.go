package api

import (
	"net/http"

	"gatepost/handlers/hub/app"
	"gatepost/handlers/web"
)

// ChangeSecret answers PATCH /api/v1/apps/{client_id}/secrets/{id} with the changed secret.
// Missing fields stay unchanged; null removes the label or the expiry.
func (h *Handlers) ChangeSecret(w http.ResponseWriter, r *http.Request) error {
	by, clientID, id, err := h.callerOfSecret(w, r, writeApps)
	if err != nil {
		return err
	}
	var in struct {
		Label     *string      `json:"label" null:"clear"`
		ExpiresAt web.NullTime `json:"expires_at"`
	}
	if err := web.ReadFields(w, r, &in); err != nil {
		return err
	}
	change := app.SecretChange{Label: in.Label}
	if in.ExpiresAt.Given {
		change.ExpiresAt = &in.ExpiresAt.At
	}
	if err := h.Apps.ChangeSecret(r.Context(), by, clientID, id, change); err != nil {
		return err
	}
	row, err := h.Apps.App(r.Context(), by, clientID)
	if err != nil {
		return err
	}
	return h.writeSecret(w, r, by, row, id)
}

// RevokeSecret answers DELETE /api/v1/apps/{client_id}/secrets/{id}. Tokens that
// were issued with the secret stay valid until they expire, so that a rotation interrupts nothing,
// unless the query has tokens=revoke.
func (h *Handlers) RevokeSecret(w http.ResponseWriter, r *http.Request) error {
	by, clientID, id, err := h.callerOfSecret(w, r, writeApps)
	if err != nil {
		return err
	}
	tokens, err := query(r, "tokens")
	if err != nil {
		return err
	}
	if err := h.Apps.RevokeSecret(r.Context(), by, clientID, id, tokens == "revoke"); err != nil {
		return err
	}
	return noContent(w)
}
