package oauth

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/keys"
	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/secret"
)

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

// becomes changes the app of the server.
func (s *server) becomes(t *testing.T, change func(*db.App)) {
	t.Helper()
	app, err := s.Grant.DB.App(t.Context(), clientID)
	if err != nil {
		t.Fatal(err)
	}
	change(&app)
	s.write(t, func(tx *db.Tx) error { return tx.UpdateApp(t.Context(), app) })
}

// newWebServer is a server whose app has every grant, with Ann, who can allow it something.
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

// family stores Ann's yes.
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

// code stores a code of a yes of Ann's.
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

// fields are the members of a JSON answer, sorted.
func fields(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	var names []string
	for name := range body(t, w) {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func text(t *testing.T, w *httptest.ResponseRecorder, field string) string {
	t.Helper()
	v, _ := body(t, w)[field].(string)
	if v == "" {
		t.Fatalf("answer = %d %s, want %s in it", w.Code, w.Body, field)
	}
	return v
}

// RFC 6749 sections 4.1.4, 5.1 and 6; tests/dialect/README.md (netrex).
func TestCodeAndRefreshOverHTTP(t *testing.T) {
	s := newWebServer(t)
	form := s.codeForm(s.code(t, challenge))
	first := s.token(post("/oauth2/token", formType, form))
	if first.Code != 200 || fields(t, first) != "access_token expires_in refresh_token scope token_type" || first.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("code = %d %s, want 200 with both tokens, not stored", first.Code, first.Body)
	}
	refresh := func(token string) *http.Request {
		return post("/oauth2/token", formType, s.form("grant_type", "refresh_token", "refresh_token", token))
	}
	old := text(t, first, "refresh_token")
	second := s.token(refresh(old))
	if second.Code != 200 || fields(t, second) != "access_token expires_in refresh_token scope token_type" || text(t, second, "refresh_token") == old {
		t.Errorf("refresh = %d %s, want 200 with another refresh token", second.Code, second.Body)
	}
	checkRefusal(t, "the old refresh token", s.token(refresh(old)), 400, "invalid_grant", old)
	checkRefusal(t, "the code again", s.token(post("/oauth2/token", formType, form)), 400, "invalid_grant", verifier)
	if _, err := s.Grant.Access(t.Context(), text(t, second, "access_token"), db.Caller{}); !errors.Is(err, grant.ErrInvalidToken) {
		t.Errorf("Access(token of the family) = %v, want ErrInvalidToken", err)
	}
}

// COD-04, COD-05, REF-03, REF-04, TOK-07, TOK-13, TOK-18, PKJ-01 over HTTP.
func TestGrantsAreRefusedOverHTTP(t *testing.T) {
	s := newWebServer(t)
	for name, c := range map[string]struct {
		form   string
		status int
		code   string
	}{
		"other redirect":          {s.codeForm(s.code(t, challenge), "redirect_uri", callback+"/"), 400, "invalid_grant"},
		"no verifier":             {s.codeForm(s.code(t, challenge), "code_verifier", ""), 400, "invalid_grant"},
		"verifier, no challenge":  {s.codeForm(s.code(t, "")), 400, "invalid_grant"},
		"no client secret":        {s.codeForm(s.code(t, challenge), "client_secret", ""), 401, "invalid_client"},
		"no code":                 {s.codeForm(""), 400, "invalid_request"},
		"code twice":              {s.codeForm("x") + "&code=y", 400, "invalid_request"},
		"code of NUL":             {s.codeForm("x\x00"), 400, "invalid_request"},
		"markup as code":          {s.codeForm("<script>{{7*7}}"), 400, "invalid_grant"},
		"60 kB of code":           {s.codeForm(strings.Repeat("x", 60_000)), 400, "invalid_grant"},
		"made-up refresh token":   {s.form("grant_type", "refresh_token", "refresh_token", "gpr_x"), 400, "invalid_grant"},
		"no refresh token":        {s.form("grant_type", "refresh_token"), 400, "invalid_request"},
		"made-up device code":     {s.form("grant_type", grant.DeviceCode, "device_code", "' OR '1'='1"), 400, "invalid_grant"},
		"no device code":          {s.form("grant_type", grant.DeviceCode), 400, "invalid_request"},
		"unknown resource":        {s.form("resource", "https://x.example/"), 400, "invalid_target"},
		"resource with fragment":  {s.form() + "&resource=" + url.QueryEscape(issuer) + "&resource=" + url.QueryEscape(issuer+"#x"), 400, "invalid_target"},
		"secret and assertion":    {s.form("client_assertion", "x.y.z", "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"), 400, "invalid_request"},
		"assertion of nonsense":   {s.form("client_secret", "", "client_assertion", "x.y.z", "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"), 401, "invalid_client"},
		"assertion of no type":    {s.form("client_secret", "", "client_assertion", "x.y.z"), 400, "invalid_request"},
		"a type and no assertion": {s.form("client_secret", "", "client_assertion_type", "x"), 400, "invalid_request"},
	} {
		checkRefusal(t, name, s.token(post("/oauth2/token", formType, c.form)), c.status, c.code, s.secret)
	}
}

// RFC 8707 section 2: resource is the one parameter that may come more than once.
func TestResourceMayBeRepeated(t *testing.T) {
	s := newWebServer(t)
	s.write(t, func(tx *db.Tx) error {
		return tx.InsertAPI(t.Context(), db.API{ID: "a", Name: "Meters", Audience: "https://meters.example/"})
	})
	w := s.token(post("/oauth2/token", formType, s.form()+"&resource="+url.QueryEscape(issuer)+"&resource="+url.QueryEscape("https://meters.example/")+"&resource="))
	payload, err := s.Keys.Verify(text(t, w, "access_token"))
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Audience keys.Audience `json:"aud"`
	}
	if err := json.Unmarshal(payload, &c); err != nil || !slices.Equal(c.Audience, []string{issuer, "https://meters.example/"}) {
		t.Errorf("aud = %v, %v, want both", c.Audience, err)
	}
}

