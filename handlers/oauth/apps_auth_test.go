package oauth

import (
	"encoding/json"
	"strings"
	"testing"
)

// SEE-01 to SEE-03: malformed and hostile bodies. tests/dialect has the refusals of the document.
func TestAppsAuthRefuses(t *testing.T) {
	s := newServer(t)
	wrong := checkedJSON(clientID, "gps_"+strings.Repeat("a", 40))
	for name, c := range map[string]struct {
		contentType, body string
		status            int
		code              string
	}{
		"unknown client":     {jsonType, checkedJSON("zzzzzzzzzzzzzzzzzzzzzzzzzz", s.secret), 401, "invalid_client"},
		"secret with space":  {jsonType, checkedJSON(clientID, s.secret+" "), 401, "invalid_client"},
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
