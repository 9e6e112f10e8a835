package openapi

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

func TestAppChanges(t *testing.T) {
	w := newGround(t)
	token, foreign := w.token, w.foreign
	var app createdApp
	w.send(201, http.MethodPost, "/api/v1/apps", `{"name": "Changes", "scopes": ["read"], "kind": "web", "redirect_uris": ["https://a.example/cb"]}`, jsonBy(token)...).JSON(w, &app)
	w.app.Secret(app.ClientSecret)
	path := "/api/v1/apps/" + app.ClientID
	patch := func(status int, body string, headers ...string) *testapp.Answer {
		w.Helper()
		return w.send(status, http.MethodPatch, path, body, append(jsonBy(token), headers...)...)
	}
	first := w.send(200, http.MethodGet, path, "", testapp.Bearer(token)...).Header.Get("ETag")
	r := patch(200, `{"description": "Changed", "token_lifetime": 900, "refresh_grace": 0, "refresh": true}`, "If-Match", first)
	for _, want := range []string{`"description":"Changed"`, `"token_lifetime":900`, `"refresh_grace":0`, `"name":"Changes"`, `"refresh_token"`, `"scopes":["read"]`, `"https://a.example/cb"`} {
		if !strings.Contains(r.Body, want) {
			w.Errorf("PATCH %s = %s, want %s in it", path, r.Body, want)
		}
	}
	if r := patch(200, `{"refresh_grace": 60}`); !strings.Contains(r.Body, `"refresh_grace":60`) {
		w.Errorf("PATCH of refresh_grace = %s, want it in the answer", r.Body)
	}
	made := w.send(201, http.MethodPost, "/api/v1/apps", `{"name": "Graceful", "scopes": ["read"], "refresh_grace": 30}`, jsonBy(token)...)
	if !strings.Contains(made.Body, `"refresh_grace":30`) {
		w.Errorf("POST with refresh_grace = %s, want it in the answer", made.Body)
	}
	var graceful createdApp
	made.JSON(w, &graceful)
	w.app.Secret(graceful.ClientSecret)
	w.send(422, http.MethodPost, "/api/v1/apps", `{"name": "Greedy", "scopes": ["read"], "refresh_grace": 61}`, jsonBy(token)...)
	patch(412, `{"name": "Late"}`, "If-Match", first)
	patch(412, `{"name": "Late"}`, "If-Match", `"made-up", W/"weak"`)
	patch(200, `{"name": "Any"}`, "If-Match", "*")
	if same := patch(200, `{}`); same.Header.Get("ETag") != w.send(200, http.MethodGet, path, "", testapp.Bearer(token)...).Header.Get("ETag") {
		w.Error("ETag of a PATCH and of the GET after it differ")
	}
	const key = `{"kty": "EC", "crv": "P-256", "kid": "k", "use": "sig", "alg": "ES256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`
	if r := patch(200, `{"auth_method": "private_key_jwt", "jwks": `+key+`}`); !strings.Contains(r.Body, `"crv":"P-256"`) {
		w.Errorf("PATCH of jwks = %s, want the key in it", r.Body)
	}
	if r := patch(200, `{"jwks_uri": "https://keys.example/jwks.json"}`); !strings.Contains(r.Body, `"jwks":null`) {
		w.Errorf("PATCH of jwks_uri = %s, want it in the place of jwks", r.Body)
	}
	patch(200, `{"auth_method": "client_secret", "introspection": "team"}`)
	for field, body := range map[string]string{
		"scopes": `{"scopes": ["no such"]}`, "name": `{"name": ""}`, "token_lifetime": `{"token_lifetime": 9223372036854775807}`, "refresh_grace": `{"refresh_grace": -1}`, "redirect_uris": `{"redirect_uris": []}`,
		"introspection": `{"introspection": "portal"}`, "auth_method": `{"auth_method": "magic"}`, "jwks": `{"auth_method": "private_key_jwt", "jwks": {"kty": 1}}`,
	} {
		var p problem
		if patch(422, body).JSON(w, &p); len(p.Errors) != 1 || p.Errors[0].Field != field {
			w.Errorf("PATCH %s: errors = %+v, want one for %s", body, p.Errors, field)
		}
	}
	for _, body := range []string{``, `[]`, `{"name": 1}`, `{"scopes": [null]}`, `{"token_lifetime": 1.5}`} {
		patch(400, body)
	}
	w.send(404, http.MethodPatch, "/api/v1/apps/"+foreign.ClientID, `{}`, jsonBy(token)...)

	// A token can't give an app, itself included, what it has not got.
	narrow := w.app.AddApp(w, w.team.ID, "Narrow", "apps:write")
	w.send(403, http.MethodPatch, "/api/v1/apps/"+narrow.ClientID, `{"scopes": ["apps:write", "team:write"]}`, jsonBy(w.app.Token(w, narrow))...)

	// The same key makes one app.
	once := append(jsonBy(token), "Idempotency-Key", "make one")
	made = w.send(201, http.MethodPost, "/api/v1/apps", `{"name": "Once", "scopes": ["read"]}`, once...)
	var second createdApp
	made.JSON(w, &second)
	w.app.Secret(second.ClientSecret)
	if again := w.send(409, http.MethodPost, "/api/v1/apps", `{"name": "Once", "scopes": ["read"]}`, once...); again.Location != made.Location {
		w.Errorf("the same Idempotency-Key again leads to %q, want %q", again.Location, made.Location)
	}
	w.send(400, http.MethodPost, "/api/v1/apps", `{"name": "Twice", "scopes": ["read"]}`, append(jsonBy(token), "Idempotency-Key", strings.Repeat("x", 201))...)

	// Pages and filters.
	var names []string
	for path := "/api/v1/apps?limit=2"; path != ""; {
		p := w.page(token, path)
		path = ""
		if p.Next != nil {
			path = "/api/v1/apps?limit=2&cursor=" + *p.Next
		}
		for _, a := range p.Apps {
			names = append(names, a.Name)
		}
	}
	if all := w.page(token, "/api/v1/apps?limit=200"); !slices.IsSorted(names) || len(all.Apps) != len(names) || len(names) < 4 {
		w.Errorf("apps page by page = %q, want the %d of the one page by name", names, len(all.Apps))
	}
	if p := w.page(token, "/api/v1/apps?name=Once&kind=server"); len(p.Apps) != 1 || p.Apps[0].ClientID != second.ClientID {
		w.Errorf("apps named Once = %+v, want one", p.Apps)
	}
}

