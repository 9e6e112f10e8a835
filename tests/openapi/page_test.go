package openapi

import (
	"net/http"

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
