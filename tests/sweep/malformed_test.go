package sweep

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

func TestMalformedInputIsNeverA500(t *testing.T) {
	t.Parallel()
	for engine, options := range testapp.Engines(t) {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options...)
			list := routes(t)
			for _, r := range list {
				path := w.path(t, r.pattern)
				if r.method == http.MethodPost && !slices.Contains(bodyless, r.pattern) {
					w.sendMalformed(t, r, path)
				}
				w.sendOddAddresses(t, r)
				w.sendOddHeaders(t, r, path)
			}
			// What matters still works.
			if status := w.Me(t, w.Token(t, w.credentials)); status != http.StatusOK {
				t.Errorf("GET /api/v1/me after the sweep = %d, want 200", status)
			}
		})
	}
}

// optional are POSTs whose fields are all optional: they take a well-formed object without them,
// as long as the app has room for another secret.
var optional = []string{"/api/v1/apps/{client_id}/secrets", "/api/v1/apps/{client_id}/secrets/rotate"}

// wellFormed are the bodies of sendMalformed that a route without required fields may take.
var wellFormed = []string{"empty", "wrong types", "nulls", "a long secret", "times out of range"}

func (w *world) sendMalformed(t *testing.T, r route, path string) {
	t.Helper()
	bodies := map[string]string{
		"a bare percent": "name=%", "bad hex": "name=%zz", "invalid UTF-8": "name=%ff%fe", "raw bytes": "name=\xff\xfe", "NUL": "name=a%00b", "a raw NUL": "name=a\x00b",
		"CR LF": "name=a%0d%0aSet-Cookie:+x=y", "SQL": "name='%3B+DROP+TABLE+people%3B+--", "a template": "name={{7*7}}${7*7}<%25=7*7%25>",
		"20,000 fields": strings.Repeat("a=1&", 15000), "no name": "=x", "an array": "name[]=1&name[]=2", "a semicolon": "a=1;b=2", "empty": "",
		"too long values": "email=" + strings.Repeat("x", 50000) + "&password=" + strings.Repeat("y", 10000),
		"the same twice":  "grant_type=client_credentials&grant_type=client_credentials&client_id=a&client_id=b",
	}
	if r.takes() == jsonType {
		bodies = map[string]string{
			"empty": "", "a number": "1", "null": "null", "an array": "[]", "half an object": `{"a":`, "a trailing comma": `{"a":1,}`, "two objects": `{}{}`,
			"a byte order mark": "\xef\xbb\xbf{}", "UTF-16": "\xff\xfe{\x00}\x00", "invalid UTF-8": "{\"name\":\"\xff\"}", "NUL": `{"name":"\u0000"}`,
			"half a surrogate": `{"name":"\ud800"}`, "deep nesting": strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000), "the same key twice": `{"name":"a","name":"b"}`,
			"wrong types": `{"name":1,"scopes":"read","clientId":[],"clientSecret":{},"label":true,"message":[1],"expires_at":"tomorrow"}`,
			"nulls":       `{"name":null,"scopes":null,"clientId":null,"clientSecret":null,"label":null,"message":null}`,
			"SQL":         `{"name":"'; DROP TABLE people; --","scopes":["' OR 1=1"],"message":"x"}`, "a long secret": `{"clientId":"a","clientSecret":"` + strings.Repeat("x", 60000) + `"}`,
			"times out of range": `{"name":"x","scopes":["read"],"secret_expires_at":"9999-12-31T23:59:59Z","expires_at":"0001-01-01T00:00:00Z"}`,
		}
	}
	types := map[string]string{"no content type": "", "nonsense": "nonsense", "text": "text/plain", "multipart": "multipart/form-data; boundary=x", "XML": "application/xml"}
	if r.takes() == jsonType {
		types["a form"] = formType
	} else {
		types["JSON"] = jsonType
	}
	for name, body := range bodies {
		a := w.call(t, r, path, body, "Content-Type", r.takes())
		what := fmt.Sprintf("POST %s with %s", path, name)
		if a.Status >= 500 {
			t.Errorf("%s = %d", what, a.Status)
		}
		taken := (slices.Contains(fieldless, r.pattern) || slices.Contains(optional, r.pattern)) && slices.Contains(wellFormed, name)
		if r.takes() == jsonType && a.Status < 400 && !taken && name != "SQL" {
			t.Errorf("%s = %d, want a refusal", what, a.Status)
		}
		wantShape(t, what, r.group, a)
	}
	for name, kind := range types {
		body := "name=x"
		if r.takes() == jsonType {
			body = "{}"
		}
		a := w.call(t, r, path, body, "Content-Type", kind)
		what := fmt.Sprintf("POST %s with %s as content type", path, name)
		if a.Status != http.StatusUnsupportedMediaType && !(r.pattern == "/login" && a.Status == http.StatusTooManyRequests) {
			t.Errorf("%s = %d, want 415", what, a.Status)
		}
		wantShape(t, what, r.group, a)
	}
}

// failed reports whether the portal failed. With 502 its proxy says that an API can't be reached.
func (r route) failed(status int) bool {
	return status >= 500 && !(status == http.StatusBadGateway && strings.Contains(r.pattern, "/proxy/"))
}

