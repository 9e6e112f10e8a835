package openapi

import (
	"net/http"
	"strings"

	"gatepost/tests/testapp"
)

var everyScope = []string{"read", "write", "transactions/mock", "apps:read", "apps:write", "team:read", "team:write", "account:read", "account:write", "portal:read", "portal:write"}

// page is any list of the API.
type page struct {
	Apps, Secrets, Tokens, Teams, Members, Invitations, Events, Drills, Exposures []struct {
		ID       string `json:"id"`
		ClientID string `json:"client_id"`
		Name     string `json:"name"`
		Action   string `json:"action"`
		Email    string `json:"email"`
		Kind     string `json:"kind"`
		SecretID string `json:"secret_id"`
	}
	Next *string `json:"next_cursor"`
}

func (w *walker) page(token, path string) (p page) {
	w.Helper()
	w.send(200, http.MethodGet, path, "", testapp.Bearer(token)...).JSON(w, &p)
	return p
}

// manage walks what a script does to run a portal, by an app's token that may do everything
// in its team.
func (w *walker) manage(team, stranger testapp.Team, foreign testapp.Credentials) {
	token := w.app.Token(w, w.app.AddApp(w, team.ID, "Manager", everyScope...))
	w.changesApp(token, foreign)
	w.rotates(token, foreign)
	w.tokensOfApp(token, foreign)
	w.changesDevices(team, token)
	w.changesMany(team, stranger, token, foreign)
	w.importsDevices(stranger, token, foreign)
	w.runsTeam(team, stranger, token)
	w.audits(team, stranger, token)
	w.limits(token)
}

// limits are told with each answer.
func (w *walker) limits(token string) {
	first := w.send(200, http.MethodGet, "/api/v1/me", "", testapp.Bearer(token)...).Header
	if first.Get("RateLimit-Limit") == "" || first.Get("RateLimit-Remaining") == "" || first.Get("RateLimit-Reset") == "" {
		w.Errorf("GET /api/v1/me without RateLimit headers: %v", first)
	}
	if !strings.Contains(first.Get("Access-Control-Expose-Headers"), "RateLimit-Remaining") {
		w.Errorf("Access-Control-Expose-Headers = %q, want the RateLimit headers", first.Get("Access-Control-Expose-Headers"))
	}
}
