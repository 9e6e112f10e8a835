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
	ring, err := keys.Open(t.Context(), d, keys.Options{Algorithm: keys.EdDSA, EncryptionKey: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	minter := secret.NewMinter(secret.Key{1})
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

// call answers a request as the edge does: an error goes to the group's writer.
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

// TOK-01, TOK-02, TOK-16, SEE-01, SEE-04.
func TestTokenIsAnsweredInEachDialect(t *testing.T) {
	s := newServer(t)
	byBasic := post("/oauth2/token", formType, "grant_type=client_credentials&scope=read")
	byBasic.Header.Set("Authorization", s.basic())
	for name, c := range map[string]struct {
		w    *httptest.ResponseRecorder
		want string
	}{
		"nxtsoft by form":  {s.token(post("/oauth2/token", formType, s.form())), `{"access_token":"TOKEN","expires_in":3600,"token_type":"Bearer","scope":"read transactions/mock"}`},
		"nxtsoft by Basic": {s.token(byBasic), `{"access_token":"TOKEN","expires_in":3600,"token_type":"Bearer","scope":"read"}`},
		"nextome": {
			s.appsAuth(post("/apps/auth", "application/json; charset=UTF-8", `{"clientId":"`+clientID+`","clientSecret":"`+s.secret+`"}`)),
			`{"accessToken":"TOKEN","expiresIn":3600,"tokenType":"Bearer"}`,
		},
	} {
		jwt := regexp.MustCompile(`eyJ[A-Za-z0-9_.-]+`).FindString(c.w.Body.String())
		if got := strings.Replace(c.w.Body.String(), jwt, "TOKEN", 1); c.w.Code != 200 || got != c.want || jwt == "" {
			t.Errorf("%s = %d %s, want 200 %s", name, c.w.Code, got, c.want)
		}
		h := c.w.Header()
		if h.Get("Cache-Control") != "no-store" || h.Get("Pragma") != "no-cache" || h.Get("Content-Type") != "application/json" {
			t.Errorf("%s: headers = %v, want no-store, no-cache, application/json", name, h)
		}
		if _, err := s.Grant.Access(t.Context(), jwt, db.Caller{}); err != nil {
			t.Errorf("%s: Access(token) = %v, want nil", name, err)
		}
	}
}

// TOK-03 to TOK-15 and SEE-04, by one table: what is refused, and how.
func TestTokenEndpointRefuses(t *testing.T) {
	s := newServer(t)
	wrong := "gps_" + strings.Repeat("a", 40)
	basic := func(id, secret string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
	}
	for name, c := range map[string]struct {
		contentType, body, authorization string
		status                           int
		code                             string
	}{
		"wrong secret":              {formType, s.form("client_secret", wrong), "", 401, "invalid_client"},
		"unknown client":            {formType, s.form("client_id", "zzzzzzzzzzzzzzzzzzzzzzzzzz"), "", 401, "invalid_client"},
		"trailing space":            {formType, s.form("client_secret", s.secret+" "), "", 401, "invalid_client"},
		"wrong secret by Basic":     {formType, "grant_type=client_credentials", basic(clientID, wrong), 401, "invalid_client"},
		"Bearer":                    {formType, "grant_type=client_credentials", "Bearer x", 401, "invalid_client"},
		"no credentials":            {formType, "grant_type=client_credentials", "", 401, "invalid_client"},
		"two ways":                  {formType, s.form(), s.basic(), 400, "invalid_request"},
		"two clients":               {formType, "grant_type=client_credentials&client_id=other", s.basic(), 400, "invalid_request"},
		"twice the same":            {formType, s.form() + "&grant_type=client_credentials", "", 400, "invalid_request"},
		"scope twice":               {formType, s.form("scope", "read") + "&scope=read", "", 400, "invalid_request"},
		"no grant":                  {formType, s.form("grant_type", ""), "", 400, "invalid_request"},
		"password":                  {formType, s.form("grant_type", "password"), "", 400, "unsupported_grant_type"},
		"unknown grant":             {formType, s.form("grant_type", "urn:x:<script>"), "", 400, "unsupported_grant_type"},
		"unknown scope":             {formType, s.form("scope", "admin"), "", 400, "invalid_scope"},
		"malformed scope":           {formType, s.form("scope", "re\"ad"), "", 400, "invalid_scope"},
		"no content type":           {"", s.form(), "", 415, "invalid_request"},
		"JSON":                      {jsonType, `{"grant_type":"client_credentials"}`, "", 415, "invalid_request"},
		"multipart":                 {"multipart/form-data; boundary=x", s.form(), "", 415, "invalid_request"},
		"bad percent":               {formType, "grant_type=%zz", "", 400, "invalid_request"},
		"not UTF-8":                 {formType, s.form() + "&x=%ff", "", 400, "invalid_request"},
		"NUL":                       {formType, s.form("scope", "read\x00"), "", 400, "invalid_request"},
		"CR LF":                     {formType, s.form("scope", "read\r\nX: y"), "", 400, "invalid_scope"},
		"SQL":                       {formType, s.form("client_id", "' OR '1'='1"), "", 401, "invalid_client"},
		"template":                  {formType, s.form("client_id", "{{7*7}}${7*7}"), "", 401, "invalid_client"},
		"100 kB secret":             {formType, s.form("client_secret", strings.Repeat("x", 100_000)), "", 413, "invalid_request"},
		"60 kB secret":              {formType, s.form("client_secret", strings.Repeat("x", 60_000)), "", 401, "invalid_client"},
		"3 MB":                      {formType, strings.Repeat("x", 3<<20), "", 413, "invalid_request"},
		"300 fields":                {formType, strings.Repeat("a&", 300), "", 400, "invalid_request"},
		"the vendor's placeholders": {formType, "grant_type=client_credentials&client_id=YOUR_CLIENT_ID&client_secret=YOUR_CLIENT_SECRET", "", 401, "invalid_client"},
		"the vendor's stray space":  {formType, "grant_type=&client_id=&client_secret=", "", 400, "invalid_request"},
		"a space before the values": {formType, "grant_type=+client_credentials&client_id=+x&client_secret=+y", "", 400, "unsupported_grant_type"},
	} {
		r := post("/oauth2/token", c.contentType, c.body)
		if c.authorization != "" {
			r.Header.Set("Authorization", c.authorization)
		}
		checkRefusal(t, name, s.token(r), c.status, c.code, s.secret)
	}
}

// checkRefusal is what every refusal of the OAuth endpoints has in common.
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

// sameID is a body with its error_id, which is another each time, made the same.
func sameID(w *httptest.ResponseRecorder) string {
	return regexp.MustCompile(secret.ErrorIDPattern).ReplaceAllString(w.Body.String(), "ERROR_ID")
}

// TOK-08.
func TestUnknownAndEmptyParametersAreIgnored(t *testing.T) {
	s := newServer(t)
	if w := s.token(post("/oauth2/token", formType, s.form("scope", "", "audience", "x", "foo", "bar"))); w.Code != 200 {
		t.Errorf("token with unknown and empty parameters = %d %s, want 200", w.Code, w.Body)
	}
}

func TestParametersInTheAddressAreRefused(t *testing.T) {
	s := newServer(t)
	for _, query := range []string{"?" + s.form(), "?x=1", "?client_secret=" + s.secret} {
		checkRefusal(t, query, s.token(post("/oauth2/token"+query, formType, s.form())), 400, "invalid_request", s.secret)
		checkRefusal(t, query, s.appsAuth(post("/apps/auth"+query, jsonType, `{"clientId":"a","clientSecret":"b"}`)), 400, "invalid_request", s.secret)
	}
}

// A browser must not open its own sign-in box over the page.
func TestChallengeNamesBasicToProgramsOnly(t *testing.T) {
	s := newServer(t)
	wrong := s.form("client_secret", "wrong")
	for name, c := range map[string]struct {
		header http.Header
		want   string
	}{
		"a program":               {http.Header{}, "Basic "},
		"fetch":                   {http.Header{"Sec-Fetch-Dest": {"empty"}, "Sec-Fetch-Mode": {"cors"}}, nonBasicScheme + " "},
		"fetch over plain http":   {http.Header{"Origin": {"http://portal.internal:8080"}}, nonBasicScheme + " "},
		"a program with Basic":    {http.Header{"Authorization": {"Basic eDp5"}}, "Basic "},
		"fetch by the playground": {http.Header{"Authorization": {"Basic eDp5"}, "Sec-Fetch-Dest": {"empty"}}, nonBasicScheme + " "},
	} {
		r := post("/oauth2/token", formType, wrong)
		if c.header.Get("Authorization") != "" {
			r = post("/oauth2/token", formType, "grant_type=client_credentials")
		}
		for k, v := range c.header {
			r.Header[k] = v
		}
		if got := s.token(r).Header().Get("WWW-Authenticate"); !strings.HasPrefix(got, c.want) {
			t.Errorf("WWW-Authenticate to %s = %q, want it to start with %q", name, got, c.want)
		}
	}
	if got := s.appsAuth(post("/apps/auth", jsonType, `{"clientId":"a","clientSecret":"b"}`)).Header().Get("WWW-Authenticate"); strings.Contains(strings.ToLower(got), "basic") {
		t.Errorf("WWW-Authenticate of /apps/auth = %q, want no Basic", got)
	}
}

// SEE-01 to SEE-03.
func TestAppsAuthRefuses(t *testing.T) {
	s := newServer(t)
	wrong := checkedJSON(clientID, "gps_"+strings.Repeat("a", 40))
	for name, c := range map[string]struct {
		contentType, body string
		status            int
		code              string
	}{
		"wrong secret":       {jsonType, wrong, 401, "invalid_client"},
		"unknown client":     {jsonType, checkedJSON("zzzzzzzzzzzzzzzzzzzzzzzzzz", s.secret), 401, "invalid_client"},
		"the vendor's own":   {jsonType, checkedJSON("97sv0tntua35arne6uo30614r9", "10hj5i07htnu18jitial2dhg5tn4kd6fel6gg4clp3r6a8cj6o11"), 401, "invalid_client"},
		"secret with space":  {jsonType, checkedJSON(clientID, s.secret+" "), 401, "invalid_client"},
		"no secret":          {jsonType, `{"clientId":"x"}`, 400, "invalid_request"},
		"empty object":       {jsonType, `{}`, 400, "invalid_request"},
		"other letter case":  {jsonType, `{"clientid":"x","clientsecret":"y"}`, 400, "invalid_request"},
		"null":               {jsonType, `{"clientId":null,"clientSecret":"x"}`, 400, "invalid_request"},
		"number":             {jsonType, `{"clientId":1,"clientSecret":"x"}`, 400, "invalid_request"},
		"array":              {jsonType, `{"clientId":["x"],"clientSecret":"x"}`, 400, "invalid_request"},
		"array around":       {jsonType, `[{"clientId":"x","clientSecret":"x"}]`, 400, "invalid_request"},
		"empty":              {jsonType, ``, 400, "invalid_request"},
		"key twice":          {jsonType, `{"clientId":"x","clientId":"y","clientSecret":"x"}`, 400, "invalid_request"},
		"trailing data":      {jsonType, checkedJSON("x", "y") + "{}", 400, "invalid_request"},
		"half a surrogate":   {jsonType, `{"clientId":"\ud800","clientSecret":"x"}`, 400, "invalid_request"},
		"deep":               {jsonType, strings.Repeat("[", 30000), 400, "invalid_request"},
		"2 MB":               {jsonType, strings.Repeat("x", 2<<20), 413, "invalid_request"},
		"byte order mark":    {jsonType, "\ufeff" + wrong, 400, "invalid_request"},
		"UTF-16":             {"application/json; charset=utf-16", "\xff\xfe{\x00}\x00", 400, "invalid_request"},
		"form":               {formType, s.form(), 415, "invalid_request"},
		"text":               {"text/plain", wrong, 415, "invalid_request"},
		"no content type":    {"", wrong, 415, "invalid_request"},
		"markup in a field":  {jsonType, checkedJSON("<script>", "{{7*7}}"), 401, "invalid_client"},
		"an escaped NUL":     {jsonType, `{"clientId":"\u0000","clientSecret":"x"}`, 400, "invalid_request"},
		"secret of 60 kB":    {jsonType, checkedJSON(clientID, strings.Repeat("x", 60_000)), 401, "invalid_client"},
		"credentials by Go%": {jsonType, checkedJSON(clientID, "%!s(<nil>)"), 401, "invalid_client"},
	} {
		checkRefusal(t, name, s.appsAuth(post("/apps/auth", c.contentType, c.body)), c.status, c.code, s.secret)
	}
}

func checkedJSON(id, clientSecret string) string {
	text, _ := json.Marshal(map[string]string{"clientId": id, "clientSecret": clientSecret})
	return string(text)
}

func TestErrorsThatAreNotTheClientsKeepTheirTextToThemselves(t *testing.T) {
	s := newServer(t)
	for _, c := range []struct {
		err    error
		status int
		code   string
		retry  bool
	}{
		{secret.ErrOverloaded, 503, "temporarily_unavailable", true},
		{db.ErrBusy, 503, "temporarily_unavailable", true},
		{errors.New("sql: no such table"), 500, "server_error", false},
	} {
		for _, write := range []web.ErrorWriter{s.WriteError, s.WriteAppsAuthError} {
			w := httptest.NewRecorder()
			write(w, post("/oauth2/token", formType, ""), c.err)
			checkRefusal(t, c.err.Error(), w, c.status, c.code, "table")
			if got := w.Header().Get("Retry-After") != ""; got != c.retry {
				t.Errorf("%v: Retry-After = %q, want one: %v", c.err, w.Header().Get("Retry-After"), c.retry)
			}
		}
	}
}
