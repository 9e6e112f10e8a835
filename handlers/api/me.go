package api

import (
	"net/http"
	"time"

	"gatepost/handlers/web"
)

type me struct {
	Type     string   `json:"type"` // app or person
	ClientID string   `json:"client_id,omitempty"`
	Name     string   `json:"name"`
	Person   *named   `json:"person,omitempty"`
	Team     *named   `json:"team,omitempty"`
	Teams    []named  `json:"teams"`
	Scopes   []string `json:"scopes"`
	Token    meToken  `json:"token"`
}

// named is a person or a team.
type named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type meToken struct {
	JTI       string     `json:"jti"`
	IssuedAt  time.Time  `json:"issued_at"`
	ExpiresAt *time.Time `json:"expires_at"`
}

// Me answers GET /api/v1/me with the app or person of the token and what it allows. Any token works.
func (h *Handlers) Me(w http.ResponseWriter, r *http.Request) error {
	a, err := h.admit(r, "")
	if err != nil {
		return err
	}
	out := me{
		Type: "app", ClientID: a.ClientID, Name: a.App.Name, Scopes: list(a.Scopes),
		Token: meToken{a.JTI, a.IssuedAt.UTC(), moment(a.ExpiresAt)},
	}
	if a.PersonID == "" {
		team, err := h.DB.Team(r.Context(), a.App.TeamID)
		if err != nil {
			return err
		}
		out.Team, out.Teams = &named{team.ID, team.Name}, []named{{team.ID, team.Name}}
		return web.WriteJSON(w, http.StatusOK, out)
	}
	out.Type, out.Name, out.Person, out.Teams = "person", a.Person.Name, &named{a.PersonID, a.Person.Name}, []named{}
	teams, err := h.Teams.Of(r.Context(), actor(r, a))
	for _, t := range teams {
		out.Teams = append(out.Teams, named{t.ID, t.Name})
	}
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

// list returns s, or an empty list instead of nil: clients get [] and never null.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// moment returns t in UTC, or null for the zero time.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
