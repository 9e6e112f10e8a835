package testapp

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// Redirect is where the test clients have people sent back. Nothing listens there: a test
// reads the address off the answer.
const Redirect = "https://client.example/callback"

// AddClient makes an app of a kind that people authorize, by the command line: web (with a
// secret) or native (without one). More flags may follow.
func (a *App) AddClient(t testing.TB, team, name, kind string, more ...string) (c Credentials) {
	t.Helper()
	args := append([]string{"app", "add", "--team", team, "--name", name, "--kind", kind, "--redirect-uri", Redirect, "--scope", "read", "--scope", "write"}, more...)
	a.RunJSON(t, &c, args...)
	if c.ClientSecret != "" {
		a.Secret(c.ClientSecret)
	}
	return c
}

// AddClient makes an app of a kind that people authorize, on the pages. Its redirect URIs are
// Redirect and those given.
func (p *Person) AddClient(t testing.TB, name, kind string, redirects ...string) Credentials {
	t.Helper()
	form := url.Values{"name": {name}, "kind": {kind}, "scopes": {"read", "write"}, "access": {"unlimited"},
		"redirect_uris": {strings.Join(append(redirects, Redirect), "\n")}, "secret_expires_at": {"never"}, "once": {p.Get(t, "/apps/new").Once(t)}}
	r := p.Post(t, "/apps", form)
	id := clientText.FindStringSubmatch(r.Body)
	if r.Status != http.StatusOK || id == nil {
		t.Fatalf("POST /apps = %d, want the page of a new app\n%.600s", r.Status, r.Body)
	}
	c := Credentials{ClientID: id[1], ClientSecret: secretText.FindString(r.Body)}
	if c.ClientSecret != "" {
		p.app.Secret(c.ClientSecret)
	}
	return c
}

// Verifier is a code verifier and its S256 challenge (RFC 7636 section 4).
func Verifier() (verifier, challenge string) {
	var random [32]byte
	rand.Read(random[:])
	verifier = base64.RawURLEncoding.EncodeToString(random[:])
	sum := sha256.Sum256([]byte(verifier))
	return verifier, base64.RawURLEncoding.EncodeToString(sum[:])
}

// AuthorizePath is an authorization request for the code grant; more holds names and values
// in turn, and an empty value leaves the parameter out.
func AuthorizePath(c Credentials, challenge string, more ...string) string {
	q := url.Values{"response_type": {"code"}, "client_id": {c.ClientID}, "redirect_uri": {Redirect}, "state": {"a state"}}
	if challenge != "" {
		q.Set("code_challenge", challenge)
		q.Set("code_challenge_method", "S256")
	}
	for i := 0; i+1 < len(more); i += 2 {
		if q.Set(more[i], more[i+1]); more[i+1] == "" {
			q.Del(more[i])
		}
	}
	return "/oauth2/auth?" + q.Encode()
}

var consentRequest = regexp.MustCompile(`name="request"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="request"`)

// ConsentRequest reads the request's id off a consent page.
func (r *Answer) ConsentRequest(t testing.TB) string {
	t.Helper()
	m := consentRequest.FindStringSubmatch(r.Body)
	if m == nil {
		t.Fatalf("the page (status %d to %q) asks for no consent\n%s", r.Status, r.Location, r.Body)
	}
	return m[1] + m[2]
}

var (
	consentTeams  = regexp.MustCompile(`<input type="checkbox" id="f-team[^>]*>`)
	consentTeamID = regexp.MustCompile(`value="([^"]+)"`)
)

// ConsentTeams lists the ids of the teams that a consent page offers, and those of them that are
// ticked.
func (r *Answer) ConsentTeams() (offered, ticked []string) {
	for _, box := range consentTeams.FindAllString(r.Body, -1) {
		id := consentTeamID.FindStringSubmatch(box)[1]
		if offered = append(offered, id); strings.Contains(box, " checked") {
			ticked = append(ticked, id)
		}
	}
	return offered, ticked
}

// Answer says allow or deny on a consent page, for the teams that are ticked there or, if none is,
// for the first.
func (p *Person) Answer(t testing.TB, page *Answer, answer string) *Answer {
	t.Helper()
	offered, ticked := page.ConsentTeams()
	if len(ticked) == 0 {
		ticked = offered[:min(1, len(offered))]
	}
	return p.AnswerFor(t, page, answer, ticked...)
}

// AnswerFor is Answer for the teams with these ids.
func (p *Person) AnswerFor(t testing.TB, page *Answer, answer string, teams ...string) *Answer {
	t.Helper()
	return p.Post(t, "/oauth2/consent", url.Values{"request": {page.ConsentRequest(t)}, "answer": {answer}, "team": teams})
}

// Returned reads the parameters with which a redirect, or the page after a consent, goes back to the client.
func (r *Answer) Returned(t testing.TB) url.Values {
	t.Helper()
	u, err := url.Parse(r.Location)
	if err != nil || r.Status != http.StatusSeeOther && r.Status != http.StatusOK || !strings.HasPrefix(r.Location, Redirect) {
		t.Fatalf("answer = %d to %q, want the way to the client\n%s", r.Status, r.Location, r.Body)
	}
	return u.Query()
}

// Code has the person allow what the path asks for, and returns the code.
func (p *Person) Code(t testing.TB, path string) string {
	t.Helper()
	r := p.Get(t, path)
	if r.Location == "" {
		r = p.Answer(t, r, "allow")
	}
	code := r.Returned(t).Get("code")
	if code == "" {
		t.Fatalf("the client got no code: %v", r.Returned(t))
	}
	return p.app.Secret(code)
}

// Tokens are the answer of a token request (RFC 6749 section 5.1).
type Tokens struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	Scope        string `json:"scope"`
}

// TokenRequest sends a token request with the credentials in the body; more holds names and
// values in turn, of which the last of a name counts.
func (a *App) TokenRequest(t testing.TB, c Credentials, more ...string) *Answer {
	t.Helper()
	form := c.With()
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return a.PostForm(t, "/oauth2/token", form)
}

// PostForm sends a form as a client does, without cookies.
func (a *App) PostForm(t testing.TB, path string, form url.Values, headers ...string) *Answer {
	t.Helper()
	return a.Do(t, a.Request(t, http.MethodPost, path, form.Encode(), append([]string{"Content-Type", "application/x-www-form-urlencoded"}, headers...)...))
}

// Tokens reads the tokens of a token response, which must be a success.
func (a *App) Tokens(t testing.TB, r *Answer) (tokens Tokens) {
	t.Helper()
	if r.Status != http.StatusOK {
		t.Fatalf("token request = %d %s, want 200", r.Status, r.Body)
	}
	r.JSON(t, &tokens)
	a.Secret(tokens.AccessToken)
	if tokens.RefreshToken != "" {
		a.Secret(tokens.RefreshToken)
	}
	return tokens
}

// Authorize goes the whole way of the code grant with PKCE: the person allows, the client
// exchanges the code.
func (p *Person) Authorize(t testing.TB, c Credentials, more ...string) Tokens {
	t.Helper()
	verifier, challenge := Verifier()
	code := p.Code(t, AuthorizePath(c, challenge, more...))
	return p.app.Tokens(t, p.app.TokenRequest(t, c, "grant_type", "authorization_code", "code", code, "redirect_uri", Redirect, "code_verifier", verifier))
}