// sendOddAddresses puts odd values into each placeholder and into the query.
func (w *world) sendOddAddresses(t *testing.T, r route) {
	t.Helper()
	for _, name := range placeholder.FindAllString(r.pattern, -1) {
		if name == "{$}" {
			continue
		}
		for _, odd := range []string{"%00", "a%00b", "%ff%fe", "%F0%9F%98%80", "..%2f..%2f", "%0d%0aX-Injected:%20yes", "'%20OR%201=1--", strings.Repeat("x", 3000), "-1", "%25", "new"} {
			path := w.pathWith(t, r.pattern, name, odd)
			a := w.call(t, r, path, "", "Content-Type", r.takes())
			if r.failed(a.Status) || a.Header.Get("X-Injected") != "" {
				t.Errorf("%s %.100s = %d", r.method, path, a.Status)
			}
		}
	}
	path := w.path(t, r.pattern)
	if r.method != http.MethodGet {
		return
	}
	for _, query := range []string{"?before=%00&next=%00&app=%00&dialect=%00&scope=%00&tokens=%00", "?before=%ff&next=%ff&app=%ff", "?%", "?a=%zz", "?a;b", "?next=" + strings.Repeat("x", 10000),
		"?next=%0d%0aX-Injected:%20yes", "?before='", "?app=a&app=b", "?client_secret=x&token=y"} {
		a := w.call(t, r, path+query, "")
		if r.failed(a.Status) || a.Header.Get("X-Injected") != "" {
			t.Errorf("GET %s%.60s = %d", path, query, a.Status)
		}
	}
}

func (w *world) sendOddHeaders(t *testing.T, r route, path string) {
	t.Helper()
	if r.method != http.MethodGet {
		return
	}
	for name, headers := range map[string][]string{
		"a User-Agent that is not text": {"User-Agent", "\xff\xfe\x80"},
		"a long User-Agent":             {"User-Agent", strings.Repeat("x", 5000)},
		"a broken cookie":               {"Cookie", "gatepost=%00.x; gatepost; =; theme=\"><script>"},
		"an odd session":                {"Cookie", "gatepost=" + strings.Repeat("a", 3000) + ".b"},
		"an odd X-Forwarded-For":        {"X-Forwarded-For", "x, ::1, 999.0.0.1, \"", "Forwarded", "for=;;;"},
		"a range":                       {"Range", "bytes=0-,5-2,-9999999"},
		"an odd condition":              {"If-None-Match", `W/"`, "If-Modified-Since", "yesterday"},
		"an encoding":                   {"Accept-Encoding", "gzip;q=x, br;q=2, *"},
	} {
		a := w.Do(t, w.Request(t, r.method, path, "", headers...))
		if a.Status >= 500 {
			t.Errorf("GET %s with %s = %d", path, name, a.Status)
		}
	}
}

// A token is recorded with the caller's User-Agent: whatever that is, the database takes it.
func TestOddCallersGetTheirTokens(t *testing.T) {
	t.Parallel()
	for engine, options := range testapp.Engines(t) {
		t.Run(engine, func(t *testing.T) {
			w := newWorld(t, options...)
			for _, agent := range []string{"\xff\xfe\x80", strings.Repeat("é", 3000), "a\tb", "<script>alert(1)</script>", "'; DROP TABLE secret_usage; --", ""} {
				r := w.Do(t, w.Request(t, http.MethodPost, "/oauth2/token", w.credentials.Form(), "Content-Type", formType, "User-Agent", agent))
				if r.Status != http.StatusOK {
					t.Errorf("POST /oauth2/token with the User-Agent %.20q = %d, want 200", agent, r.Status)
				}
				page := w.owner.Get(t, "/apps/"+w.credentials.ClientID+"/activity")
				if page.Status != http.StatusOK || strings.Contains(page.Body, "<script>alert") {
					t.Errorf("GET activity after the User-Agent %.20q = %d, or it is not escaped", agent, page.Status)
				}
			}
		})
	}
}

// REL-19, REL-22: what is not HTTP is refused, and the server goes on.
func TestBrokenHTTPIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	host := strings.TrimPrefix(w.URL, "http://")
	for name, raw := range map[string]string{
		"two lengths":         "POST /oauth2/token HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
		"a bad chunk":         "POST /oauth2/token HTTP/1.1\r\nHost: " + host + "\r\nContent-Type: " + formType + "\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
		"no host":             "GET /login HTTP/1.1\r\n\r\n",
		"a header of 1.5 MB":  "GET /login HTTP/1.1\r\nHost: " + host + "\r\nX-Long: " + strings.Repeat("x", 1_500_000) + "\r\n\r\n",
		"30,000 headers":      "GET /login HTTP/1.1\r\nHost: " + host + "\r\n" + strings.Repeat("X-Many: x\r\n", 30000) + "\r\n",
		"an address of 1 MB":  "GET /" + strings.Repeat("x", 1_200_000) + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n",
		"no HTTP":             "hello\r\n\r\n",
		"a space in a header": "GET /login HTTP/1.1\r\nHost: " + host + "\r\nX Y: z\r\n\r\n",
	} {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, raw) // the server may close before it has read all
		answer := make([]byte, 12)
		n, _ := io.ReadFull(conn, answer)
		conn.Close()
		if n == 12 && answer[9] != '4' {
			t.Errorf("%s: the server answers %s, want 4xx or a closed connection", name, answer)
		}
	}
	if a := w.owner.Get(t, "/dashboard"); a.Status != http.StatusOK {
		t.Errorf("GET /dashboard after all that = %d, want 200", a.Status)
	}
}
