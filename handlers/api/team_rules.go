package api

import (
	"net/http"

	"gatepost/handlers/hub"
	"gatepost/handlers/hub/team"
	"gatepost/handlers/web"
)

// teamRules limit the secrets and tokens of a team; 0 days means no limit.
type teamRules struct {
	MaxSecretDays int   `json:"max_secret_days"`
	MaxTokenDays  int   `json:"max_token_days"`
	WarnDays      []int `json:"warn_days"`
}

// TeamRules answers GET /api/v1/teams/{id}/rules.
func (h *Handlers) TeamRules(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.callerAt(w, r, readTeam, "id")
	if err != nil {
		return err
	}
	return h.writeRules(w, r, by, id)
}

func (h *Handlers) writeRules(w http.ResponseWriter, r *http.Request, by hub.Actor, id string) error {
	rules, err := h.Teams.Rules(r.Context(), by, id)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, teamRules{rules.MaxSecretDays, rules.MaxTokenDays, list(rules.WarnDays)})
}

// ChangeTeamRules answers PATCH /api/v1/teams/{id}/rules with the changed rules.
func (h *Handlers) ChangeTeamRules(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.callerAt(w, r, writeTeam, "id")
	if err != nil {
		return err
	}
	var in struct {
		MaxSecretDays *int   `json:"max_secret_days" null:"clear"`
		MaxTokenDays  *int   `json:"max_token_days" null:"clear"`
		WarnDays      *[]int `json:"warn_days" null:"clear"`
	}
	if err := web.ReadFields(w, r, &in); err != nil {
		return err
	}
	err = h.Teams.ChangeRules(r.Context(), by, id, func(rules *team.Rules) {
		put(&rules.MaxSecretDays, in.MaxSecretDays)
		put(&rules.MaxTokenDays, in.MaxTokenDays)
		put(&rules.WarnDays, in.WarnDays)
	})
	if err != nil {
		return err
	}
	return h.writeRules(w, r, by, id)
}

// violation is a secret or app that breaks a rule of its team; it keeps working.
type violation struct {
	Kind     string `json:"kind"` // secret_age or token_life
	Text     string `json:"text"`
	ClientID string `json:"client_id,omitempty"`
	SecretID string `json:"secret_id,omitempty"`
	Person   *named `json:"person,omitempty"`
}

// Violations answers GET /api/v1/teams/{id}/violations with a page of violations.
func (h *Handlers) Violations(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.callerAt(w, r, readTeam, "id")
	if err != nil {
		return err
	}
	after, limit, err := page(r, 3)
	if err != nil {
		return err
	}
	rows, err := h.Teams.Violations(r.Context(), by, id)
	if err != nil {
		return err
	}
	rows, next := cut(rows, func(v team.Violation) []string {
		return []string{v.Kind, v.App.Name + v.PersonName, v.Secret.ID + v.Token.ID}
	}, after, limit)
	out := struct {
		Violations []violation `json:"violations"`
		Next       *string     `json:"next_cursor"`
	}{make([]violation, len(rows)), next}
	for i, v := range rows {
		out.Violations[i] = violation{Kind: v.Kind, Text: v.Sentence().Text(), ClientID: v.App.ClientID, SecretID: v.Secret.ID}
		if v.PersonID != "" {
			out.Violations[i].Person = &named{v.PersonID, v.PersonName}
		}
	}
	return web.WriteJSON(w, http.StatusOK, out)
}
