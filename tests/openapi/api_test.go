package openapi

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

type me struct {
	Type     string   `json:"type"`
	ClientID string   `json:"client_id"`
	Name     string   `json:"name"`
	Person   *named   `json:"person"`
	Team     *named   `json:"team"`
	Teams    []named  `json:"teams"`
	Scopes   []string `json:"scopes"`
}

type named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type problem struct {
	Detail string `json:"detail"`
	Errors []struct {
		Field string `json:"field"`
	} `json:"errors"`
}

type secret struct {
	ID           string  `json:"id"`
	Hint         string  `json:"hint"`
	State        string  `json:"state"`
	LastUsedAt   *string `json:"last_used_at"`
	ClientSecret string  `json:"client_secret"`
}

type createdApp struct {
	ClientID     string  `json:"client_id"`
	ClientSecret string  `json:"client_secret"`
	Secret       secret  `json:"secret"`
	FirstCallAt  *string `json:"first_call_at"`
}

func TestTokens(t *testing.T) {
	w := newGround(t)
	c := w.app.AddApp(w, w.team.ID, "Plain", "read")
	form, asJSON := []string{"Content-Type", "application/x-www-form-urlencoded"}, []string{"Content-Type", "application/json"}
	w.send(200, http.MethodPost, "/oauth2/token", c.Form(), form...)
	w.send(200, http.MethodPost, "/oauth2/token", c.Form()+"&scope=read", form...)
	w.send(400, http.MethodPost, "/oauth2/token", c.Form()+"&scope=write", form...)
	w.send(400, http.MethodPost, "/oauth2/token", "grant_type=password", form...)
	w.send(415, http.MethodPost, "/oauth2/token", "{}", asJSON...)
	w.send(413, http.MethodPost, "/oauth2/token", c.Form()+"&x="+strings.Repeat("x", 70_000), form...)
	wrong := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.ClientID}, "client_secret": {"gps_wrong"}}
	w.send(401, http.MethodPost, "/oauth2/token", wrong.Encode(), form...)

	w.send(200, http.MethodPost, "/apps/auth", `{"clientId": "`+c.ClientID+`", "clientSecret": "`+c.ClientSecret+`"}`, asJSON...)
	w.send(401, http.MethodPost, "/apps/auth", `{"clientId": "`+c.ClientID+`", "clientSecret": "gps_wrong"}`, asJSON...)
	w.send(400, http.MethodPost, "/apps/auth", `{"clientId": 1}`, asJSON...)
	w.send(415, http.MethodPost, "/apps/auth", c.Form(), form...)
	w.send(413, http.MethodPost, "/apps/auth", `{"clientId": "`+strings.Repeat("x", 70_000)+`"}`, asJSON...)
}

// RS-01 and RS-02: what a refusal of a token says.
func TestChallenges(t *testing.T) {
	w := newGround(t)
	token, narrow := w.token, w.tokenOf("Plain", "read")
	for _, c := range []struct {
		what, path, challenge string
		status                int
		headers               []string
	}{
		{"no token", "/api/v1/me", `Bearer`, 401, nil},
		{"a token in the query", "/api/v1/me?access_token=" + token, `Bearer`, 401, nil},
		{"another scheme", "/api/v1/me", `Bearer`, 401, []string{"Authorization", "Basic eDp5"}},
		{"no token after the scheme", "/api/v1/me", `Bearer`, 401, []string{"Authorization", "Bearer   "}},
		{"a bad token", "/api/v1/me", `Bearer error="invalid_token"`, 401, testapp.Bearer("made-up")},
		{"a cut token", "/api/v1/me", `Bearer error="invalid_token"`, 401, testapp.Bearer(token[:len(token)-4])},
		{"a narrow token", "/api/v1/apps", `Bearer error="insufficient_scope", scope="apps:read"`, 403, testapp.Bearer(narrow)},
	} {
		r := w.send(c.status, http.MethodGet, c.path, "", c.headers...)
		if got := r.Header.Get("WWW-Authenticate"); got != c.challenge {
			w.Errorf("%s: WWW-Authenticate = %q, want %q", c.what, got, c.challenge)
		}
	}
	// Nextome's document prints six spaces after Bearer.
	w.send(200, http.MethodGet, "/api/v1/me", "", "Authorization", "Bearer      "+token)
	w.send(200, http.MethodGet, "/api/v1/me", "", "Authorization", "bearer "+token)
}

