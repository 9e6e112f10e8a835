package api

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/web"
)

type liveToken struct {
	ID         string     `json:"id"`
	Kind       string     `json:"kind"` // access or refresh
	Person     *named     `json:"person"`
	Scopes     []string   `json:"scopes"`
	Audience   []string   `json:"audience"`
	SecretID   string     `json:"secret_id"`
	SecretHint string     `json:"secret_hint"`
	IssuedAt   time.Time  `json:"issued_at"`
	ExpiresAt  time.Time  `json:"expires_at"`
	LastSeenAt *time.Time `json:"last_seen_at"`
}

func tokenOf(t db.LiveToken) liveToken {
	out := liveToken{
		ID: t.JTI, Kind: "access", Scopes: list(strings.Fields(t.Scope)), Audience: list(strings.Fields(t.Audience)),
		SecretID: t.SecretID, SecretHint: t.SecretHint, IssuedAt: t.IssuedAt.UTC(), ExpiresAt: t.ExpiresAt.UTC(), LastSeenAt: moment(t.LastSeenAt),
	}
	if t.Refresh {
		out.Kind = "refresh"
	}
	if t.PersonID != "" {
		out.Person = &named{t.PersonID, t.PersonName}
	}
	return out
}

// Tokens answers GET /api/v1/apps/{client_id}/tokens with a page of the facts of the app's live tokens,
// newest first. Tokens themselves are not stored, so none is shown.
func (h *Handlers) Tokens(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.callerAt(w, r, readApps, "client_id")
	if err != nil {
		return err
	}
	place, limit, err := page(r, 2)
	if err != nil {
		return err
	}
	var after db.TokenKey
	if place != nil {
		seconds, err := strconv.ParseInt(place[0], 10, 64)
		if err != nil {
			return badCursor()
		}
		after = db.TokenKey{IssuedAt: time.Unix(seconds, 0), ID: place[1]}
	}
	rows, more, err := h.Apps.LiveTokensFrom(r.Context(), by, id, after, limit)
	if err != nil {
		return err
	}
	out := struct {
		Tokens []liveToken `json:"tokens"`
		Next   *string     `json:"next_cursor"`
	}{Tokens: make([]liveToken, len(rows))}
	for i, t := range rows {
		out.Tokens[i] = tokenOf(t)
	}
	if more {
		last := rows[len(rows)-1]
		out.Next = cursorOf(strconv.FormatInt(last.IssuedAt.Unix(), 10), last.JTI)
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

// Token answers GET /api/v1/apps/{client_id}/tokens/{jti}.
func (h *Handlers) Token(w http.ResponseWriter, r *http.Request) error {
	by, app, err := h.callerAt(w, r, readApps, "client_id")
	if err != nil {
		return err
	}
	id, err := pathID(r, "jti")
	if err != nil {
		return err
	}
	row, err := h.Apps.LiveToken(r.Context(), by, app, id)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, tokenOf(row))
}

// RevokeToken answers DELETE /api/v1/apps/{client_id}/tokens/{jti}. It also revokes
// the other tokens of the same consent.
func (h *Handlers) RevokeToken(w http.ResponseWriter, r *http.Request) error {
	by, app, err := h.callerAt(w, r, writeApps, "client_id")
	if err != nil {
		return err
	}
	id, err := pathID(r, "jti")
	if err != nil {
		return err
	}
	if err := h.Apps.RevokeToken(r.Context(), by, app, id); err != nil {
		return err
	}
	return noContent(w)
}

// RevokeTokens answers DELETE /api/v1/apps/{client_id}/tokens, which revokes all of them.
func (h *Handlers) RevokeTokens(w http.ResponseWriter, r *http.Request) error {
	by, app, err := h.callerAt(w, r, writeApps, "client_id")
	if err != nil {
		return err
	}
	if err := h.Apps.RevokeTokens(r.Context(), by, app); err != nil {
		return err
	}
	return noContent(w)
}
