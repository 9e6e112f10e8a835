package api

import (
	"net/http"
	"slices"

	"gatepost/db"
	"gatepost/handlers/web"
)

type scope struct {
	Name      string `json:"name"`
	Sentence  string `json:"sentence"`
	AdminOnly bool   `json:"admin_only"`
}

// Scopes answers GET /api/v1/scopes with the portal's catalogue, in its order. Any token works.
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

// AddScope answers POST /api/v1/scopes with the new scope of the catalogue.
func (h *Handlers) AddScope(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, writePortal)
	if err != nil {
		return err
	}
	var in scope
	if err := web.ReadFields(w, r, &in); err != nil {
		return err
	}
	had, err := h.DB.Scopes(r.Context())
	if err != nil {
		return err
	}
	if slices.ContainsFunc(had, func(s db.Scope) bool { return s.Name == in.Name }) {
		return &web.Error{Status: http.StatusConflict, Code: "conflict", Message: "The catalogue already has a scope with this name."}
	}
	if err := h.Catalogue.AddScopes(r.Context(), by, []db.Scope{{Name: in.Name, Sentence: in.Sentence, AdminOnly: in.AdminOnly}}); err != nil {
		return err
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