func TestSecretRotates(t *testing.T) {
	w := newGround(t)
	token, foreign := w.token, w.foreign
	var app createdApp
	w.send(201, http.MethodPost, "/api/v1/apps", `{"name": "Turns", "scopes": ["read"]}`, jsonBy(token)...).JSON(w, &app)
	w.app.Secret(app.ClientSecret)
	path := "/api/v1/apps/" + app.ClientID + "/secrets"
	old := testapp.Credentials{ClientID: app.ClientID, ClientSecret: app.ClientSecret}
	rotate := func(status int, body string, headers ...string) (made secret) {
		w.Helper()
		r := w.send(status, http.MethodPost, path+"/rotate", body, append(jsonBy(token), headers...)...)
		if status == 201 {
			r.JSON(w, &made)
			w.app.Secret(made.ClientSecret)
			w.app.Token(w, testapp.Credentials{ClientID: app.ClientID, ClientSecret: made.ClientSecret})
			if got := w.send(200, http.MethodGet, r.Location, "", testapp.Bearer(token)...); !strings.Contains(got.Body, made.ID) || strings.Contains(got.Body, "gps_") {
				w.Errorf("GET %s = %s, want the new secret's facts", r.Location, got.Body)
			}
		}
		return made
	}
	rotate(201, `{"keep_old": 3600, "label": "next"}`, "Idempotency-Key", "turn")
	rotate(409, `{"keep_old": 3600, "label": "next"}`, "Idempotency-Key", "turn")
	w.app.Token(w, old) // still good
	rotate(201, `{"keep_old": 0}`)
	w.app.Token(w, old) // its promised end holds
	p := w.page(token, path+"?limit=1")
	if len(p.Secrets) != 1 || p.Next == nil {
		w.Fatalf("first page of secrets = %+v", p)
	}
	if rest := w.page(token, path+"?cursor="+*p.Next); len(rest.Secrets) != 2 || rest.Next != nil {
		w.Errorf("the other secrets = %+v, want two", rest)
	}
	if p := w.page(token, path+"?state=revoked"); len(p.Secrets) != 1 {
		w.Errorf("revoked secrets = %+v, want one", p.Secrets)
	}
	rotate(422, `{"keep_old": -1}`)
	rotate(422, `{"keep_old": 7776001}`)
	rotate(422, `{"label": "`+strings.Repeat("x", 200)+`"}`)
	rotate(400, `{"keep_old": "1h"}`)
	w.send(404, http.MethodPost, "/api/v1/apps/"+foreign.ClientID+"/secrets/rotate", `{}`, jsonBy(token)...)
	w.send(404, http.MethodGet, path+"/nothing", "", testapp.Bearer(token)...)
	w.send(422, http.MethodGet, path+"?limit=0", "", testapp.Bearer(token)...)
}