func TestApps(t *testing.T) {
	w := newGround(t)
	token, foreign := w.token, w.foreign
	w.send(200, http.MethodGet, "/api/v1/apps", "", testapp.Bearer(token)...)
	w.send(404, http.MethodGet, "/api/v1/apps/"+foreign.ClientID, "", testapp.Bearer(token)...)
	w.send(404, http.MethodGet, "/api/v1/apps/%00", "", testapp.Bearer(token)...)
	w.send(404, http.MethodDelete, "/api/v1/apps/"+foreign.ClientID, "", testapp.Bearer(token)...)

	good := `{"name": "Made", "description": "by the API", "scopes": ["read"]}`
	r := w.send(201, http.MethodPost, "/api/v1/apps", good, jsonBy(token)...)
	var made, read createdApp
	r.JSON(w, &made)
	w.app.Secret(made.ClientSecret)
	if r.Header.Get("Location") != "/api/v1/apps/"+made.ClientID {
		w.Errorf("Location = %q, want the new app", r.Header.Get("Location"))
	}
	answer := w.send(200, http.MethodGet, r.Location, "", testapp.Bearer(token)...)
	if answer.JSON(w, &read); read.ClientID != made.ClientID || strings.Contains(answer.Body, "gps_") {
		w.Errorf("GET %s = %s, want the app without its secret", r.Location, answer.Body)
	}
	// The secret works, and the first call with it is noted.
	first := w.app.Token(w, testapp.Credentials{ClientID: made.ClientID, ClientSecret: made.ClientSecret})
	if read.FirstCallAt != nil {
		w.Errorf("first_call_at before the first call = %s, want null", *read.FirstCallAt)
	}
	w.send(200, http.MethodGet, "/api/v1/me", "", testapp.Bearer(first)...)
	if w.send(200, http.MethodGet, r.Location, "", testapp.Bearer(token)...).JSON(w, &read); read.FirstCallAt == nil {
		w.Error("first_call_at after the first call = null, want its time")
	}

	w.fields("name", 422, "/api/v1/apps", good, token) // the name is taken
	w.fields("scopes", 422, "/api/v1/apps", `{"name": "Other", "scopes": ["no such scope"]}`, token)
	w.fields("secret_expires_at", 422, "/api/v1/apps", `{"name": "Other", "scopes": ["read"], "secret_expires_at": "2001-01-01T00:00:00Z"}`, token)
	for body, status := range map[string]int{
		``: 400, `null`: 400, `[]`: 400, `{"name": 1}`: 400, `{"name": "a", "name": "b"}`: 400, `{"scopes": "read"}`: 400,
		`{"name": "x", "secret_expires_at": "soon"}`: 400, `{"name": "` + strings.Repeat("x", 70_000) + `"}`: 413,
	} {
		w.send(status, http.MethodPost, "/api/v1/apps", body, jsonBy(token)...)
	}
	w.send(415, http.MethodPost, "/api/v1/apps", "name=x", append(testapp.Bearer(token), "Content-Type", "application/x-www-form-urlencoded")...)

	w.send(204, http.MethodDelete, r.Location, "", testapp.Bearer(token)...)
	w.send(404, http.MethodDelete, r.Location, "", testapp.Bearer(token)...)
	w.send(401, http.MethodGet, "/api/v1/me", "", testapp.Bearer(first)...) // its tokens went with it
}

// fields sends a body whose named field is at fault.
func (w *walker) fields(field string, status int, path, body, token string) {
	w.Helper()
	var p problem
	w.send(status, http.MethodPost, path, body, jsonBy(token)...).JSON(w, &p)
	if len(p.Errors) != 1 || p.Errors[0].Field != field {
		w.Errorf("POST %s of %s: errors = %+v, want one for %s", path, body, p.Errors, field)
	}
}

