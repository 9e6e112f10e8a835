package flow

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gatepost/handlers"
	"gatepost/tests/testapp"
)

const proxied = `openapi: 3.1.0
info: {title: Meters, version: "1"}
servers:
  - url: https://api.example.com/v1
  - url: https://api.example.com/v2
  - url: https://127.0.0.1
  - url: https://localhost/inside
  - url: https://169.254.169.254
  - url: https://api.example.com:8443
  - url: http://api.example.com
paths:
  /meters/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
      - {name: X-Trace, in: header, schema: {type: string}}
      - {name: Cookie, in: header, schema: {type: string}}
      - {name: X-Forwarded-For, in: header, schema: {type: string}}
    get:
      responses: {"200": {description: A meter}}
`

var way = regexp.MustCompile(`\["(https?://[^"]+)","(/apis/meters/proxy/[0-9a-f]+)"\]`)

// A call by the proxy reaches the server that the document declares and the owner approved,
// with what the person chose and nothing else.
func TestProxyCarriesCalls(t *testing.T) {
	t.Parallel()
	type call struct {
		*http.Request
		body string
	}
	var last atomic.Pointer[call]
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		last.Store(&call{r, string(text)})
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("X-Total-Count", "7")
		for name, value := range map[string]string{"Set-Cookie": "gatepost=evil", "Clear-Site-Data": `"*"`, "Access-Control-Allow-Origin": "*", "Content-Security-Policy": "script-src *",
			"Service-Worker-Allowed": "/", "Refresh": "0; url=https://evil.example", "WWW-Authenticate": "Basic", "Strict-Transport-Security": "max-age=0", "Location": "https://evil.example"} {
			h.Set(name, value)
		}
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, `{"a": 1}`)
	})
	for path, status := range map[string]int{"moved": 302, "moved-hard": 308, "seen": 303} {
		mux.HandleFunc("/v1/"+path, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "https://127.0.0.1/inside", status) })
	}
	mux.HandleFunc("/v1/html", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<script>alert(1)</script>")
	})
	mux.HandleFunc("/v1/nothing", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("/v1/denied", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
	mux.HandleFunc("/v1/large", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strings.Repeat("x", 5<<20+1)) })
	mux.HandleFunc("/v1/full", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, strings.Repeat("x", 5<<20)) })
	mux.HandleFunc("/v1/cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "x")
	})
	first := testapp.New(t)
	founder := first.Owner(t)
	upstream := testapp.Upstream(t, mux)
	app := testapp.Within(t, first, func(o *handlers.Options) { o.Reach = upstream })
	owner := app.Visitor(t)
	owner.Email = founder.Email
	owner.SignIn(t, testapp.Password)
	page := addAPI(t, app, owner, "Meters", "https://api.example.com/")
	testapp.WantRedirect(t, "POST of the document", paste(t, app, owner, page, proxied), page)
	approve := func(servers ...string) map[string]string {
		t.Helper()
		testapp.WantRedirect(t, "approve", owner.Post(t, page+"/calls", url.Values{"version": {"1"}, "servers": servers}), page)
		ways := map[string]string{}
		for _, m := range way.FindAllStringSubmatch(strings.ReplaceAll(owner.Get(t, "/apis/meters").Body, "&#34;", `"`), -1) {
			ways[m[1]] = m[2]
		}
		return ways
	}
	all := []string{"https://api.example.com/v1", "https://127.0.0.1", "https://localhost/inside", "https://169.254.169.254", "https://api.example.com:8443", "http://api.example.com"}
	ways := approve(all...)
	v1 := ways[all[0]]
	dev := app.Member(t, "First team", "viewer")
	script := []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Dest", "empty"}
	send := func(method, path, body string, headers ...string) *testapp.Answer {
		t.Helper()
		return dev.Do(t, app.Request(t, method, path, body, append(slices.Clone(script), headers...)...))
	}

	// What goes out.
	r := send("POST", v1+"/meters/a%2Fb?x=1&y=%20", `{"b": 2}`, "Authorization", "Bearer chosen", "Content-Type", "application/json", "X-Trace", "t", "X-Other", "o",
		"X-Forwarded-For", "192.0.2.1", "Forwarded", "for=192.0.2.1", "Origin", app.URL, "Referer", app.URL+"/apis/meters", "Via", "1.1 x", "X-Real-Ip", "192.0.2.1", "Accept-Language", "it", "User-Agent", "Secret/1")
	testapp.WantStatus(t, "a call", r, http.StatusCreated)
	got := last.Load()
	if got.Method != "POST" || got.Host != "api.example.com" || got.RequestURI != "/v1/meters/a%2Fb?x=1&y=%20" || got.body != `{"b": 2}` {
		t.Errorf("the server got %s %s of %s with %s", got.Method, got.RequestURI, got.Host, got.body)
	}
	sent := http.Header{"Authorization": {"Bearer chosen"}, "Content-Type": {"application/json"}, "X-Trace": {"t"}, "Content-Length": {"8"}}
	if fmt.Sprint(got.Header) != fmt.Sprint(sent) {
		t.Errorf("the server got the headers %v, want %v", got.Header, sent)
	}
	testapp.WantStatus(t, "a call without a token", send("DELETE", v1+"/meters/1", ""), http.StatusCreated)
	if got = last.Load(); got.Header.Get("Authorization") != "" || got.Header.Get("Cookie") != "" || got.Method != "DELETE" {
		t.Errorf("the server got %s with the headers %v", got.Method, got.Header)
	}

	// What comes back.
	if r.Body != `{"a": 1}` || r.Header.Get("Content-Type") != "application/json" || r.Header.Get("X-Total-Count") != "7" {
		t.Errorf("the answer = %s, %v", r.Body, r.Header)
	}
	for name, want := range map[string]string{"Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
		"Set-Cookie": "", "Clear-Site-Data": "", "Access-Control-Allow-Origin": "", "Service-Worker-Allowed": "", "Refresh": "", "Www-Authenticate": "", "Location": "", "Content-Disposition": "", "Strict-Transport-Security": ""} {
		if got := strings.Join(r.Header.Values(name), "|"); got != want {
			t.Errorf("header %s of the answer = %q, want %q", name, got, want)
		}
	}
	if r := send("GET", v1+"/html", ""); r.Header.Get("Content-Disposition") != "attachment" || r.Status != 200 {
		t.Errorf("an answer of HTML = %d with Content-Disposition %q, want an attachment", r.Status, r.Header.Get("Content-Disposition"))
	}
	for path, want := range map[string]int{"/nothing": 204, "/denied": 401, "/full": 200, "/large": 502, "/cut": 502, "/moved": 502, "/moved-hard": 502, "/seen": 502} {
		testapp.WantStatus(t, "GET "+path, send("GET", v1+path, ""), want)
	}
	if r := send("POST", v1+"/meters/1", strings.Repeat("x", 5<<20+1)); r.Status != http.StatusRequestEntityTooLarge {
		t.Errorf("a body of more than 5 MB = %d, want 413", r.Status)
	}

	// Where it does not go.
	last.Store(nil)
	if len(ways) != 4 {
		t.Errorf("the page has the ways %v, want those of https on port 443", ways)
	}
	for _, inside := range all[1:4] {
		testapp.WantStatus(t, "a call to "+inside, send("GET", ways[inside]+"/x", ""), http.StatusBadGateway)
	}
	for what, path := range map[string]string{
		"dots": "/../v2/x", "dots at the end": "/x/..", "one dot": "/./x", "encoded dots": "/%2e%2e/v2/x", "half encoded dots": "/.%2E/v2/x", "an encoded slash after dots": "/..%2fv2/x",
		"an encoded slash before dots": "/x%2f../v2", "an encoded backslash": "/..%5cv2", "a backslash alone": "/a%5Cb", "a path parameter after dots": "/..;/v2/x", "one with a value": "/..;a=b/v2/x",
		"dots encoded twice": "/%252e%252e/v2/x", "dots encoded three times": "/%25252e%25252e/x", "a slash encoded twice": "/..%252fv2", "a backslash encoded twice": "/a%255cb",
		"a line break": "/a%0d%0aHost:%20evil", "a NUL": "/a%00b", "a C1 control": "/a%c2%85b", "an overlong dot": "/%c0%ae%c0%ae/v2", "three dots": "/.../x", "dots and a space": "/..%20/v2",
	} {
		r := send("GET", v1+path, "")
		testapp.WantStatus(t, "a path with "+what, r, http.StatusBadRequest)
		testapp.WantWords(t, "a path with "+what, r.Body, "as the server's document has it")
	}
	for what, origin := range map[string]string{"another site": "https://evil.example", "another port": app.URL + "1", "another scheme": strings.Replace(app.URL, "http:", "https:", 1), "nowhere": "null"} {
		for _, method := range []string{"GET", "POST", "DELETE"} {
			testapp.WantStatus(t, method+" by an older browser from "+what, dev.Do(t, app.Request(t, method, v1+"/x", "", "Origin", origin)), http.StatusForbidden)
		}
	}
	for _, path := range []string{"/apis/meters/proxy/0000000000000000/x", "/apis/meters/proxy/https:%2F%2Fapi.example.com/x", "/apis/none/proxy" + v1[len("/apis/meters/proxy"):] + "/x", "/apis/meters/proxy/0/x"} {
		testapp.WantStatus(t, "GET "+path, send("GET", path, ""), http.StatusNotFound)
	}

	// Who may not call.
	stranger := app.Visitor(t)
	testapp.WantStatus(t, "a call by a stranger", stranger.Do(t, app.Request(t, "GET", v1+"/x", "", script...)), http.StatusUnauthorized)
	for name, headers := range map[string][]string{
		"another site":    {"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Dest", "empty"},
		"a sister site":   {"Sec-Fetch-Site", "same-site", "Sec-Fetch-Dest", "empty"},
		"an address bar":  {"Sec-Fetch-Site", "none", "Sec-Fetch-Dest", "document"},
		"a link":          {"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Dest", "document"},
		"a frame":         {"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Dest", "iframe"},
		"a script's src":  {"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Dest", "script"},
		"a form's action": {"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"},
	} {
		for _, method := range []string{"GET", "POST"} {
			testapp.WantStatus(t, method+" by "+name, dev.Do(t, app.Request(t, method, v1+"/x", "", headers...)), http.StatusForbidden)
		}
	}

	// What is not approved any more.
	approve(all[1])
	testapp.WantStatus(t, "a call to a server without approval", send("GET", v1+"/x", ""), http.StatusNotFound)
	testapp.WantRedirect(t, "approve direct calls", owner.Post(t, page+"/calls", url.Values{"version": {"1"}, "servers": all, "direct": {"on"}}), page)
	testapp.WantStatus(t, "a call where calls are direct", send("GET", v1+"/x", ""), http.StatusNotFound)
	if got := last.Load(); got != nil {
		t.Errorf("the server got %s %s", got.Method, got.RequestURI)
	}
}

