package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
)

func newEdge(t *testing.T, issuer string) (*Edge, *bytes.Buffer) {
	t.Helper()
	d, err := db.Open(t.Context(), filepath.Join(t.TempDir(), "gatepost.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	u, err := url.Parse(issuer)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	e, err := New(Options{
		DB: d, Issuer: u, Brand: "Gatepost", Static: fstest.MapFS{"app.css": {Data: []byte("a{}")}},
		Log: slog.New(slog.NewTextHandler(&log, nil)), Now: time.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	return e, &log
}

// REL-28: a panic is a 500 with the request's id, logged once with its stack.
func TestPanicBecomesA500(t *testing.T) {
	e, log := newEdge(t, "https://portal.example.com")
	h := e.All(e.Machine(func(http.ResponseWriter, *http.Request) error { panic("kaboom") }, WriteProblem))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/x", nil))
	var body struct {
		Status    int    `json:"status"`
		RequestID string `json:"request_id"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != 500 || body.RequestID == "" || body.RequestID != w.Header().Get("X-Request-Id") {
		t.Errorf("answer = %d %s, want a 500 problem with the request's id", w.Code, w.Body)
	}
	if strings.Contains(w.Body.String(), "kaboom") {
		t.Errorf("answer %s has text that is only for the log", w.Body)
	}
	if got := log.String(); strings.Count(got, "kaboom") < 1 || !strings.Contains(got, "stack=") || !strings.Contains(got, body.RequestID) {
		t.Errorf("log = %q, want the panic with its stack under the request's id", got)
	}
}

func TestPanicOnAPageIsAPage(t *testing.T) {
	e, _ := newEdge(t, "https://portal.example.com")
	h := e.All(e.Page(Anyone, func(http.ResponseWriter, *http.Request) error { panic("kaboom") }))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/x", nil))
	if got := w.Header().Get("Content-Type"); w.Code != 500 || !strings.HasPrefix(got, "text/html") || strings.Contains(w.Body.String(), "kaboom") ||
		!strings.Contains(w.Body.String(), w.Header().Get("X-Request-Id")) {
		t.Errorf("answer = %d %s, want an error page with the request's id, and not the panic's words", w.Code, got)
	}
}

// The cause of a 500 goes only to the log, and query strings never do.
func TestInternalTextNeverReachesTheClient(t *testing.T) {
	e, log := newEdge(t, "https://portal.example.com")
	h := e.All(e.Machine(func(http.ResponseWriter, *http.Request) error { return errors.New("SELECT secret FROM x") }, WriteProblem))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/x?client_secret=abc", nil))
	if w.Code != 500 || strings.Contains(w.Body.String(), "SELECT") {
		t.Errorf("answer = %d %s, want a 500 without internal text", w.Code, w.Body)
	}
	if strings.Contains(log.String(), "client_secret") || strings.Contains(log.String(), "abc") {
		t.Errorf("log = %q holds the query string", log)
	}
}

// A refusal is reported in its own words, whatever error it is joined with, and never as a 500.
func TestRefusalsAreTold(t *testing.T) {
	for refusal, want := range map[hub.Refusal]int{
		hub.ErrLastAdmin: 409, hub.ErrWrongCode: 409, hub.ErrPasskey: 401, hub.ErrVendorLoginSecondFactor: 403, hub.ErrLinkDead: 410, hub.ErrAppChanged: 412,
	} {
		got := Classify(fmt.Errorf("somewhere: %w", errors.Join(refusal, errors.New("SELECT secret FROM x"))))
		if got.Status != want || got.Message != refusal.Error() {
			t.Errorf("Classify(%q) = %d %q, want %d in its own words", refusal, got.Status, got.Message, want)
		}
	}
}

// ACC-10: a cross-site form changes nothing.
func TestCrossSitePostIsRefused(t *testing.T) {
	e, _ := newEdge(t, "https://portal.example.com")
	reached := false
	h := e.All(e.Page(Anyone, func(http.ResponseWriter, *http.Request) error { reached = true; return nil }))
	for _, headers := range []map[string]string{
		{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"},
	} {
		r := httptest.NewRequest("POST", "https://portal.example.com/login", nil)
		for k, v := range headers {
			r.Header.Set(k, v)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusForbidden || reached {
			t.Errorf("POST with %v = %d, reached the handler: %v, want 403", headers, w.Code, reached)
		}
	}
}

// A GET reaches the proxy's servers too, and an older browser sends no fetch metadata.
func TestForeignOriginIsRefusedWithEveryMethod(t *testing.T) {
	e, _ := newEdge(t, "https://portal.example.com")
	h := e.All(e.Page(Anyone, func(w http.ResponseWriter, _ *http.Request) error { w.WriteHeader(http.StatusNoContent); return nil }))
	for _, c := range []struct {
		origin, site string
		want         int
	}{
		{"https://evil.example", "", 403}, {"https://evil.example", "same-origin", 403}, {"http://portal.example.com", "", 403}, {"https://portal.example.com:8443", "", 403},
		{"https://portal.example.com.evil.example", "", 403}, {"null", "", 403}, {"null", "cross-site", 403}, {"null", "same-origin", 204},
		{"https://portal.example.com", "", 204}, {"https://portal.example.com", "same-origin", 204}, {"", "same-origin", 204}, {"", "", 204},
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
			r := httptest.NewRequest(method, "https://portal.example.com/x", nil)
			for name, value := range map[string]string{"Origin": c.origin, "Sec-Fetch-Site": c.site} {
				if value != "" {
					r.Header.Set(name, value)
				}
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != c.want {
				t.Errorf("%s with Origin %q and Sec-Fetch-Site %q = %d, want %d", method, c.origin, c.site, w.Code, c.want)
			}
		}
	}
}

func TestAssetsAreImmutableUnderTheirHash(t *testing.T) {
	e, _ := newEdge(t, "https://portal.example.com")
	h := e.All(e.File(e.ServeAsset))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", e.Asset("app.css"), nil))
	if w.Code != 200 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("GET %s = %d %q, want 200, immutable", e.Asset("app.css"), w.Code, w.Header().Get("Cache-Control"))
	}
	for _, path := range []string{"/static/000000000000/app.css", e.Asset("nothing.css"), e.Asset("")} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != 404 || strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("GET %s = %d %q, want a 404 without caching", path, w.Code, w.Header().Get("Cache-Control"))
		}
	}
}