func TestSecrets(t *testing.T) {
	w := newGround(t)
	token, foreign := w.token, w.foreign
	var app createdApp
	w.send(201, http.MethodPost, "/api/v1/apps", `{"name": "Rotates", "scopes": ["read"]}`, jsonBy(token)...).JSON(w, &app)
	w.app.Secret(app.ClientSecret)
	path := "/api/v1/apps/" + app.ClientID + "/secrets"
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		w.send(404, method, "/api/v1/apps/"+foreign.ClientID+"/secrets", `{}`, jsonBy(token)...)
	}

	var added secret
	r := w.send(201, http.MethodPost, path, `{"label": "production", "expires_at": null}`, jsonBy(token)...)
	r.JSON(w, &added)
	w.app.Secret(added.ClientSecret)
	if r.Location != path+"/"+added.ID || !strings.HasSuffix(added.ClientSecret, added.Hint) {
		w.Errorf("POST %s: Location %q, hint %q; want the new secret's", path, r.Location, added.Hint)
	}
	old := testapp.Credentials{ClientID: app.ClientID, ClientSecret: app.ClientSecret}
	kept := w.app.Token(w, old)
	later := w.app.Token(w, testapp.Credentials{ClientID: app.ClientID, ClientSecret: added.ClientSecret})

	w.fields("expires_at", 422, path, `{"expires_at": "2001-01-01T00:00:00Z"}`, token)
	w.fields("label", 422, path, `{"label": "`+strings.Repeat("x", 200)+`"}`, token)
	w.send(400, http.MethodPost, path, `{"label": 1}`, jsonBy(token)...)

	// The old one ends; its tokens live on, unless the call says otherwise (docs/secrets.md).
	w.send(422, http.MethodDelete, path+"/"+app.Secret.ID+"?tokens=perhaps", "", testapp.Bearer(token)...)
	w.send(204, http.MethodDelete, path+"/"+app.Secret.ID, "", testapp.Bearer(token)...)
	w.send(409, http.MethodDelete, path+"/"+app.Secret.ID, "", testapp.Bearer(token)...)
	if got := w.app.RequestToken(w, old).Status; got != http.StatusUnauthorized {
		w.Errorf("a token by a revoked secret = %d, want 401", got)
	}
	w.send(200, http.MethodGet, "/api/v1/me", "", testapp.Bearer(kept)...)
	w.send(204, http.MethodDelete, path+"/"+added.ID+"?tokens=revoke", "", testapp.Bearer(token)...)
	w.send(401, http.MethodGet, "/api/v1/me", "", testapp.Bearer(later)...)
	w.send(404, http.MethodDelete, path+"/nothing", "", testapp.Bearer(token)...)

	var all struct {
		Secrets []secret `json:"secrets"`
	}
	w.send(200, http.MethodGet, path, "", testapp.Bearer(token)...).JSON(w, &all)
	if len(all.Secrets) != 2 || all.Secrets[0].State != "revoked" || all.Secrets[0].LastUsedAt == nil {
		w.Errorf("GET %s = %+v, want two revoked secrets with their last use", path, all.Secrets)
	}
	for range 5 {
		r := w.send(201, http.MethodPost, path, `{}`, jsonBy(token)...)
		r.JSON(w, &added)
		w.app.Secret(added.ClientSecret)
	}
	w.send(409, http.MethodPost, path, `{}`, jsonBy(token)...) // the sixth live one
}

func TestMock(t *testing.T) {
	w := newGround(t)
	token, narrow := w.token, w.tokenOf("Plain", "read")
	const path = "/transactions/mock"
	r := w.send(200, http.MethodPost, path, `{"message": "hello", "amount": "12.50", "currency": "EUR", "more": {"ignored": true}}`, jsonBy(token)...)
	if !strings.Contains(r.Body, `"status":"accepted"`) || !strings.Contains(r.Body, `"message":"hello"`) {
		w.Errorf("POST %s = %s, want the message accepted", path, r.Body)
	}
	w.send(403, http.MethodPost, path, `{"message": "hello"}`, jsonBy(narrow)...)
	w.send(401, http.MethodPost, path, `{"message": "hello"}`, "Content-Type", "application/json")
	w.fields("message", 422, path, `{}`, token)
	w.fields("amount", 422, path, `{"message": "x", "amount": "1,5", "currency": "EUR"}`, token)
	w.fields("currency", 422, path, `{"message": "x", "currency": "euro"}`, token)
	for _, body := range []string{``, `{`, `"hello"`, `{"message": 1}`, `{"message": "x", "amount": 1}`, "{\"message\": \"\xff\"}"} {
		w.send(400, http.MethodPost, path, body, jsonBy(token)...)
	}
}
