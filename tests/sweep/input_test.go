package sweep

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gatepost/handlers"
	"gatepost/tests/testapp"
)

// wantShape checks that an error has the shape of its group and tells nothing of the inside.
func wantShape(t *testing.T, what string, group handlers.Group, a *testapp.Answer) {
	t.Helper()
	if a.Status < 400 {
		return
	}
	for _, inside := range []string{"goroutine", "SQLSTATE", "sqlite", "SELECT ", ".go:", "db: ", "panic"} {
		if strings.Contains(a.Body, inside) {
			t.Errorf("%s = %d tells of the inside: %.300s", what, a.Status, a.Body)
		}
	}
	kind := a.Header.Get("Content-Type")
	switch group {
	case handlers.Clients, handlers.Nextome:
		var e struct {
			Error       string `json:"error"`
			Description string `json:"error_description"`
		}
		if err := json.Unmarshal([]byte(a.Body), &e); err != nil || e.Error == "" || e.Description == "" || kind != "application/json" {
			t.Errorf("%s = %d %s %.200s, want the JSON of RFC 6749 section 5.2", what, a.Status, kind, a.Body)
		}
	case handlers.Iotconnect:
		var e struct {
			Status  int    `json:"status"`
			Message string `json:"message"`
		}
		if err := json.Unmarshal([]byte(a.Body), &e); err != nil || e.Status != a.Status || e.Message == "" || kind != "application/json" {
			t.Errorf("%s = %d %s %.200s, want the vendor's envelope", what, a.Status, kind, a.Body)
		}
	case handlers.Programs, handlers.SignedInScript, handlers.PublicScript:
		var e struct {
			Status    int    `json:"status"`
			Title     string `json:"title"`
			RequestID string `json:"request_id"`
		}
		if err := json.Unmarshal([]byte(a.Body), &e); err != nil || e.Status != a.Status || e.Title == "" || e.RequestID != a.Header.Get("X-Request-Id") || kind != "application/problem+json" {
			t.Errorf("%s = %d %s %.200s, want problem details", what, a.Status, kind, a.Body)
		}
	default:
		if kind != "text/html; charset=utf-8" || !strings.Contains(a.Body, "<h1") {
			t.Errorf("%s = %d %s %.200s, want a page", what, a.Status, kind, a.Body)
		}
	}
}

func TestWrongMethodIsToldTheRightOnes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	list, refused := table(t)
	seen := map[string]bool{}
	for _, r := range list {
		path := w.path(t, r.pattern)
		if seen[path] {
			continue
		}
		seen[path] = true
		takes := methods(list, refused, path)
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "gEt"} {
			if slices.Contains(takes, method) {
				continue
			}
			what := method + " " + path
			a := w.Do(t, w.Request(t, method, path, "", "X-Marker", "do not echo", "Access-Control-Request-Headers", "x-anything,authorization"))
			if method == "OPTIONS" && r.machine() {
				if a.Status != http.StatusNoContent || a.Header.Get("Access-Control-Allow-Origin") != "*" || a.Header.Get("Access-Control-Allow-Methods") == "" ||
					a.Header.Get("Access-Control-Allow-Headers") != "x-anything, authorization" || a.Header.Get("Access-Control-Allow-Credentials") != "" {
					t.Errorf("%s = %d, want the answer to a preflight", what, a.Status)
				}
				continue
			}
			if a.Status != http.StatusMethodNotAllowed {
				t.Errorf("%s = %d, want 405", what, a.Status)
				continue
			}
			allow := strings.Split(a.Header.Get("Allow"), ", ")
			slices.Sort(allow)
			if !slices.Equal(allow, takes) {
				t.Errorf("%s: Allow = %v, want %v", what, allow, takes)
			}
			if strings.Contains(a.Body, "do not echo") {
				t.Errorf("%s echoes the request", what)
			}
			if method != "HEAD" && r.group != handlers.Files {
				wantShape(t, what, r.group405(), a)
			}
			wantEvery(t, what, a)
		}
	}
}

// group405 is the group whose shape a 405 has: that of pages is told without signing in.
func (r route) group405() handlers.Group {
	if strings.HasPrefix(r.pattern, "/oauth2/") {
		return handlers.Clients // also where the address has pages: no browser goes there with such a method
	}
	if r.script() || r.signedIn() {
		return handlers.Public
	}
	return r.group
}

func TestUnknownAddressesAreNotFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, group := range map[string]handlers.Group{
		"/nothing": handlers.Public, "/.git/config": handlers.Public, "/.env": handlers.Public, "/debug/pprof/": handlers.Public, "/dashboard/": handlers.Public, "/login/x": handlers.Public,
		"/docs/nothing": handlers.Public, "/docs/..%2f..%2fetc": handlers.Public, "/apps/aaaaaaaaaaaaaaaaaaaaaaaaaa": handlers.SignedIn, "/playground/nothing": handlers.SignedIn,
		"/account/nothing": handlers.Public, "/api": handlers.Programs, "/api/v1/nothing": handlers.Programs, "/api/v2/me": handlers.Iotconnect, "/transactions/nothing": handlers.Programs,
		"/api/v1/": handlers.Programs, "/api/v1": handlers.Programs, "/API/V1/me": handlers.Programs, "/api/v1/me/": handlers.Programs, "/api/v1//me": handlers.Programs, "/api/v1/../v1/me": handlers.Programs,
		"/api/v1.1": handlers.Iotconnect, "/api/v1.1/": handlers.Iotconnect, "/api/V1.1/nothing/": handlers.Iotconnect, "/api/v2": handlers.Iotconnect, "/api/v2//Device": handlers.Iotconnect,
		"/api/v2/Device//": handlers.Iotconnect, "/api/v2/./Device": handlers.Iotconnect, "/api/v2.1": handlers.Iotconnect, "/api/v2.1/Firmware": handlers.Iotconnect, "/API/V2.1/FILE/": handlers.Iotconnect,
		"/api/v2.1/device-template/lookup/x": handlers.Iotconnect, "/api/v2.2/Device": handlers.Programs, "/api/uisdk": handlers.Iotconnect, "/api/uisdk/solutionkey/x": handlers.Iotconnect,
		"/transactions": handlers.Programs, "/transactions/mock/": handlers.Programs, "/oauth2": handlers.Clients, "/oauth2/token/": handlers.Clients, "/oauth2//token": handlers.Clients, "/OAuth2/Token": handlers.Clients,
		"/.well-known": handlers.Clients, "/.well-known/": handlers.Clients, "/.well-known/jwks.json/": handlers.Clients, "/.well-known/openid-configuration/x": handlers.Clients,
		"/apps/auth/": handlers.Nextome, "/apps/auth/activity": handlers.Nextome, "/apps/auth/x/y": handlers.Nextome, "/apps//auth": handlers.Nextome, "/Apps/Auth": handlers.Nextome,
		"/api/v1/apps/aaaaaaaaaaaaaaaaaaaaaaaaaa": handlers.Programs,
		"/oauth2/nothing":                         handlers.Clients, "/oauth2/": handlers.Clients, "/.well-known/nothing": handlers.Clients,
		"/static/": handlers.Files, "/static/x/app.css": handlers.Files, "/static/" + w.values["{hash}"] + "/nothing.js": handlers.Files,
		"/static/" + w.values["{hash}"] + "/": handlers.Files, "/static/" + w.values["{hash}"] + "/fs.go": handlers.Files, "/swagger-ui/swagger-initializer.js": handlers.Files,
	} {
		a := w.call(t, route{http.MethodGet, "", group}, path, "")
		if a.Status != http.StatusNotFound {
			t.Errorf("GET %s = %d to %q, want 404", path, a.Status, a.Location)
		}
		if group != handlers.Files {
			wantShape(t, "GET "+path, group, a)
		}
	}
}

// proxyRoute carries any body, and any answer.
const proxyRoute = "/apis/{slug}/proxy/{server}/{path...}"

// bodyless are POSTs that read no body, or one that is no form of fields, or that end what all
// the others need: tests/flow and tests/dialect have those.
var bodyless = []string{"/logout", "/api/v1/invitations/{id}/resend", "/api/v2/Auth/basic-token", "/api/v2.1/Auth/basic-token", "/api/v2.1/device-template/quick", "/owner/apis/{id}/document", "/team/device-imports", "/team/device-templates", "/team/device-templates/{template}", "/api/v1/device-imports", proxyRoute}

// fieldless are POSTs that have nothing to read in a body: none at all does.
var fieldless = []string{"/login/passkey/begin", "/confirm/passkey/begin", "/handovers/{id}/open", "/apps/{client_id}/playground-secret", "/apps/{client_id}/try-token",
	"/api/v1/signing-keys/rotate", "/api/v1/apis/{id}/documents/{version}/restore", "/api/v1/apps/{client_id}/drills/{id}/end", "/api/v1/mails/test", "/api/v1/mails/{id}/retry"}

// longer are POSTs of documents, which may have 16 MB or 256 KB: tests/openapi has those.
var longer = []string{"/api/v1/apis/{id}/documents", "/api/v1/teams/{id}/device-templates"}

// formType and jsonType are the content types that a route takes.
const formType, jsonType = "application/x-www-form-urlencoded", "application/json"

func (r route) takes() string {
	if r.group == handlers.Programs || r.group == handlers.Iotconnect || r.group == handlers.Nextome || r.script() {
		return jsonType
	}
	return formType
}

func TestBodiesOver64KiBAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, r := range routes(t) {
		if r.method != http.MethodPost || slices.Contains(bodyless, r.pattern) || slices.Contains(longer, r.pattern) {
			continue
		}
		path := w.path(t, r.pattern)
		for what, body := range map[string]string{"64 KiB and one byte": "a=" + strings.Repeat("x", 64<<10-1), "3 MB": "a=" + strings.Repeat("x", 3<<20)} {
			a := w.call(t, r, path, body, "Content-Type", r.takes())
			if a.Status != http.StatusRequestEntityTooLarge {
				t.Errorf("POST %s of %s = %d, want 413", path, what, a.Status)
			}
			wantShape(t, "POST "+path, r.group, a)
		}
		req := w.Request(t, http.MethodPost, path, "", "Content-Type", r.takes())
		req.Body, req.ContentLength = io.NopCloser(strings.NewReader(strings.Repeat("y", 1<<20))), -1 // chunked
		if a := w.as(t, r, req); a.Status != http.StatusRequestEntityTooLarge {
			t.Errorf("POST %s of 1 MiB in chunks = %d, want 413", path, a.Status)
		}
	}
}
