package openapi

import (
	"net/http"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// What owners do, by a personal token.
func TestPortal(t *testing.T) {
	w := newGround(t)
	owner, team := w.owner(), w.team
	token := owner.AddToken(w, "Portal", "portal:read", "portal:write", "team:read")
	admin := w.app.Member(w, team.ID, "admin").AddToken(w, "No owner", "portal:read", "portal:write")

	w.send(403, http.MethodGet, "/api/v1/portal", "", testapp.Bearer(admin)...)
	if r := w.send(200, http.MethodPatch, "/api/v1/portal", `{"iotconnect_login": false, "personal_tokens_without_end": true}`, jsonBy(token)...); !strings.Contains(r.Body, `"personal_tokens_without_end":true,"iotconnect_login":false`) {
		w.Errorf("PATCH /api/v1/portal = %s, want what was sent", r.Body)
	}
	w.send(200, http.MethodPatch, "/api/v1/portal", `{"iotconnect_login": true, "personal_tokens_without_end": false}`, jsonBy(token)...)
	w.patchFails("requires_second_factor", "/api/v1/portal", `{"iotconnect_login": false, "long_passwords": true, "requires_second_factor": true}`, token)
	if r := w.send(200, http.MethodGet, "/api/v1/portal", "", testapp.Bearer(token)...); !strings.Contains(r.Body, `"iotconnect_login":true,"long_passwords":false,"requires_second_factor":false`) {
		w.Errorf("GET /api/v1/portal after a change that was refused in part = %s, want nothing changed", r.Body)
	}
	w.send(200, http.MethodPatch, "/api/v1/portal", `{"long_passwords": true, "requires_second_factor": false}`, jsonBy(token)...)
	w.send(200, http.MethodPatch, "/api/v1/portal", `{"long_passwords": false}`, jsonBy(token)...)
	w.patchFails("audit_keep_devices", "/api/v1/portal", `{"audit_keep_sign_ins": 400, "audit_keep_devices": 29}`, token)
	if r := w.send(200, http.MethodPatch, "/api/v1/portal", `{"audit_keep_devices": 400}`, jsonBy(token)...); !strings.Contains(r.Body, `"audit_keep_sign_ins":0,"audit_keep_security":0,"audit_keep_changes":0,"audit_keep_devices":400`) {
		w.Errorf("PATCH /api/v1/portal = %s, want the one kind of event kept for 400 days", r.Body)
	}
	w.send(200, http.MethodPatch, "/api/v1/portal", `{"audit_keep_devices": 0}`, jsonBy(token)...)
	w.send(409, http.MethodPost, "/api/v1/mails/test", "", testapp.Bearer(token)...) // there is no mail server

	// No app owns the portal, even one that an owner lets do all.
	tool := w.app.AddClient(w, team.ID, "Owner's tool", "native", "--scope", "portal:read", "--scope", "portal:write", "--redirect-uri", testapp.Redirect)
	w.send(403, http.MethodPatch, "/api/v1/portal", `{"iotconnect_login": false}`, jsonBy(owner.Authorize(w, tool).AccessToken)...)

	w.send(200, http.MethodGet, "/api/v1/signing-keys", "", testapp.Bearer(token)...)
	w.send(201, http.MethodPost, "/api/v1/signing-keys/rotate", "", testapp.Bearer(token)...)
	w.send(409, http.MethodPost, "/api/v1/signing-keys/rotate", "", testapp.Bearer(token)...)
	w.send(403, http.MethodPost, "/api/v1/signing-keys/rotate", "", testapp.Bearer(admin)...)
	w.send(201, http.MethodPost, "/api/v1/scopes", `{"name": "meters/read", "sentence": "Read meters"}`, jsonBy(token)...)
	w.send(409, http.MethodPost, "/api/v1/scopes", `{"name": "meters/read"}`, jsonBy(token)...)
	w.fields("name", 422, "/api/v1/scopes", `{"name": "two words"}`, token)

	w.send(200, http.MethodGet, "/api/v1/portal/audit-events?limit=5&action=key.rotated", "", testapp.Bearer(token)...)
	w.send(403, http.MethodGet, "/api/v1/portal/audit-events", "", testapp.Bearer(admin)...)
	w.app.RequestToken(w, testapp.Credentials{ClientID: "nobody", ClientSecret: "x"})
	if r := w.send(200, http.MethodGet, "/api/v1/portal/auth-failures?reason=unknown_client&limit=1", "", testapp.Bearer(token)...); !strings.Contains(r.Body, `"reason":"unknown_client"`) {
		w.Errorf("GET /api/v1/portal/auth-failures = %s, want the one of nobody", r.Body)
	}

	person := w.app.Member(w, team.ID, "viewer")
	var people struct {
		People []named `json:"people"`
	}
	w.send(200, http.MethodGet, "/api/v1/people?q="+person.Email+"&state=active", "", testapp.Bearer(token)...).JSON(w, &people)
	if len(people.People) != 1 {
		w.Fatalf("people = %+v, want %s", people, person.Email)
	}
	path := "/api/v1/people/" + people.People[0].ID
	w.send(200, http.MethodGet, path, "", testapp.Bearer(token)...)
	if r := w.send(200, http.MethodPatch, path, `{"disabled": true}`, jsonBy(token)...); !strings.Contains(r.Body, `"state":"disabled"`) {
		w.Errorf("PATCH %s = %s, want the person disabled", path, r.Body)
	}
	if r := person.Get(w, "/dashboard"); r.Status != http.StatusSeeOther {
		w.Errorf("GET /dashboard by a disabled person = %d, want 303", r.Status)
	}
	w.send(200, http.MethodPatch, path, `{"disabled": false}`, jsonBy(token)...)
	w.send(403, http.MethodGet, "/api/v1/people", "", testapp.Bearer(admin)...)
}

const meters = `{"openapi": "3.1.0", "info": {"title": "Meters", "version": "1"}, "servers": [{"url": "https://meters.example.com"}], "paths": {}}`

// An owner brings an API.
func TestAPIs(t *testing.T) {
	w := newGround(t)
	token := w.owner().AddToken(w, "APIs", "portal:read", "portal:write", "team:read")
	admin := w.app.Member(w, w.team.ID, "admin").AddToken(w, "No owner", "portal:read", "portal:write")
	const path = "/api/v1/apis"
	once := append(jsonBy(token), "Idempotency-Key", "meters")
	made := w.send(201, http.MethodPost, path, `{"name": "Meters", "audience": "https://meters.example.com"}`, once...)
	w.send(409, http.MethodPost, path, `{"name": "Meters", "audience": "https://meters.example.com"}`, once...)
	w.fields("audience", 422, path, `{"name": "Meters", "audience": "https://meters.example.com"}`, token)
	w.send(403, http.MethodPost, path, `{"name": "Mine", "audience": "urn:mine"}`, jsonBy(admin)...)
	at := made.Location
	w.send(200, http.MethodGet, path, "", testapp.Bearer(token)...)
	w.send(200, http.MethodGet, at, "", testapp.Bearer(token)...)
	w.patchFails("servers", at, `{"servers": ["https://meters.example.com"]}`, token) // no document yet
	w.patchFails("slug", at, `{"slug": "meters"}`, token)

	yaml := append(testapp.Bearer(token), "Content-Type", "application/yaml")
	w.send(201, http.MethodPost, at+"/documents", meters, jsonBy(token)...)
	second := w.send(201, http.MethodPost, at+"/documents", "openapi: 3.1.0\ninfo: {title: Gauges, version: '2'}\npaths: {}\n", yaml...)
	w.send(422, http.MethodPost, at+"/documents", "swagger: '2.0'", yaml...)
	w.send(415, http.MethodPost, at+"/documents", "x", append(testapp.Bearer(token), "Content-Type", "text/plain")...)
	w.patchFails("servers", at, `{"servers": ["https://meters.example.com"]}`, token) // the newest declares none
	if r := w.send(200, http.MethodGet, second.Location, "", testapp.Bearer(token)...); !strings.Contains(r.Body, `"document":{"openapi":"3.1.0"`) {
		w.Errorf("GET %s = %s, want the document in it", second.Location, r.Body)
	}
	third := w.send(201, http.MethodPost, at+"/documents/1/restore", "", testapp.Bearer(token)...)
	if !strings.HasSuffix(third.Location, "/documents/3") || !strings.Contains(third.Body, `"title":"Meters"`) {
		w.Errorf("restore of version 1 = %s at %s, want it as version 3", third.Body, third.Location)
	}
	w.send(404, http.MethodPost, at+"/documents/9/restore", "", testapp.Bearer(token)...)
	if r := w.send(200, http.MethodGet, at+"/documents?limit=2", "", testapp.Bearer(token)...); !strings.Contains(r.Body, `"version":3`) || strings.Contains(r.Body, `"next_cursor":null`) {
		w.Errorf("GET %s/documents?limit=2 = %s, want the newest two of three", at, r.Body)
	}
	w.send(422, http.MethodPost, at+"/documents/fetch", `{"address": "http://127.0.0.1/openapi.yaml"}`, jsonBy(token)...)
	if r := w.send(422, http.MethodPost, at+"/documents/fetch", `{"address": "https://127.0.0.1/openapi.yaml"}`, jsonBy(token)...); !strings.Contains(r.Body, "The document can't be fetched") {
		w.Errorf("fetch from inside = %s, want it refused like nothing", r.Body)
	}

	if r := w.send(200, http.MethodPatch, at, `{"name": "Gauges", "audience": "urn:gauges", "slug": "gauges", "servers": ["https://meters.example.com"], "direct": true}`, jsonBy(token)...); !strings.Contains(r.Body, `"slug":"gauges"`) || !strings.Contains(r.Body, `"servers":["https://meters.example.com"],"direct":true`) {
		w.Errorf("PATCH %s = %s, want what was sent", at, r.Body)
	}
	w.patchFails("slug", at, `{"slug": "oauth2-redirect"}`, token)
	w.patchFails("access", at, `{"access": "everybody"}`, token)
	w.patchFails("apps", at, `{"access": "apps", "apps": ["nothing"]}`, token)
	if r := w.send(200, http.MethodPatch, at, `{"access": "apps", "apps": []}`, jsonBy(token)...); !strings.Contains(r.Body, `"access":"apps","apps":[]`) {
		w.Errorf("PATCH %s of the access = %s, want it open to no app", at, r.Body)
	}
	w.patchFails("servers", at, `{"name": "Half", "servers": ["https://other.example.com"]}`, token)
	if r := w.send(200, http.MethodGet, at, "", testapp.Bearer(token)...); !strings.Contains(r.Body, `"name":"Gauges"`) {
		w.Errorf("GET %s after a change that was refused in part = %s, want nothing changed", at, r.Body)
	}
	w.send(204, http.MethodDelete, at, "", testapp.Bearer(token)...)
	w.send(404, http.MethodGet, at, "", testapp.Bearer(token)...)
}

// patchFails says that a PATCH fails for a field.
func (w *walker) patchFails(field, path, body, token string) {
	w.Helper()
	if r := w.send(422, http.MethodPatch, path, body, jsonBy(token)...); !strings.Contains(r.Body, `"field":"`+field+`"`) {
		w.Errorf("PATCH %s with %s = %s, want the fault in %s", path, body, r.Body, field)
	}
}