func TestTokensOfApp(t *testing.T) {
	w := newGround(t)
	token, foreign := w.token, w.foreign
	c := w.app.AddApp(w, w.team.ID, "Many", "read")
	path := "/api/v1/apps/" + c.ClientID + "/tokens"
	var live []string
	for range 3 {
		live = append(live, w.app.Token(w, c))
	}
	var ids []string
	for at := path + "?limit=1"; at != ""; {
		p := w.page(token, at)
		if at = ""; p.Next != nil {
			at = path + "?limit=1&cursor=" + *p.Next
		}
		for _, t := range p.Tokens {
			if t.Kind != "access" {
				w.Errorf("kind of a token = %q, want access", t.Kind)
			}
			ids = append(ids, t.ID)
		}
	}
	slices.Sort(ids)
	if len(slices.Compact(ids)) != 3 {
		w.Fatalf("tokens page by page = %v, want three", ids)
	}
	w.send(200, http.MethodGet, path+"/"+ids[0], "", testapp.Bearer(token)...)
	w.send(204, http.MethodDelete, path+"/"+ids[0], "", testapp.Bearer(token)...)
	w.send(404, http.MethodDelete, path+"/"+ids[0], "", testapp.Bearer(token)...)
	w.send(404, http.MethodGet, path+"/"+ids[0], "", testapp.Bearer(token)...)
	w.send(404, http.MethodDelete, "/api/v1/apps/"+foreign.ClientID+"/tokens/"+ids[1], "", testapp.Bearer(token)...)
	w.send(404, http.MethodGet, "/api/v1/apps/"+foreign.ClientID+"/tokens", "", testapp.Bearer(token)...)
	w.send(404, http.MethodDelete, "/api/v1/apps/"+foreign.ClientID+"/tokens", "", testapp.Bearer(token)...)
	w.send(422, http.MethodGet, path+"?cursor=WyJ4IiwieSJd", "", testapp.Bearer(token)...)
	w.send(204, http.MethodDelete, path, "", testapp.Bearer(token)...)
	for _, t := range live {
		if got := w.app.Me(w, t); got != http.StatusUnauthorized {
			w.Errorf("a revoked token = %d, want 401", got)
		}
	}
	if p := w.page(token, path); len(p.Tokens) != 0 || p.Next != nil {
		w.Errorf("tokens after their revocation = %+v, want none", p)
	}
	w.send(403, http.MethodGet, path, "", testapp.Bearer(w.app.Token(w, c))...)
}

