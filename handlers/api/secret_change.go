package api

import (
	"net/http"

	"gatepost/handlers/hub/app"
	"gatepost/handlers/web"
)

// ChangeSecret answers PATCH /api/v1/apps/{client_id}/secrets/{id} with the changed secret.
// Missing fields stay unchanged; null for expires_at removes the expiry.
func (h *Handlers) ChangeSecret(w http.ResponseWriter, r *http.Request) error {
	by, clientID, id, err := h.callerOfSecret(w, r, writeApps)
	if err != nil {
		return err
	}
	var in struct {
		Label     *string      `json:"label"`
		ExpiresAt web.NullTime `json:"expires_at"`
	}
	if err := web.ReadJSON(w, r, &in); err != nil {
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
	var tokensToo bool
	switch r.URL.Query().Get("tokens") {
	case "revoke":
		tokensToo = true
	case "", "keep":
	default:
		return web.BadRequest("The query parameter tokens must be keep or revoke.")
	}
	if err := h.Apps.RevokeSecret(r.Context(), by, clientID, id, tokensToo); err != nil {
		return err
	}
	return noContent(w)
}
