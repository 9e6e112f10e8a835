package api

import (
	"net/http"

	"gatepost/handlers/web"
)

type scope struct {
	Name      string `json:"name"`
	Sentence  string `json:"sentence"`
	AdminOnly bool   `json:"admin_only"`
}

// Scopes answers GET /api/v1/scopes with the portal's catalogue, in its order. Any token will do.
func (h *Handlers) Scopes(w http.ResponseWriter, r *http.Request) error {
	if _, err := h.caller(w, r, ""); err != nil {
		return err
	}
	rows, err := h.DB.Scopes(r.Context())
	if err != nil {
		return err
	}
	scopes := make([]scope, len(rows))
	for i, s := range rows {
		scopes[i] = scope{s.Name, s.Sentence, s.AdminOnly}
	}
	return web.WriteJSON(w, http.StatusOK, map[string]any{"scopes": scopes})
}