// A call takes its turn: many at once are told to come back, and none is forgotten.
func TestProxyIsBounded(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	first := testapp.New(t)
	founder := first.Owner(t)
	upstream := testapp.Upstream(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hold:
		case <-r.Context().Done():
		}
	}))
	app := testapp.Within(t, first, func(o *handlers.Options) { o.Reach = upstream })
	owner := app.Visitor(t)
	owner.Email = founder.Email
	owner.SignIn(t, testapp.Password)
	page := addAPI(t, app, owner, "Meters", "https://api.example.com/")
	testapp.WantRedirect(t, "POST of the document", paste(t, app, owner, page, proxied), page)
	testapp.WantRedirect(t, "approve", owner.Post(t, page+"/calls", testapp.Form("version", "1", "servers", "https://api.example.com/v1")), page)
	m := way.FindStringSubmatch(strings.ReplaceAll(owner.Get(t, "/apis/meters").Body, "&#34;", `"`))
	statuses := make(chan int, 40)
	for range 40 {
		go func() { statuses <- owner.Get(t, m[2]+"/x").Status }()
	}
	count := map[int]int{}
	for range 24 {
		select {
		case s := <-statuses:
			count[s]++
		case <-time.After(20 * time.Second):
			t.Fatalf("answers while the server holds = %v, want 24 refusals", count)
		}
	}
	close(hold)
	for range 16 {
		count[<-statuses]++
	}
	if count[http.StatusServiceUnavailable] != 24 || count[http.StatusOK] != 16 {
		t.Errorf("statuses = %v, want 16 calls and 24 refusals", count)
	}
}
