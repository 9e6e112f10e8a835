package oauth

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gatepost/db"
	"gatepost/handlers/secret"
	"gatepost/handlers/web"
)

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