// RFC 8628 sections 3.1 to 3.5.
func TestDeviceOverHTTP(t *testing.T) {
	s := newWebServer(t)
	s.becomes(t, func(a *db.App) {
		a.Kind, a.AuthMethod, a.Grants = "native", db.AuthNone, []string{grant.DeviceCode}
	})
	device := func(path, form string) *httptest.ResponseRecorder {
		return call(s.DeviceAuthorization, s.WriteError, post(path, formType, form))
	}
	w := device("/oauth2/device_authorization", "client_id="+clientID+"&scope=read")
	if w.Code != 200 || fields(t, w) != "device_code expires_in interval user_code verification_uri verification_uri_complete" || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("device authorization = %d %s, want 200 and the fields of section 3.2, not stored", w.Code, w.Body)
	}
	got := body(t, w)
	if got["verification_uri"] != issuer+"/device" || got["verification_uri_complete"] != issuer+"/device?user_code="+text(t, w, "user_code") ||
		got["expires_in"] != 900.0 || got["interval"] != 5.0 {
		t.Errorf("device authorization = %v, want the portal's page, 900 s, 5 s", got)
	}
	code := text(t, w, "device_code")
	poll := func() *httptest.ResponseRecorder {
		return s.token(post("/oauth2/token", formType, url.Values{"grant_type": {grant.DeviceCode}, "client_id": {clientID}, "device_code": {code}}.Encode()))
	}
	checkRefusal(t, "the first poll", poll(), 400, "authorization_pending", code)
	checkRefusal(t, "at once again", poll(), 400, "slow_down", code)
	family := s.family(t)
	s.write(t, func(tx *db.Tx) error {
		return tx.AnswerDeviceCode(t.Context(), secret.HashToken(code), db.DeviceCodeApproved, "ann", family)
	})
	if w := poll(); w.Code != 200 || fields(t, w) != "access_token expires_in scope token_type" {
		t.Errorf("poll after the yes = %d %s, want 200 and, for one-time access, no refresh token", w.Code, w.Body)
	}
	checkRefusal(t, "after the token", poll(), 400, "invalid_grant", code)

	for name, c := range map[string]struct {
		path, form string
		status     int
		code       string
	}{
		"in the address": {"/oauth2/device_authorization?client_id=" + clientID, "", 400, "invalid_request"},
		"no client":      {"/oauth2/device_authorization", "scope=read", 401, "invalid_client"},
		"unknown client": {"/oauth2/device_authorization", "client_id=" + strings.Repeat("z", 26), 401, "invalid_client"},
		"unknown scope":  {"/oauth2/device_authorization", "client_id=" + clientID + "&scope=admin", 400, "invalid_scope"},
		"scope twice":    {"/oauth2/device_authorization", "client_id=" + clientID + "&scope=read&scope=read", 400, "invalid_request"},
	} {
		checkRefusal(t, name, device(c.path, c.form), c.status, c.code, s.secret)
	}
}

// RFC 6749 section 2.3.1: libraries that always use Basic send an empty password for a
// public client.
func TestPublicClientMayNameItselfByBasic(t *testing.T) {
	s := newWebServer(t)
	s.becomes(t, func(a *db.App) {
		a.Kind, a.AuthMethod, a.Grants = "native", db.AuthNone, []string{grant.AuthorizationCode}
	})
	r := post("/oauth2/token", formType, url.Values{"grant_type": {"authorization_code"}, "code": {s.code(t, challenge)}, "redirect_uri": {callback}, "code_verifier": {verifier}}.Encode())
	r.SetBasicAuth(clientID, "")
	if w := s.token(r); w.Code != 200 {
		t.Errorf("code by Basic with an empty password = %d %s, want 200", w.Code, w.Body)
	}
}
