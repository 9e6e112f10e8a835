package api

import (
	"net/http"
	"time"

	"gatepost/handlers/hub/app"
	"gatepost/handlers/web"
)

type authorization struct {
	ID         string     `json:"id"`
	ClientID   string     `json:"client_id"`
	Name       string     `json:"name"`
	Team       string     `json:"team"`
	Scopes     []string   `json:"scopes"`
	Teams      []named    `json:"teams"` // that the app reaches
	CreatedAt  time.Time  `json:"created_at"`
	UpdatedAt  time.Time  `json:"updated_at"`
	LastUsedAt *time.Time `json:"last_used_at"`
	LiveTokens int        `json:"live_tokens"`
}

// Authorizations answers GET /api/v1/authorizations with the apps that the token's person
// authorized.
func (h *Handlers) Authorizations(w http.ResponseWriter, r *http.Request) error {
	by, err := h.person(w, r, readAccount)
	if err != nil {
		return err
	}
	after, limit, err := page(r, 1)
	if err != nil {
		return err
	}
	rows, err := h.Apps.Authorizations(r.Context(), by)
	if err != nil {
		return err
	}
	rows, next := cut(rows, func(a app.Authorization) []string { return []string{a.ID} }, after, limit)
	out := struct {
		Authorizations []authorization `json:"authorizations"`
		Next           *string         `json:"next_cursor"`
	}{make([]authorization, len(rows)), next}
	for i, a := range rows {
		reaches := make([]named, len(a.Reaches))
		for n, t := range a.Reaches {
			reaches[n] = named{t.ID, t.Name}
		}
		out.Authorizations[i] = authorization{
			a.ID, a.ClientID, a.AppName, a.TeamName, list(a.Scopes), reaches, a.CreatedAt.UTC(), a.UpdatedAt.UTC(), moment(a.LastUsedAt), a.LiveTokens,
		}
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

// RevokeAuthorization answers DELETE /api/v1/authorizations/{id}, which also revokes the app's codes
// and tokens for the person.
func (h *Handlers) RevokeAuthorization(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.personAt(w, r, writeAccount)
	if err != nil {
		return err
	}
	if err := h.Apps.RevokeAuthorization(r.Context(), by, id); err != nil {
		return err
	}
	return noContent(w)
}
