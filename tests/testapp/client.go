package testapp

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Team is what `gatepost team add --json` prints.
type Team struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	SolutionKey string `json:"solution_key"`
}

// Credentials are what `gatepost app add --json` prints first.
type Credentials struct {
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
}

// AddTeam makes a team by the command line.
func (a *App) AddTeam(t testing.TB, name string) (team Team) {
	t.Helper()
	a.RunJSON(t, &team, "team", "add", "--name", name)
	return team
}

// AddApp makes a server-to-server app by the command line.
func (a *App) AddApp(t testing.TB, team, name string, scopes ...string) (c Credentials) {
	t.Helper()
	args := []string{"app", "add", "--team", team, "--name", name}
	for _, s := range scopes {
		args = append(args, "--scope", s)
	}
	a.RunJSON(t, &c, args...)
	a.Secret(c.ClientSecret)
	return c
}

// Form is the token request of RFC 6749 section 4.4.2 with the credentials in the body.
func (c Credentials) Form() string {
	return url.Values{"grant_type": {"client_credentials"}, "client_id": {c.ClientID}, "client_secret": {c.ClientSecret}}.Encode()
}

// RequestToken asks for a token from /oauth2/token and returns the response, whatever it is.
func (a *App) RequestToken(t testing.TB, c Credentials) *Answer {
	t.Helper()
	return a.Do(t, a.Request(t, http.MethodPost, "/oauth2/token", c.Form(), "Content-Type", "application/x-www-form-urlencoded"))
}

// Token gets an access token, which must succeed.
func (a *App) Token(t testing.TB, c Credentials) string {
	t.Helper()
	r := a.RequestToken(t, c)
	if r.Status != http.StatusOK {
		t.Fatalf("POST /oauth2/token = %d %s, want 200", r.Status, r.Body)
	}
	return a.Secret(r.field(t, "access_token"))
}

// NextomeToken gets an access token by /apps/auth, which must succeed.
func (a *App) NextomeToken(t testing.TB, c Credentials) string {
	t.Helper()
	body := fmt.Sprintf(`{"clientId": %q, "clientSecret": %q}`, c.ClientID, c.ClientSecret)
	r := a.Do(t, a.Request(t, http.MethodPost, "/apps/auth", body, "Content-Type", "application/json"))
	if r.Status != http.StatusOK {
		t.Fatalf("POST /apps/auth = %d %s, want 200", r.Status, r.Body)
	}
	return a.Secret(r.field(t, "accessToken"))
}

func (r *Answer) field(t testing.TB, name string) string {
	t.Helper()
	var members map[string]json.RawMessage
	r.JSON(t, &members)
	var value string
	if err := json.Unmarshal(members[name], &value); err != nil || value == "" {
		t.Fatalf("the answer has no %s: %s", name, r.Body)
	}
	return value
}

// Me calls GET /api/v1/me with a token and returns the status.
func (a *App) Me(t testing.TB, token string) int {
	t.Helper()
	return a.Do(t, a.Request(t, http.MethodGet, "/api/v1/me", "", Bearer(token)...)).Status
}

// Client asks the server without failing a test: for load, during which the server
// may go away. An error means that no complete response arrived.
type Client struct{ URL string }

// load keeps enough connections for a test's workers.
var load = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: time.Minute}

// Token asks for a token by /oauth2/token.
func (c Client) Token(credentials Credentials) (token string, status int, err error) {
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	status, err = c.post("/oauth2/token", "application/x-www-form-urlencoded", "", credentials.Form(), &answer)
	return answer.AccessToken, status, err
}

// CreateApp makes an app by the portal's own API.
func (c Client) CreateApp(token, name string) (made Credentials, status int, err error) {
	body := fmt.Sprintf(`{"name": %q, "scopes": ["read"]}`, name)
	status, err = c.post("/api/v1/apps", "application/json", "Bearer "+token, body, &made)
	return made, status, err
}

// Form sends a form to an endpoint for clients, and decodes a success into v.
func (c Client) Form(path string, form url.Values, v any) (status int, err error) {
	return c.post(path, "application/x-www-form-urlencoded", "", form.Encode(), v)
}

func (c Client) post(path, contentType, authorization, body string, v any) (int, error) {
	req, err := http.NewRequest(http.MethodPost, c.URL+path, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", contentType)
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	res, err := load.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	if err := checkDocumented(req, &Answer{Status: res.StatusCode, Header: res.Header, Body: string(text)}); err != nil {
		return res.StatusCode, err
	}
	if res.StatusCode < 300 {
		err = json.Unmarshal(text, v)
	}
	return res.StatusCode, err
}
