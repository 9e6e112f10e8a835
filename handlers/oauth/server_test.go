package oauth

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/keys"
	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/secret"
	"gatepost/handlers/web"
)

const (
	issuer   = "https://portal.example"
	clientID = "97sv0tntua35arne6uo30614r9"
	formType = "application/x-www-form-urlencoded"
	jsonType = "application/json"
)

// server is the endpoints with one app.
type server struct {
	*Handlers
	secret string
}

func newServer(t *testing.T) *server {
	t.Helper()
	d, err := db.Open(t.Context(), filepath.Join(t.TempDir(), "g.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	ring, err := keys.Open(t.Context(), d, keys.Options{Algorithm: keys.EdDSA, Box: secret.NewKeyring(secret.Key{}).NewBox(keys.Purpose)})
	if err != nil {
		t.Fatal(err)
	}
	minter := secret.NewMinter(secret.NewKeyring(secret.Key{1}))
	plain, hint := minter.New(clientID)
	hash, err := argon2id.CreateHash(plain, &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	err = d.Tx(t.Context(), func(tx *db.Tx) error {
		return errors.Join(
			tx.KeepScope(t.Context(), db.Scope{Name: "read", Position: 1}),
			tx.KeepScope(t.Context(), db.Scope{Name: "transactions/mock", Position: 2}),
			tx.InsertTeam(t.Context(), db.Team{ID: "team", Name: "Team", SolutionKey: "k"}),
			tx.InsertApp(t.Context(), db.App{
				ClientID: clientID, TeamID: "team", Name: "App", Kind: "server", Grants: []string{"client_credentials"},
				Scopes: []string{"read", "transactions/mock"}, TokenLifetime: time.Hour,
			}),
			tx.InsertSecret(t.Context(), db.ClientSecret{ID: secret.ID(), ClientID: clientID, Hint: hint, Hash: hash}, 5),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
	g := grant.New(grant.Options{
		DB: d, Keys: ring, Minter: minter, Hasher: secret.NewHasher(2, 8), Verified: secret.NewVerified(10), Issuer: issuer,
	})
	return &server{New(Options{Grant: g, Keys: ring, Hub: hub.New(hub.Options{DB: d}), DB: d, Issuer: issuer}), plain}
}

// call answers a request as the edge does: errors go to the group's writer.
func call(h web.HandlerFunc, onError web.ErrorWriter, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	if err := h(w, r); err != nil {
		onError(w, r, err)
	}
	return w
}

func (s *server) token(r *http.Request) *httptest.ResponseRecorder {
	return call(s.Token, s.WriteError, r)
}

func (s *server) appsAuth(r *http.Request) *httptest.ResponseRecorder {
	return call(s.AppsAuth, s.WriteAppsAuthError, r)
}

func post(path, contentType, body string) *http.Request {
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

func (s *server) form(more ...string) string {
	f := url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {s.secret}}
	for i := 0; i < len(more); i += 2 {
		f.Set(more[i], more[i+1])
	}
	return f.Encode()
}

func (s *server) basic() string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(clientID+":"+s.secret))
}

func body(t *testing.T, w *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("body = %q, want JSON: %v", w.Body, err)
	}
	return v
}

const (
	callback  = "https://app.example/callback"
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636 appendix B
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

func (s *server) write(t *testing.T, fn func(*db.Tx) error) {
	t.Helper()
	if err := s.Grant.DB.Tx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// becomes changes the server's app.
func (s *server) becomes(t *testing.T, change func(*db.App)) {
	t.Helper()
	app, err := s.Grant.DB.App(t.Context(), clientID)
	if err != nil {
		t.Fatal(err)
	}
	change(&app)
	s.write(t, func(tx *db.Tx) error { return tx.UpdateApp(t.Context(), app) })
}

// newWebServer returns a server whose app has every grant, with Ann, who can authorize it.
func newWebServer(t *testing.T) *server {
	t.Helper()
	s := newServer(t)
	s.becomes(t, func(a *db.App) {
		a.Kind, a.RedirectURIs = "web", []string{callback}
		a.Grants = []string{grant.ClientCredentials, grant.AuthorizationCode, grant.RefreshToken, grant.DeviceCode}
	})
	s.write(t, func(tx *db.Tx) error {
		return tx.InsertPerson(t.Context(), db.Person{ID: "ann", Email: "ann@example.com", Name: "Ann"})
	})
	return s
}

// family stores the token family of Ann's authorization.
func (s *server) family(t *testing.T) string {
	t.Helper()
	now := time.Now().Truncate(time.Second)
	f := db.Family{
		ID: secret.ID(), ClientID: clientID, PersonID: "ann", Scope: "read", Audience: issuer, AuthTime: now, CreatedAt: now,
		ExpiresAt: now.Add(grant.RefreshAbsolute),
	}
	s.write(t, func(tx *db.Tx) error { return tx.InsertFamily(t.Context(), f) })
	return f.ID
}

// code stores a code of a new family.
func (s *server) code(t *testing.T, challenge string) string {
	t.Helper()
	plain, hash := secret.NewChecked(secret.AuthorizationCode)
	family := s.family(t)
	s.write(t, func(tx *db.Tx) error {
		return tx.InsertCode(t.Context(), db.AuthorizationCode{
			Hash: hash, FamilyID: family, ClientID: clientID, PersonID: "ann", RedirectURI: callback, RedirectGiven: true,
			Challenge: challenge, CreatedAt: tx.Now, ExpiresAt: tx.Now.Add(grant.CodeLifetime),
		})
	})
	return plain
}

func (s *server) codeForm(code string, more ...string) string {
	return s.form(append([]string{"grant_type", "authorization_code", "code", code, "redirect_uri", callback, "code_verifier", verifier}, more...)...)
}

func text(t *testing.T, w *httptest.ResponseRecorder, field string) string {
	t.Helper()
	v, _ := body(t, w)[field].(string)
	if v == "" {
		t.Fatalf("answer = %d %s, want %s in it", w.Code, w.Body, field)
	}
	return v
}

// checkRefusal checks what every refusal of the OAuth endpoints has in common.
func checkRefusal(t *testing.T, name string, w *httptest.ResponseRecorder, status int, code, mustNotSay string) {
	t.Helper()
	got := body(t, w)
	if w.Code != status || got["error"] != code {
		t.Errorf("%s = %d %v, want %d %s", name, w.Code, got["error"], status, code)
	}
	description, _ := got["error_description"].(string)
	if !regexp.MustCompile(`^[\x20\x21\x23-\x5b\x5d-\x7e]+$`).MatchString(description) {
		t.Errorf("%s: body = %s, want error and an error_description in RFC 6749's characters", name, w.Body)
	}
	// A refusal names itself, in nextome's shape once more; the portal's own fault does not.
	id := regexp.MustCompile(` error_id: (` + secret.ErrorIDPattern + `)$`).FindStringSubmatch(description)
	if known := id != nil; known != ((status < 500 || status == 503) && code != grant.AuthorizationPending) {
		t.Errorf("%s: error_description = %q, want an error_id at its end of a refusal only", name, description)
	}
	member, hasMember := got["error_id"]
	if hasMember && (id == nil || member != id[1]) || len(got) != 2 && !(hasMember && len(got) == 3) {
		t.Errorf("%s: body = %s, want error, error_description and at the most the same error_id", name, w.Body)
	}
	for _, word := range []string{mustNotSay, "<", `\u003c`, "7*7", "OR '1'", "sql", "gps_", "goroutine", "admin"} {
		if strings.Contains(sameID(w), word) {
			t.Errorf("%s: body = %s, want nothing of %q in it", name, w.Body, word)
		}
	}
	h := w.Header()
	if h.Get("Cache-Control") != "no-store" || h.Get("Pragma") != "no-cache" || h.Get("Content-Type") != "application/json" {
		t.Errorf("%s: headers = %v, want no-store, no-cache, application/json", name, h)
	}
	if challenged := h.Get("WWW-Authenticate") != ""; challenged != (status == 401) {
		t.Errorf("%s: WWW-Authenticate = %q, want one with a 401 only", name, h.Get("WWW-Authenticate"))
	}
}

// sameID returns a body with its error_id, which differs each time, replaced.
func sameID(w *httptest.ResponseRecorder) string {
	return regexp.MustCompile(secret.ErrorIDPattern).ReplaceAllString(w.Body.String(), "ERROR_ID")
}
