package api

import (
	"net/http"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/web"
)

type member struct {
	PersonID string    `json:"person_id"`
	Name     string    `json:"name"`
	Email    string    `json:"email"`
	Role     string    `json:"role"`
	Owner    bool      `json:"owner"`
	Active   bool      `json:"active"`
	JoinedAt time.Time `json:"joined_at"`
}

func memberOf(m db.Member) member {
	return member{m.PersonID, m.Name, m.Email, m.Role, m.Owner, m.Active, m.CreatedAt.UTC()}
}

// Members answers GET /api/v1/members with the people of one team.
func (h *Handlers) Members(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, readTeam)
	if err != nil {
		return err
	}
	teamID, err := h.queryTeam(r, by, "see members")
	if err != nil {
		return err
	}
	var role, email string
	if err := queryTexts(r, map[string]*string{"role": &role, "email": &email}); err != nil {
		return err
	}
	after, limit, err := page(r, 2)
	if err != nil {
		return err
	}
	all, err := h.Teams.Members(r.Context(), by, teamID)
	if err != nil {
		return err
	}
	var rows []db.Member
	for _, m := range all {
		if (role == "" || m.Role == role) && (email == "" || m.Email == hub.SignInName(email)) {
			rows = append(rows, m)
		}
	}
	rows, next := cut(rows, func(m db.Member) []string { return []string{m.Name, m.PersonID} }, after, limit)
	out := struct {
		Members []member `json:"members"`
		Next    *string  `json:"next_cursor"`
	}{make([]member, len(rows)), next}
	for i, m := range rows {
		out.Members[i] = memberOf(m)
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

// callerOfMember is caller, with the person whom the path names and their team.
func (h *Handlers) callerOfMember(w http.ResponseWriter, r *http.Request, what string) (by hub.Actor, team, person string, err error) {
	if by, person, err = h.callerAt(w, r, writeTeam, "person_id"); err != nil {
		return by, "", "", err
	}
	team, err = h.queryTeam(r, by, what)
	return by, team, person, err
}

// ChangeMember answers PATCH /api/v1/members/{person_id} with the changed member.
func (h *Handlers) ChangeMember(w http.ResponseWriter, r *http.Request) error {
	by, team, person, err := h.callerOfMember(w, r, "change roles")
	if err != nil {
		return err
	}
	var in struct {
		Role string `json:"role"`
	}
	if err := web.ReadFields(w, r, &in); err != nil {
		return err
	}
	if err := h.Teams.ChangeRole(r.Context(), by, team, person, in.Role); err != nil {
		return err
	}
	all, err := h.Teams.Members(r.Context(), by, team)
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.PersonID == person {
			return web.WriteJSON(w, http.StatusOK, memberOf(m))
		}
	}
	return web.NotFound()
}

// RemoveMember answers DELETE /api/v1/members/{person_id}. Secrets that the person
// knows keep working: /api/v1/exposures lists them.
func (h *Handlers) RemoveMember(w http.ResponseWriter, r *http.Request) error {
	by, team, person, err := h.callerOfMember(w, r, "remove people")
	if err != nil {
		return err
	}
	if _, err := h.Teams.RemoveMember(r.Context(), by, team, person); err != nil {
		return err
	}
	return noContent(w)
}
