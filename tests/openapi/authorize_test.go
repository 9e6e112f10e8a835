package openapi

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

var asForm = []string{"Content-Type", "application/x-www-form-urlencoded"}

func TestAuthorization(t *testing.T) {
	w := newGround(t)
	person := w.app.Member(w, w.team.ID, "developer")
	web := w.app.AddClient(w, w.team.ID, "Board", "web")
	verifier, challenge := testapp.Verifier()
	ask := testapp.AuthorizePath(web, challenge, "scope", "read")
	w.send(303, http.MethodGet, ask, "") // to the sign-in page
	w.send(400, http.MethodGet, testapp.AuthorizePath(web, challenge, "client_id", "nobody"), "")
	w.send(400, http.MethodGet, testapp.AuthorizePath(web, challenge, "redirect_uri", "https://elsewhere.example/"), "")
	_, query, _ := strings.Cut(ask, "?")
	if r := w.send(303, http.MethodPost, "/oauth2/auth", query, asForm...); !strings.HasPrefix(r.Location, "/oauth2/auth?") {
		w.Errorf("POST /oauth2/auth leads to %s, want the same address by GET", r.Location)
	}
	page := w.sendBy(person, 200, http.MethodGet, ask, "")
	code := w.app.Secret(person.Answer(w, page, "allow").Returned(w).Get("code"))
	if r := w.sendBy(person, 303, http.MethodGet, ask, ""); r.Returned(w).Get("code") == "" {
		w.Error("GET /oauth2/auth, allowed before, gave no code")
	}
	w.sendBy(person, 303, http.MethodGet, testapp.AuthorizePath(web, challenge, "scope", "no such scope"), "")

	w.send(400, http.MethodPost, "/oauth2/token", web.With("grant_type", "authorization_code", "code", code, "redirect_uri", testapp.Redirect).Encode(), asForm...) // no verifier
	r := w.send(200, http.MethodPost, "/oauth2/token", web.With("grant_type", "authorization_code", "code", code, "redirect_uri", testapp.Redirect, "code_verifier", verifier).Encode(), asForm...)
	tokens := w.app.Tokens(w, r)
	w.app.Change(w, "UPDATE apps SET refresh_grace = 0 WHERE client_id = '"+web.ClientID+"'")
	w.send(200, http.MethodGet, "/api/v1/devices", "", testapp.Bearer(tokens.AccessToken)...)
	r = w.send(200, http.MethodPost, "/oauth2/token", web.With("grant_type", "refresh_token", "refresh_token", tokens.RefreshToken).Encode(), asForm...)
	next := w.app.Tokens(w, r)
	w.send(400, http.MethodPost, "/oauth2/token", web.With("grant_type", "refresh_token", "refresh_token", tokens.RefreshToken).Encode(), asForm...) // used
	w.send(400, http.MethodPost, "/oauth2/token", web.With("grant_type", "refresh_token", "refresh_token", next.RefreshToken).Encode(), asForm...)   // and so its family ended
}

func TestIntrospection(t *testing.T) {
	w := newGround(t)
	person, web := w.app.Member(w, w.team.ID, "developer"), w.app.AddClient(w, w.team.ID, "Board", "web")
	const path = "/oauth2/introspect"
	service := w.app.AddApp(w, w.team.ID, "Service", "read")
	w.send(403, http.MethodPost, path, service.With("token", "x").Encode(), asForm...)
	w.allowIntrospection(w.team, service)
	tokens := person.Authorize(w, web)
	for _, live := range []string{tokens.AccessToken, w.app.Token(w, service)} {
		if r := w.send(200, http.MethodPost, path, service.With("token", live).Encode(), asForm...); !strings.Contains(r.Body, `"active":true`) {
			w.Errorf("POST %s of a live token = %s", path, r.Body)
		}
	}
	for _, dead := range []string{tokens.RefreshToken, "made up"} {
		if r := w.send(200, http.MethodPost, path, service.With("token", dead).Encode(), asForm...); strings.TrimSpace(r.Body) != `{"active":false}` {
			w.Errorf("POST %s of what is no access token = %s, want only that it is not active", path, r.Body)
		}
	}
	w.send(400, http.MethodPost, path, service.With().Encode(), asForm...)
	w.send(401, http.MethodPost, path, testapp.Credentials{ClientID: service.ClientID, ClientSecret: "gps_wrong"}.With("token", "x").Encode(), asForm...)
	w.send(415, http.MethodPost, path, `{}`, "Content-Type", "application/json")
}

