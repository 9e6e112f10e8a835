package api

import (
	"net/http"
	"regexp"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/web"
	"gatepost/views/words"
)

// authFailure is a refused token request. The client saw the code; only the app's team can see the
// reason and its text, which say what really went wrong.
type authFailure struct {
	ID          string    `json:"error_id"`
	At          time.Time `json:"at"`
	ClientID    string    `json:"client_id"`
	App         string    `json:"app"`
	SecretID    string    `json:"secret_id"`
	SecretHint  string    `json:"secret_hint"`
	Status      int       `json:"status"`
	Code        string    `json:"error"`
	Description string    `json:"error_description"`
	Reason      string    `json:"reason"`
	Text        string    `json:"text"`
	Endpoint    string    `json:"endpoint"`
	Dialect     string    `json:"dialect"`
	Address     string    `json:"address"`
	UserAgent   string    `json:"user_agent"`
}

func (h *Handlers) failureOf(f db.AuthFailure) authFailure {
	return authFailure{
		f.ID, f.At, f.ClientID, f.AppName, f.SecretID, f.Hint, f.Status, f.Code, f.Description, f.Reason, app.FailureSentence(f).Text(h.Now()),
		f.Endpoint, f.Dialect, f.Address, f.UserAgent,
	}
}

// AuthFailures answers GET /api/v1/auth-failures with a page of a team's refused token
// requests, newest first.
func (h *Handlers) AuthFailures(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, readApps)
	if err != nil {
		return err
	}
	q, err := failureQuery(r)
	if err != nil {
		return err
	}
	if q.TeamID, err = h.queryTeam(r, by, "see refused requests"); err != nil {
		return err
	}
	rows, more, err := h.Apps.TeamFailures(r.Context(), by, q)
	if err != nil {
		return err
	}
	return h.writeFailures(w, rows, more)
}

// PortalAuthFailures answers GET /api/v1/portal/auth-failures with the refused requests
// that name no app.
func (h *Handlers) PortalAuthFailures(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, readPortal)
	if err != nil {
		return err
	}
	q, err := failureQuery(r)
	if err != nil {
		return err
	}
	rows, more, _, err := h.Apps.OwnerFailures(r.Context(), by, q)
	if err != nil {
		return err
	}
	return h.writeFailures(w, rows, more)
}

func (h *Handlers) writeFailures(w http.ResponseWriter, rows []db.AuthFailure, more bool) error {
	out := struct {
		Failures []authFailure `json:"auth_failures"`
		Next     *string       `json:"next_cursor"`
	}{Failures: make([]authFailure, len(rows))}
	for i, f := range rows {
		out.Failures[i] = h.failureOf(f)
	}
	if more {
		out.Next = cursorOf(rows[len(rows)-1].ID)
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

func failureQuery(r *http.Request) (q db.AuthFailureQuery, err error) {
	if err = queryTexts(r, map[string]*string{"client_id": &q.ClientID, "secret_id": &q.SecretID, "address": &q.Address}); err != nil {
		return q, err
	}
	var kinds []string
	for _, f := range words.Failures() {
		kinds = append(kinds, f.Kind)
	}
	if q.Reason, err = queryKnown(r, "reason", kinds, "Write the name of a reason, such as secret_expired."); err != nil {
		return q, err
	}
	s, err := querySpan(r)
	q.Since, q.Until, q.Before, q.Limit = s.since, s.until, s.before, s.limit
	return q, err
}

var errorIDForm = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)

// AuthFailure answers GET /api/v1/auth-failures/{error_id}.
func (h *Handlers) AuthFailure(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, readApps)
	if err != nil {
		return err
	}
	id := r.PathValue("error_id")
	if !errorIDForm.MatchString(id) {
		return web.NotFound()
	}
	row, err := h.Apps.Failure(r.Context(), by, id)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, h.failureOf(row))
}
