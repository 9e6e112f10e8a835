package api

import (
	"net/http"
	"time"

	"gatepost/handlers/web"
)

type me struct {
	Type     string   `json:"type"`
	ClientID string   `json:"client_id"`
	Name     string   `json:"name"`
	Team     meTeam   `json:"team"`
	Scopes   []string `json:"scopes"`
	Token    meToken  `json:"token"`
}

type meTeam struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type meToken struct {
	JTI       string    `json:"jti"`
	IssuedAt  time.Time `json:"issued_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

// Me answers GET /api/v1/me: whom the token stands for, and what it may do. Any token will do.
func (h *Handlers) Me(w http.ResponseWriter, r *http.Request) error {
	a, err := h.access(r, "")
	if err != nil {
		return err
	}
	team, err := h.DB.Team(r.Context(), a.App.TeamID)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, me{
		Type: "app", ClientID: a.ClientID, Name: a.App.Name, Team: meTeam{team.ID, team.Name}, Scopes: list(a.Scopes),
		Token: meToken{a.JTI, a.IssuedAt.UTC(), a.ExpiresAt.UTC()},
	})
}

// list is s, or an empty list in place of none: clients get [] and never null.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// moment is t in UTC, or null for the zero time.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
