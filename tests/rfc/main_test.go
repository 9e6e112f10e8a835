package rfc

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	_ "modernc.org/sqlite" // the driver named "sqlite"

	"gatepost/tests/testapp"
)

// TestMain starts the one server of the package: the tests make their own apps on it, and
// its log is searched for their secrets when it has stopped.
func TestMain(m *testing.M) { os.Exit(testapp.Main(m, start)) }

func start(t testing.TB) {
	w := &world{App: testapp.New(t)}
	w.owner = w.Owner(t)
	for _, api := range []string{metersAPI, doorsAPI} {
		w.owner.AddAPI(t, api, api, "read")
	}
	w.owner.AddAPI(t, lockedAPI, lockedAPI, "locks:open")
	w.site = w.owner.AddClient(t, "Site", "web")
	w.camera = w.owner.AddClient(t, "Camera", "native")
	w.other = w.owner.AddClient(t, "Other site", "web")
	shared = w
}

const (
	team      = "First team" // the owner's
	metersAPI = "https://meters.example/"
	doorsAPI  = "https://doors.example/"
	lockedAPI = "https://locks.example/" // no app has its scope
)

// world is the server, its owner, and apps that tests leave as they are: two sites (web, the
// same scopes) and a camera (native).
type world struct {
	*testapp.App
	owner               *testapp.Person
	site, other, camera testapp.Credentials
	made                atomic.Int64
}

var shared *world

// client makes an app that a test has for itself: web or native.
func (w *world) client(t *testing.T, kind string, redirects ...string) testapp.Credentials {
	t.Helper()
	return w.owner.AddClient(t, fmt.Sprintf("%s %d", kind, w.made.Add(1)), kind, redirects...)
}

// server makes an app that acts for itself.
func (w *world) server(t *testing.T) testapp.Credentials {
	t.Helper()
	return w.owner.AddApp(t, fmt.Sprintf("server %d", w.made.Add(1)), "read")
}

// wantOK checks the status of a success.
func wantOK(t *testing.T, what string, r *testapp.Answer) {
	t.Helper()
	if r.Status != http.StatusOK {
		t.Errorf("%s = %d %.400s, want 200", what, r.Status, r.Body)
	}
}

// wantError checks a refusal by RFC 6749 section 5.2: status, code, the characters of both
// members, and that nobody may keep it.
func wantError(t *testing.T, what string, r *testapp.Answer, status int, code string) {
	t.Helper()
	var got struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if kind := r.Header.Get("Content-Type"); kind != "application/json" {
		t.Errorf("%s = %d as %q, want JSON\n%.300s", what, r.Status, kind, r.Body)
		return
	}
	r.JSON(t, &got)
	if r.Status != status || got.Error != code {
		t.Errorf("%s = %d %s (%s), want %d %s", what, r.Status, got.Error, got.Description, status, code)
	}
	if cache := r.Header.Get("Cache-Control"); cache != "no-store" {
		t.Errorf("%s: Cache-Control = %q, want no-store", what, cache)
	}
	for _, text := range []string{got.Error, got.Description} {
		if text == "" || strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c > '~' || c == '"' || c == '\\' }) {
			t.Errorf("%s: %q is empty or has characters that section 5.2 does not allow", what, text)
		}
	}
}

// exchange redeems a code; more holds further parameters.
func (w *world) exchange(t *testing.T, c testapp.Credentials, code, verifier string, more ...string) *testapp.Answer {
	t.Helper()
	args := append([]string{"grant_type", "authorization_code", "code", code, "redirect_uri", testapp.Redirect}, more...)
	if verifier != "" {
		args = append(args, "code_verifier", w.Secret(verifier))
	}
	return w.TokenRequest(t, c, args...)
}

// refresh uses a refresh token.
func (w *world) refresh(t *testing.T, c testapp.Credentials, token string, more ...string) *testapp.Answer {
	t.Helper()
	return w.TokenRequest(t, c, append([]string{"grant_type", "refresh_token", "refresh_token", token}, more...)...)
}

// setGrace sets for how many seconds a used refresh token of an app still answers.
func (w *world) setGrace(t *testing.T, c testapp.Credentials, seconds int) {
	t.Helper()
	w.Change(t, "UPDATE apps SET refresh_grace = "+strconv.Itoa(seconds)+" WHERE client_id = '"+c.ClientID+"'")
}

// endGrace lets the grace pass of the refresh tokens that an app has used.
func (w *world) endGrace(t *testing.T, c testapp.Credentials) {
	t.Helper()
	w.Change(t, "UPDATE refresh_tokens SET used_nanos = used_nanos - 60000000000 WHERE used_nanos > 0 AND client_id = '"+c.ClientID+"'")
}

// wantDead checks that neither token of a pair can be used any more.
func (w *world) wantDead(t *testing.T, what string, c testapp.Credentials, tokens testapp.Tokens) {
	t.Helper()
	if status := w.Me(t, tokens.AccessToken); status != http.StatusUnauthorized {
		t.Errorf("%s: GET /api/v1/me with the access token = %d, want 401", what, status)
	}
	if tokens.RefreshToken != "" {
		wantError(t, what+": a refresh", w.refresh(t, c, tokens.RefreshToken), http.StatusBadRequest, "invalid_grant")
	}
}

// wantAudit checks how often something was written down of an app.
func (w *world) wantAudit(t *testing.T, c testapp.Credentials, action, times string) {
	t.Helper()
	if n := testapp.One[string](t, w.App, "SELECT COUNT(*) FROM audit_events WHERE action = ? AND target_id = ?", action, c.ClientID); n != times {
		t.Errorf("%s audit events %s, want %s", n, action, times)
	}
}