// allowIntrospection turns the app's setting on, as an admin does on its page.
func (w *walker) allowIntrospection(team testapp.Team, c testapp.Credentials) {
	w.Helper()
	admin := w.app.Member(w, team.ID, "admin")
	r := admin.Post(w, "/apps/"+c.ClientID, url.Values{
		"name": {"Service"}, "scopes": {"read"}, "token_lifetime": {"3600"}, "auth_method": {"client_secret"}, "introspection": {"team"},
	})
	if r.Status != http.StatusSeeOther {
		w.Fatalf("POST /apps/%s = %d\n%s", c.ClientID, r.Status, r.Body)
	}
}

func TestRevocation(t *testing.T) {
	w := newGround(t)
	person, web := w.app.Member(w, w.team.ID, "developer"), w.app.AddClient(w, w.team.ID, "Board", "web")
	const path = "/oauth2/revoke"
	tokens := person.Authorize(w, web)
	w.send(400, http.MethodPost, path, web.With().Encode(), asForm...)
	w.send(400, http.MethodPost, path, web.With("token", "x", "access_token", "y").Encode(), asForm...)
	w.send(401, http.MethodPost, path, url.Values{"token": {tokens.AccessToken}}.Encode(), asForm...)
	if r := w.send(200, http.MethodPost, path, web.With("token", tokens.RefreshToken).Encode(), asForm...); strings.TrimSpace(r.Body) != `{}` {
		w.Errorf("POST %s = %s, want {}", path, r.Body)
	}
	w.send(401, http.MethodGet, "/api/v1/me", "", testapp.Bearer(tokens.AccessToken)...)
	w.send(200, http.MethodPost, path, web.With("token", tokens.RefreshToken).Encode(), asForm...)
	tokens = person.Authorize(w, web)
	if r := w.send(200, http.MethodPost, path, url.Values{"access_token": {tokens.AccessToken}}.Encode(), asForm...); !strings.Contains(r.Body, `"success":true`) {
		w.Errorf("POST %s in netrex's way = %s, want success", path, r.Body)
	}
	tokens = person.Authorize(w, web)
	w.send(200, http.MethodPost, path+"?access_token="+tokens.AccessToken, "")
	w.send(401, http.MethodGet, "/api/v1/me", "", testapp.Bearer(tokens.AccessToken)...)
}

func TestDeviceCodes(t *testing.T) {
	w := newGround(t)
	person, native := w.app.Member(w, w.team.ID, "developer"), w.app.AddClient(w, w.team.ID, "Camera", "native")
	const path, grant = "/oauth2/device_authorization", "urn:ietf:params:oauth:grant-type:device_code"
	var codes struct {
		DeviceCode string `json:"device_code"`
		UserCode   string `json:"user_code"`
	}
	w.send(200, http.MethodPost, path, native.With("scope", "read").Encode(), asForm...).JSON(w, &codes)
	w.app.Secret(codes.DeviceCode)
	w.send(400, http.MethodPost, path, native.With("scope", "no such scope").Encode(), asForm...)
	w.send(401, http.MethodPost, path, testapp.Credentials{ClientID: "nobody"}.With().Encode(), asForm...)
	poll := native.With("grant_type", grant, "device_code", codes.DeviceCode).Encode()
	w.send(400, http.MethodPost, "/oauth2/token", poll, asForm...) // pending
	page := person.Post(w, "/device", url.Values{"user_code": {codes.UserCode}})
	person.Answer(w, page, "allow")
	w.app.Exec(w, "UPDATE device_codes SET last_poll_at = last_poll_at - 60") // long enough ago to poll again
	w.app.Tokens(w, w.send(200, http.MethodPost, "/oauth2/token", poll, asForm...))
	w.send(400, http.MethodPost, "/oauth2/token", poll, asForm...) // used
}
