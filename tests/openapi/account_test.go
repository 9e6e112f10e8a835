package openapi

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

// What belongs to the token's person.
func TestAccount(t *testing.T) {
	w := newGround(t)
	team, app := w.team, w.token
	person := w.app.Member(w, team.ID, "developer")
	token := person.AddToken(w, "Account", "account:read", "account:write", "read")
	const path = "/api/v1/personal-tokens"
	ends := time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339)
	body := fmt.Sprintf(`{"name": "Job", "scopes": ["read"], "expires_at": %q}`, ends)
	once := append(jsonBy(token), "Idempotency-Key", "job")
	var made struct {
		ID    string `json:"id"`
		Token string `json:"token"`
	}
	r := w.send(201, http.MethodPost, path, body, once...)
	r.JSON(w, &made)
	w.app.Secret(made.Token)
	if again := w.send(409, http.MethodPost, path, body, once...); again.Location != r.Location || strings.Contains(again.Body, "gpp_") {
		w.Errorf("the same Idempotency-Key again = %s to %q, want no token, and %q", again.Body, again.Location, r.Location)
	}
	if got := w.send(200, http.MethodGet, r.Location, "", testapp.Bearer(token)...); strings.Contains(got.Body, "gpp_") {
		w.Errorf("GET %s shows the token again", r.Location)
	}
	if status := w.app.Me(w, made.Token); status != 200 {
		w.Errorf("GET /api/v1/me by the new token = %d, want 200", status)
	}
	if r := w.send(200, http.MethodPatch, "/api/v1/account", `{"name": "Renamed", "city": "Bari"}`, jsonBy(token)...); !strings.Contains(r.Body, `"name":"Renamed"`) || !strings.Contains(r.Body, `"city":"Bari"`) || !strings.Contains(r.Body, person.Email) {
		w.Errorf("PATCH /api/v1/account = %s, want the name and the city", r.Body)
	}
	w.send(422, http.MethodPatch, "/api/v1/account", `{"phone": "+39 081", "email": "other@example.com", "owner": true}`, jsonBy(token)...)
	w.send(200, http.MethodPatch, "/api/v1/account", `{"phone": "+39 080"}`, jsonBy(token)...)
	if r := w.send(200, http.MethodGet, "/api/v1/account", "", testapp.Bearer(token)...); !strings.Contains(r.Body, `"name":"Renamed","email":"`+person.Email+`","phone":"+39 080","city":"Bari","owner":false`) {
		w.Errorf("GET /api/v1/account = %s, want what was sent, and neither address nor rights changed", r.Body)
	}
	w.patchFails("name", "/api/v1/account", `{"name": " "}`, token)
	w.send(403, http.MethodPatch, "/api/v1/account", `{"name": "x"}`, jsonBy(made.Token)...) // without account:write
	w.send(403, http.MethodGet, "/api/v1/account", "", testapp.Bearer(app)...)               // an app is no person

	// No token makes a stronger one, or one that outlives it.
	w.send(403, http.MethodPost, path, fmt.Sprintf(`{"name": "Wide", "scopes": ["write"], "expires_at": %q}`, ends), jsonBy(token)...)
	for what, end := range map[string]string{"longer": `"` + time.Now().AddDate(0, 6, 0).UTC().Format(time.RFC3339) + `"`, "endless": "null"} {
		w.fields("expires_at", 422, path, `{"name": "`+what+`", "scopes": ["read"], "expires_at": `+end+`}`, token)
	}
	w.send(403, http.MethodPost, path, body, jsonBy(made.Token)...) // without account:write
	w.send(403, http.MethodGet, path, "", testapp.Bearer(app)...)   // an app is no person

	// Nor does an app make one for the person who allowed it all.
	web := w.app.AddClient(w, team.ID, "Account tool", "native", "--scope", "account:read", "--scope", "account:write", "--redirect-uri", testapp.Redirect)
	tokens := person.Authorize(w, web)
	w.send(403, http.MethodPost, path, body, jsonBy(tokens.AccessToken)...)
	w.send(200, http.MethodGet, path+"?state=live&limit=1", "", testapp.Bearer(tokens.AccessToken)...)
	var allowed struct {
		Authorizations []struct {
			ID       string `json:"id"`
			ClientID string `json:"client_id"`
		} `json:"authorizations"`
	}
	w.send(200, http.MethodGet, "/api/v1/authorizations", "", testapp.Bearer(token)...).JSON(w, &allowed)
	if len(allowed.Authorizations) != 1 || allowed.Authorizations[0].ClientID != web.ClientID {
		w.Fatalf("authorizations = %+v, want that of %s", allowed, web.ClientID)
	}
	mine := "/api/v1/authorizations/" + allowed.Authorizations[0].ID
	stranger := w.app.Member(w, team.ID, "admin").AddToken(w, "Stranger", "account:read", "account:write")
	w.send(404, http.MethodDelete, mine, "", testapp.Bearer(stranger)...)
	w.send(204, http.MethodDelete, mine, "", testapp.Bearer(token)...)
	w.send(401, http.MethodGet, "/api/v1/me", "", testapp.Bearer(tokens.AccessToken)...)

	var sessions struct {
		Sessions []struct {
			ID string `json:"id"`
		} `json:"sessions"`
	}
	w.send(200, http.MethodGet, "/api/v1/sessions", "", testapp.Bearer(token)...).JSON(w, &sessions)
	if len(sessions.Sessions) != 1 {
		w.Fatalf("sessions = %+v, want the one of the person's browser", sessions)
	}
	one := "/api/v1/sessions/" + sessions.Sessions[0].ID
	w.send(404, http.MethodDelete, one, "", testapp.Bearer(stranger)...)
	w.send(204, http.MethodDelete, one, "", testapp.Bearer(token)...)
	if r := person.Get(w, "/dashboard"); r.Status != http.StatusSeeOther {
		w.Errorf("GET /dashboard after its session was ended = %d, want 303", r.Status)
	}

	w.send(404, http.MethodDelete, r.Location, "", testapp.Bearer(stranger)...)
	w.send(204, http.MethodDelete, r.Location, "", testapp.Bearer(token)...)
	w.send(409, http.MethodDelete, r.Location, "", testapp.Bearer(token)...)
	if status := w.app.Me(w, made.Token); status != 401 {
		w.Errorf("GET /api/v1/me by the revoked token = %d, want 401", status)
	}
}
