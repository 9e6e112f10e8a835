package oauth

import (
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"gatepost/db"
)

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

// TOK-03 to TOK-15 and SEE-04: what the endpoint refuses before any grant looks at it, and
// hostile values. tests/rfc has the refusals of RFC 6749 section 5.2.
func TestTokenEndpointRefuses(t *testing.T) {
	s := newServer(t)
	for name, c := range map[string]struct {
		contentType, body string
		status            int
		code              string
	}{
		"no credentials":            {formType, "grant_type=client_credentials", 401, "invalid_client"},
		"unknown grant":             {formType, s.form("grant_type", "urn:x:<script>"), 400, "unsupported_grant_type"},
		"malformed scope":           {formType, s.form("scope", "re\"ad"), 400, "invalid_scope"},
		"no content type":           {"", s.form(), 415, "invalid_request"},
		"multipart":                 {"multipart/form-data; boundary=x", s.form(), 415, "invalid_request"},
		"bad percent":               {formType, "grant_type=%zz", 400, "invalid_request"},
		"not UTF-8":                 {formType, s.form() + "&x=%ff", 400, "invalid_request"},
		"NUL":                       {formType, s.form("scope", "read\x00"), 400, "invalid_request"},
		"CR LF":                     {formType, s.form("scope", "read\r\nX: y"), 400, "invalid_scope"},
		"SQL":                       {formType, s.form("client_id", "' OR '1'='1"), 401, "invalid_client"},
		"template":                  {formType, s.form("client_id", "{{7*7}}${7*7}"), 401, "invalid_client"},
		"100 kB secret":             {formType, s.form("client_secret", strings.Repeat("x", 100_000)), 413, "invalid_request"},
		"3 MB":                      {formType, strings.Repeat("x", 3<<20), 413, "invalid_request"},
		"300 fields":                {formType, strings.Repeat("a&", 300), 400, "invalid_request"},
		"the vendor's placeholders": {formType, "grant_type=client_credentials&client_id=YOUR_CLIENT_ID&client_secret=YOUR_CLIENT_SECRET", 401, "invalid_client"},
		"the vendor's stray space":  {formType, "grant_type=&client_id=&client_secret=", 400, "invalid_request"},
		"a space before the values": {formType, "grant_type=+client_credentials&client_id=+x&client_secret=+y", 400, "unsupported_grant_type"},
	} {
		checkRefusal(t, name, s.token(post("/oauth2/token", c.contentType, c.body)), c.status, c.code, s.secret)
	}
}

func TestParametersInTheAddressAreRefused(t *testing.T) {
	s := newServer(t)
	for _, query := range []string{"?" + s.form(), "?x=1", "?client_secret=" + s.secret} {
		checkRefusal(t, query, s.token(post("/oauth2/token"+query, formType, s.form())), 400, "invalid_request", s.secret)
		checkRefusal(t, query, s.appsAuth(post("/apps/auth"+query, jsonType, `{"clientId":"a","clientSecret":"b"}`)), 400, "invalid_request", s.secret)
	}
}
