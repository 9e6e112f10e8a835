package api

import (
	"net/http"

	"gatepost/handlers/web"
)

// CheckSecret answers POST /api/v1/apps/{client_id}/secrets/prove with the live secret that
// the caller has, and marks it as saved.
func (h *Handlers) CheckSecret(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.callerAt(w, r, writeApps, "client_id")
	if err != nil {
		return err
	}
	var in struct {
		ClientSecret string `json:"client_secret"`
	}
	if err := web.ReadFields(w, r, &in); err != nil {
		return err
	}
	s, err := h.Apps.CheckSecret(r.Context(), by, id, in.ClientSecret)
	if err != nil {
		return err
	}
	app, err := h.Apps.App(r.Context(), by, id)
	if err != nil {
		return err
	}
	return h.writeSecret(w, r, by, app, s.ID)
}
