package api

import (
	"net/http"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/web"
)

// The scopes that the addresses of a person's own account ask for.
const (
	readAccount  = "account:read"
	writeAccount = "account:write"
)

// person is caller for what belongs to a person. A token of an app for itself has none of it.
func (h *Handlers) person(w http.ResponseWriter, r *http.Request, scope string) (hub.Actor, error) {
	by, err := h.caller(w, r, scope)
	if err == nil && by.Kind != hub.Person {
		err = &hub.Forbidden{What: "use this address by an app's own token", WhoCan: "A token that stands for a person can: a personal token, or one of the authorization code grant."}
	}
	return by, err
}

// personAt is person with the id in the address.
func (h *Handlers) personAt(w http.ResponseWriter, r *http.Request, scope string) (by hub.Actor, id string, err error) {
	if by, err = h.person(w, r, scope); err != nil {
		return by, "", err
	}
	id, err = pathID(r, "id")
	return by, id, err
}

type authorization struct {
	ID         string     `json:"id"`
	ClientID   string     `json:"client_id"`
	Name       string     `json:"name"`
	Team       string     `json:"team"`
	Scopes     []string   `json:"scopes"`
	CreatedAt  time.Time  `json:"created_at"`
	UpdatedAt  time.Time  `json:"updated_at"`
	LastUsedAt *time.Time `json:"last_used_at"`
	LiveTokens int        `json:"live_tokens"`
}

// Authorizations answers GET /api/v1/authorizations with the apps that the token's person has
// allowed to act for them.
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
	rows, next := cut(rows, func(a db.AuthorizedApp) []string { return []string{a.ID} }, after, limit)
	out := struct {
		Authorizations []authorization `json:"authorizations"`
		Next           *string         `json:"next_cursor"`
	}{make([]authorization, len(rows)), next}
	for i, a := range rows {
		out.Authorizations[i] = authorization{
			a.ID, a.ClientID, a.AppName, a.TeamName, list(a.Scopes), a.CreatedAt.UTC(), a.UpdatedAt.UTC(), moment(a.LastUsedAt), a.LiveTokens,
		}
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

// RevokeAuthorization answers DELETE /api/v1/authorizations/{id}: the app's codes and tokens
// for the person end with it.
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

type session struct {
	ID         string    `json:"id"`
	UserAgent  string    `json:"user_agent"`
	Address    string    `json:"address"`
	CreatedAt  time.Time `json:"created_at"`
	LastSeenAt time.Time `json:"last_seen_at"`
	ExpiresAt  time.Time `json:"expires_at"`
}

// Sessions answers GET /api/v1/sessions with the browsers in which the token's person is
// signed in.
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
