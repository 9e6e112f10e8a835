package api

import (
	"fmt"
	"net/http"
	"time"

	"gatepost/handlers/hub/app"
	"gatepost/handlers/web"
)

// exposed is a live secret that a person knows.
type exposed struct {
	ClientID   string     `json:"client_id"`
	App        string     `json:"app"`
	SecretID   string     `json:"secret_id"`
	SecretHint string     `json:"secret_hint"`
	ExpiresAt  *time.Time `json:"expires_at"`
	How        []string   `json:"how"` // made, proved, handed, opened
	At         time.Time  `json:"at"`
	Only       bool       `json:"only"` // the only live secret of its app
	Lost       bool       `json:"lost"` // the person may no longer know it
}

type exposedList struct {
	Exposures []exposed `json:"exposures"`
	Next      *string   `json:"next_cursor"`
}

func exposuresOf(rows []app.ExposedSecret, next *string) exposedList {
	out := exposedList{make([]exposed, len(rows)), next}
	for i, e := range rows {
		out.Exposures[i] = exposed{e.App.ClientID, e.App.Name, e.Secret.ID, e.Secret.Hint, moment(e.Secret.ExpiresAt.Truncate(time.Second)), list(e.How), e.At.UTC(), e.Only, e.Lost}
	}
	return out
}

// Exposures answers GET /api/v1/exposures with a page of the live secrets of a team that one person
// created, saw or was handed, even if they have left.
func (h *Handlers) Exposures(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, readTeam)
	if err != nil {
		return err
	}
	team, err := h.queryTeam(r, by, "see who knows which secret")
	if err != nil {
		return err
	}
	person, err := queryID(r, "person")
	if err != nil {
		return err
	}
	if person == "" {
		return fault("person", "Write the id of a person.")
	}
	after, limit, err := page(r, 3)
	if err != nil {
		return err
	}
	rows, err := h.Apps.Exposed(r.Context(), by, team, person)
	if err != nil {
		return err
	}
	rows, next := cut(rows, func(e app.ExposedSecret) []string { return []string{e.App.Name, e.App.ClientID, e.Secret.ID} }, after, limit)
	return web.WriteJSON(w, http.StatusOK, exposuresOf(rows, next))
}

// RetireExposed answers POST /api/v1/exposures/retire, after which each live secret that a person knows,
// or with lost_only may no longer know, expires after keep_old. New ones are created one by one, as each is shown once.
func (h *Handlers) RetireExposed(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, writeTeam)
	if err != nil {
		return err
	}
	var in struct {
		Team     string `json:"team"`
		PersonID string `json:"person_id"`
		KeepOld  int64  `json:"keep_old"` // seconds
		LostOnly bool   `json:"lost_only"`
	}
	if err := web.ReadFields(w, r, &in); err != nil {
		return err
	}
	team, err := h.teamFor(r.Context(), by, in.Team, "retire secrets")
	if err != nil {
		return err
	}
	if !idForm.MatchString(in.PersonID) {
		return fault("person_id", "Write the id of a person.")
	}
	if most := int64(app.MaxKeepOld / time.Second); in.KeepOld < 0 || in.KeepOld > most {
		return fault("keep_old", fmt.Sprintf("Write a number of seconds from 0 to %d.", most))
	}
	rows, err := h.Apps.RotateExposed(r.Context(), by, team, in.PersonID, in.LostOnly, time.Duration(in.KeepOld)*time.Second)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, exposuresOf(rows, nil))
}