// What a PATCH can change can be chosen when the app is created, and what doesn't fit the app is refused.
func TestAppIsCreatedWithItsSettings(t *testing.T) {
	w := newGround(t)
	token := w.owner().AddToken(t, t.Name(), everyScope...)
	const jwk = `{"kty": "EC", "crv": "P-256", "kid": "k", "use": "sig", "alg": "ES256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`
	create := func(status int, name, more string) *testapp.Answer {
		w.Helper()
		return w.send(status, http.MethodPost, "/api/v1/apps", `{"team": "`+w.team.ID+`", "name": "`+name+`", "scopes": ["read"]`+more+`}`, jsonBy(token)...)
	}
	made := create(201, "All", `, "token_lifetime": 900, "auth_method": "private_key_jwt", "jwks": `+jwk+`, "query_parameters": true, "introspection": "team", "mint_burst": 7, "mint_rate": 3`)
	if strings.Contains(made.Body, "client_secret\":") {
		w.Errorf("an app with keys of its own got a secret: %s", made.Body)
	}
	for _, body := range []string{made.Body, w.send(200, http.MethodGet, made.Location, "", testapp.Bearer(token)...).Body} {
		for _, want := range []string{`"token_lifetime":900`, `"auth_method":"private_key_jwt"`, `"kid":"k"`, `"query_parameters":true`, `"introspection":"team"`, `"mint_burst":7`, `"mint_rate":3`} {
			if !strings.Contains(body, want) {
				w.Errorf("the app that was created = %s, want %s in it", body, want)
			}
		}
	}
	var events struct {
		Events []struct{ Action, Detail string }
	}
	w.send(200, http.MethodGet, made.Location+"/events?action=app.created", "", testapp.Bearer(token)...).JSON(w, &events)
	if len(events.Events) != 1 || !strings.Contains(events.Events[0].Detail, "parameters in the query string: true") || !strings.Contains(events.Events[0].Detail, "tokens live 15m") {
		w.Errorf("the audit event = %+v, want the settings in it", events)
	}
	web := `, "kind": "web", "redirect_uris": ["https://a.example/cb"]`
	if r := create(201, "Web", web+`, "jwks_uri": null, "introspection": null, "refresh": true, "secret_expires_at": null`); !strings.Contains(r.Body, "refresh_token") {
		w.Errorf("a web app with refresh = %s, want the grant", r.Body)
	} else {
		var app createdApp
		r.JSON(w, &app)
		w.app.Secret(app.ClientSecret)
	}
	native := `, "kind": "native"`
	for more, field := range map[string]string{
		`, "token_lifetime": 59`: "token_lifetime", `, "auth_method": "none"`: "auth_method", `, "auth_method": "private_key_jwt"`: "jwks", `, "jwks": ` + jwk: "auth_method",
		`, "jwks_uri": "https://keys.example/jwks.json"`: "auth_method", `, "introspection": "all"`: "introspection", `, "introspection": "portal"`: "introspection", `, "mint_burst": 2000000`: "mint_burst", `, "refresh": true`: "refresh",
		web + `, "grant_types": ["authorization_code", "refresh_token"], "refresh": false`: "refresh",
		native + `, "auth_method": "client_secret"`:                                        "auth_method", native + `, "query_parameters": true`: "query_parameters", native + `, "introspection": "team"`: "introspection",
		native + `, "secret_expires_at": "2026-12-24T00:00:00Z"`: "secret_expires_at", native + `, "jwks": ` + jwk: "auth_method",
	} {
		var p problem
		if create(422, "Refused", more).JSON(w, &p); len(p.Errors) != 1 || p.Errors[0].Field != field {
			w.Errorf("an app with %s: errors = %+v, want one for %s", more, p.Errors, field)
		}
	}
	admin := w.app.Member(w, w.team.ID, "developer").AddToken(w, "No admin", "apps:read", "apps:write", "read")
	w.fields("introspection", 422, "/api/v1/apps", `{"name": "Reads", "scopes": ["read"], "introspection": "team"}`, admin)
	w.send(403, http.MethodPost, "/api/v1/apps", `{"name": "Fast", "scopes": ["read"], "mint_burst": 5000}`, jsonBy(admin)...)

	// A change says nothing that the app can't do either.
	for body, field := range map[string]string{`{"auth_method": "client_secret", "jwks": ` + jwk + `}`: "auth_method", `{"refresh": true}`: "refresh"} {
		var p problem
		if w.send(422, http.MethodPatch, made.Location, body, jsonBy(token)...).JSON(w, &p); len(p.Errors) != 1 || p.Errors[0].Field != field {
			w.Errorf("PATCH %s: errors = %+v, want one for %s", body, p.Errors, field)
		}
	}
}

func TestTeamAndAPIAreCreatedWithTheirSettings(t *testing.T) {
	w := newGround(t)
	owner := w.owner()
	token := owner.AddToken(t, t.Name(), everyScope...)
	w.fields("requires_second_factor", 422, "/api/v1/teams", `{"name": "Strict", "requires_second_factor": true}`, token) // the owner has none
	w.send(201, http.MethodPost, "/api/v1/teams", `{"name": "Lax", "requires_second_factor": false}`, jsonBy(token)...)
	app := w.app.AddApp(w, w.team.ID, "Named", "read")
	r := w.send(201, http.MethodPost, "/api/v1/apis", `{"name": "Named", "audience": "urn:named", "access": "apps", "apps": ["`+app.ClientID+`"]}`, jsonBy(token)...)
	for _, body := range []string{r.Body, w.send(200, http.MethodGet, r.Location, "", testapp.Bearer(token)...).Body} {
		if !strings.Contains(body, `"access":"apps","apps":["`+app.ClientID+`"]`) {
			w.Errorf("the API that was created = %s, want it open to one app", body)
		}
	}
	w.fields("apps", 422, "/api/v1/apis", `{"name": "Lost", "audience": "urn:lost", "apps": ["`+app.ClientID+`"]}`, token)
	w.fields("access", 422, "/api/v1/apis", `{"name": "Lost", "audience": "urn:lost", "access": "all"}`, token)
}
