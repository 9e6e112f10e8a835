package api

import (
	"net/http"
	"time"

	"gatepost/db"
	"gatepost/handlers/web"
)

type session struct {
	ID         string    `json:"id"`
	UserAgent  string    `json:"user_agent"`
	Address    string    `json:"address"`
	CreatedAt  time.Time `json:"created_at"`
	LastSeenAt time.Time `json:"last_seen_at"`
	ExpiresAt  time.Time `json:"expires_at"`
}

// Sessions answers GET /api/v1/sessions with the browsers in which the token's person is signed
// in.
func (h *Handlers) Sessions(w http.ResponseWriter, r *http.Request) error {
	by, err := h.person(w, r, readAccount)
	if err != nil {
		return err
	}
	after, limit, err := page(r, 1)
	if err != nil {
		return err
	}
	rows, err := h.Accounts.Sessions(r.Context(), by)
	if err != nil {
		return err
	}
	rows, next := cut(rows, func(s db.Session) []string { return []string{s.ID} }, after, limit)
	out := struct {
		Sessions []session `json:"sessions"`
		Next     *string   `json:"next_cursor"`
	}{make([]session, len(rows)), next}
	for i, s := range rows {
		out.Sessions[i] = session{s.ID, s.UserAgent, s.Address, s.CreatedAt.UTC(), s.LastSeenAt.UTC(), s.ExpiresAt.UTC()}
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

// EndSession answers DELETE /api/v1/sessions/{id}.
func (h *Handlers) EndSession(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.personAt(w, r, writeAccount)
	if err != nil {
		return err
	}
	if err := h.Accounts.EndSession(r.Context(), by, id); err != nil {
		return err
	}
	return noContent(w)
}
