package oauth

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// SEE-05: what tests/dialect doesn't show of Netrex's document: records, lengths, and Basic.
func TestQueryDialect(t *testing.T) {
	s := newWebServer(t)
	s.becomes(t, func(a *db.App) { a.QueryParameters = true })
	credentials := "?client_id=" + clientID + "&client_secret=" + s.secret
	w := s.token(httptest.NewRequest("POST", "/oauth2/token"+credentials+"&grant_type=client_credentials", nil))
	a, err := s.Grant.Access(t.Context(), text(t, w, "access_token"), db.Caller{})
	if err != nil {
		t.Fatal(err)
	}
	if record, err := s.Grant.DB.AccessToken(t.Context(), a.JTI); err != nil || record.Dialect != "netrex" {
		t.Errorf("record = %+v, %v, want the dialect netrex", record, err)
	}
	// Some in the address and some in the body, of whatever length a client announces.
	mixed := post("/oauth2/token?client_id="+clientID+"&grant_type=client_credentials", formType, "client_secret="+s.secret)
	mixed.ContentLength = -1
	if w := s.token(mixed); w.Code != 200 {
		t.Errorf("secret in the body, the rest in the query = %d %s, want 200", w.Code, w.Body)
	}
	empty := post("/oauth2/token?client_id="+clientID+"&grant_type=client_credentials&client_secret="+s.secret, jsonType, "")
	empty.ContentLength = -1
	if w := s.token(empty); w.Code != 200 {
		t.Errorf("empty body of unknown length = %d %s, want 200", w.Code, w.Body)
	}
	byBasic := httptest.NewRequest("POST", "/oauth2/token?grant_type=client_credentials", nil)
	byBasic.SetBasicAuth(clientID, s.secret)
	if w := s.token(byBasic); w.Code != 200 {
		t.Errorf("Basic and a query = %d %s, want 200", w.Code, w.Body)
	}
	if w := s.token(post("/oauth2/token", formType, s.form())); w.Code != 200 {
		t.Errorf("the form = %d %s, want 200 still", w.Code, w.Body)
	}
}

// SEE-06: what the dialect refuses.
func TestQueryDialectRefuses(t *testing.T) {
	s := newWebServer(t)
	s.becomes(t, func(a *db.App) { a.QueryParameters = true })
	client := "?client_id=" + clientID + "&client_secret=" + s.secret
	token := text(t, s.token(post("/oauth2/token", formType, s.codeForm(s.code(t, challenge)))), "refresh_token")
	for name, c := range map[string]struct {
		query, contentType, body string
		status                   int
		code                     string
	}{
		"one in both":               {client + "&grant_type=client_credentials", formType, "grant_type=client_credentials", 400, "invalid_request"},
		"another client in both":    {client + "&grant_type=client_credentials", formType, "client_id=other", 400, "invalid_request"},
		"refresh with a wrong one":  {"?client_id=" + clientID + "&client_secret=x&grant_type=refresh_token&refresh_token=" + token, "", "", 401, "invalid_client"},
		"JSON beside":               {client + "&grant_type=client_credentials", jsonType, "{}", 415, "invalid_request"},
		"a body without its type":   {client + "&grant_type=client_credentials", "", "scope=read", 415, "invalid_request"},
		"bad percent":               {client + "&grant_type=%zz", "", "", 400, "invalid_request"},
		"not UTF-8":                 {client + "&grant_type=%ff", "", "", 400, "invalid_request"},
		"NUL":                       {client + "&grant_type=%00", "", "", 400, "invalid_request"},
		"300 parameters":            {"?" + strings.Repeat("a&", 300), "", "", 400, "invalid_request"},
		"70 kB":                     {"?x=" + strings.Repeat("a", 70_000), "", "", 413, "invalid_request"},
		"a grant that there is not": {client + "&grant_type=password", "", "", 400, "unsupported_grant_type"},
	} {
		checkRefusal(t, name, s.token(post("/oauth2/token"+c.query, c.contentType, c.body)), c.status, c.code, s.secret)
	}
}

// The setting is off by default, and an app whose setting is off can't be told from one that
// doesn't exist.
func TestQueryDialectIsOffByDefault(t *testing.T) {
	s := newWebServer(t)
	code := s.code(t, "")
	query := "&client_secret=" + s.secret + "&grant_type=authorization_code&code=" + code + "&redirect_uri=" + url.QueryEscape(callback)
	own := s.token(httptest.NewRequest("POST", "/oauth2/token?client_id="+clientID+query, nil))
	checkRefusal(t, "switch off", own, 400, "invalid_request", s.secret)
	for name, id := range map[string]string{"unknown": strings.Repeat("z", 26), "none": "", "SQL": "%27+OR+1=1"} {
		if w := s.token(httptest.NewRequest("POST", "/oauth2/token?client_id="+id+query, nil)); w.Code != own.Code || sameID(w) != sameID(own) {
			t.Errorf("client %s = %d %s, want the answer of the switch that is off: %s", name, w.Code, w.Body, own.Body)
		}
	}
	stored, err := s.Grant.DB.Code(t.Context(), secret.HashToken(code))
	if err != nil || !stored.ConsumedAt.IsZero() {
		t.Errorf("code = %+v, %v, want it unused", stored, err)
	}
}
