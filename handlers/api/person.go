package api

import (
	"net/http"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/web"
)

// portalPerson is a person as owners of the portal see them.
type portalPerson struct {
	ID              string     `json:"id"`
	Name            string     `json:"name"`
	Email           string     `json:"email"`
	Owner           bool       `json:"owner"`
	State           string     `json:"state"` // active, disabled or invited
	Teams           int        `json:"teams"`
	HasSecondFactor bool       `json:"has_second_factor"`
	CreatedAt       time.Time  `json:"created_at"`
	LastSeenAt      *time.Time `json:"last_seen_at"`
}

func portalPersonOf(p db.PersonRow) portalPerson {
	out := portalPerson{p.ID, p.Name, p.Email, p.Owner, "active", p.Teams, p.HasFactor, p.CreatedAt.UTC(), moment(p.LastSeen)}
	switch {
	case !p.DisabledAt.IsZero():
		out.State = "disabled"
	case p.PasswordHash == "":
		out.State = "invited"
	}
	return out
}

// People answers GET /api/v1/people with a page of the portal's people by email address, for
// owners.
func (h *Handlers) People(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, readPortal)
	if err != nil {
		return err
	}
	var q db.PeopleQuery
	if err := queryTexts(r, map[string]*string{"q": &q.Search, "state": &q.State}); err != nil {
		return err
	}
	after, limit, err := page(r, 1)
	if err != nil {
		return err
	}
	if after != nil {
		q.After = after[0]
	}
	q.Limit = limit
	rows, more, err := h.Accounts.People(r.Context(), by, q)
	if err != nil {
		return err
	}
	out := struct {
		People []portalPerson `json:"people"`
		Next   *string        `json:"next_cursor"`
	}{People: make([]portalPerson, len(rows))}
	for i, p := range rows {
		out.People[i] = portalPersonOf(p)
	}
	if more {
		out.Next = cursorOf(rows[len(rows)-1].Email)
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

// Person answers GET /api/v1/people/{id}.
func (h *Handlers) Person(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.callerAt(w, r, readPortal, "id")
	if err != nil {
		return err
	}
	return h.writePerson(w, r, by, id)
}

func (h *Handlers) writePerson(w http.ResponseWriter, r *http.Request, by hub.Actor, id string) error {
	facts, err := h.Accounts.PersonFacts(r.Context(), by, id)
	if err != nil {
		return err
	}
	row := db.PersonRow{Person: facts.Person, Teams: len(facts.Memberships)}
	for _, s := range facts.Sessions {
		if s.LastSeenAt.After(row.LastSeen) {
			row.LastSeen = s.LastSeenAt
		}
	}
	if row.HasFactor, err = h.Accounts.HasSecondFactor(r.Context(), id); err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, portalPersonOf(row))
}

// ChangePerson answers PATCH /api/v1/people/{id}: it disables or enables an account. Only
// a page can change who is an owner, as it asks for the password.
func (h *Handlers) ChangePerson(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.callerAt(w, r, writePortal, "id")
	if err != nil {
		return err
	}
	var in struct {
		Disabled *bool `json:"disabled"`
	}
	if err := web.ReadFields(w, r, &in); err != nil {
		return err
	}
	if in.Disabled != nil {
		change := h.Accounts.EnablePerson
		if *in.Disabled {
			change = h.Accounts.DisablePerson
		}
		if err := change(r.Context(), by, id); err != nil {
			return err
		}
	}
	return h.writePerson(w, r, by, id)
}
