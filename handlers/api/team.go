package api

import (
	"net/http"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/team"
	"gatepost/handlers/web"
)

// The scopes that the routes of teams and their people require.
const (
	readTeam  = "team:read"
	writeTeam = "team:write"
)

type teamJSON struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	SolutionKey string    `json:"solution_key"`
	Requires    bool      `json:"requires_second_factor"`
	CreatedAt   time.Time `json:"created_at"`
}

func teamOf(t db.Team) teamJSON {
	return teamJSON{t.ID, t.Name, t.SolutionKey, t.SecondFactor, wholeSecond(t.CreatedAt)}
}

// ListTeams answers GET /api/v1/teams with the teams that the token manages: its app's team, or those
// where its person is an admin.
func (h *Handlers) ListTeams(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, readTeam)
	if err != nil {
		return err
	}
	after, limit, err := page(r, 2)
	if err != nil {
		return err
	}
	rows, err := h.Teams.Managed(r.Context(), by)
	if err != nil {
		return err
	}
	rows, next := cut(rows, func(t db.Team) []string { return []string{t.Name, t.ID} }, after, limit)
	out := struct {
		Teams []teamJSON `json:"teams"`
		Next  *string    `json:"next_cursor"`
	}{make([]teamJSON, len(rows)), next}
	for i, t := range rows {
		out.Teams[i] = teamOf(t)
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

// teamChange is the body that creates or changes a team.
type teamChange struct {
	Name     *string `json:"name"`
	Requires *bool   `json:"requires_second_factor"`
}

// AddTeam answers POST /api/v1/teams, for owners, with the new team.
func (h *Handlers) AddTeam(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, writeTeam)
	if err != nil {
		return err
	}
	var in teamChange
	if err := web.ReadFields(w, r, &in); err != nil {
		return err
	}
	made, err := h.Teams.AddWith(r.Context(), by, team.Change{Name: in.Name, SecondFactor: in.Requires})
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/api/v1/teams/"+made.ID)
	return web.WriteJSON(w, http.StatusCreated, teamOf(made))
}

// Team answers GET /api/v1/teams/{id}.
func (h *Handlers) Team(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, readTeam)
	if err != nil {
		return err
	}
	return h.writeTeam(w, r, by)
}

func (h *Handlers) writeTeam(w http.ResponseWriter, r *http.Request, by hub.Actor) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	t, err := h.Teams.ManagedTeam(r.Context(), by, id)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, teamOf(t))
}

// ChangeTeam answers PATCH /api/v1/teams/{id} with the changed team.
func (h *Handlers) ChangeTeam(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.callerAt(w, r, writeTeam, "id")
	if err != nil {
		return err
	}
	var in teamChange
	if err := web.ReadFields(w, r, &in); err != nil {
		return err
	}
	if err := h.Teams.Change(r.Context(), by, id, team.Change{Name: in.Name, SecondFactor: in.Requires}); err != nil {
		return err
	}
	return h.writeTeam(w, r, by)
}
