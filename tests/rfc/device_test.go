package rfc

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

type device struct {
	DeviceCode string `json:"device_code"`
	UserCode   string `json:"user_code"`
	URI        string `json:"verification_uri"`
	Complete   string `json:"verification_uri_complete"`
	ExpiresIn  int    `json:"expires_in"`
	Interval   int    `json:"interval"`
}

func (w *world) device(t *testing.T, c testapp.Credentials, more ...string) (d device) {
	t.Helper()
	r := w.PostForm(t, "/oauth2/device_authorization", c.With(more...), "User-Agent", "door camera")
	wantOK(t, "POST /oauth2/device_authorization", r)
	r.JSON(t, &d)
	w.Secret(d.DeviceCode)
	w.Secret(d.UserCode)
	if r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("Cache-Control = %q, want no-store", r.Header.Get("Cache-Control"))
	}
	return d
}

func (w *world) poll(t *testing.T, c testapp.Credentials, d device) *testapp.Answer {
	t.Helper()
	return w.TokenRequest(t, c, "grant_type", deviceGrant, "device_code", d.DeviceCode)
}

// RFC 8628 section 3.1: who may ask for a code.
func TestRFC8628_3_1(t *testing.T) {
	w := shared
	post := func(c testapp.Credentials, more ...string) *testapp.Answer {
		return w.PostForm(t, "/oauth2/device_authorization", c.With(more...))
	}
	for what, c := range map[string]struct {
		r      *testapp.Answer
		status int
		code   string
	}{
		"an app without the grant":     {post(w.site), 400, "unauthorized_client"},
		"an unknown client":            {post(testapp.Credentials{ClientID: "aaaaaaaaaaaaaaaaaaaaaaaaaa"}), 401, "invalid_client"},
		"no secret of a web app":       {post(testapp.Credentials{ClientID: w.site.ClientID}), 401, "invalid_client"},
		"no client":                    {w.PostForm(t, "/oauth2/device_authorization", testapp.Form("scope", "read")), 401, "invalid_client"},
		"an unknown scope":             {post(w.camera, "scope", "nothing"), 400, "invalid_scope"},
		"an API that isn't open to it": {post(w.camera, "resource", lockedAPI), 400, "invalid_target"},
		"an unknown resource":          {post(w.camera, "resource", "https://unknown.example/"), 400, "invalid_target"},
		"a parameter twice":            {post(w.camera, "scope", "read", "scope", "read"), 400, "invalid_request"},
		"parameters in the address":    {w.PostForm(t, "/oauth2/device_authorization?client_id="+w.camera.ClientID, nil), 400, "invalid_request"},
		"GET":                          {w.Do(t, w.Request(t, http.MethodGet, "/oauth2/device_authorization", "")), 405, "invalid_request"},
		"the grant at the token end":   {w.TokenRequest(t, w.site, "grant_type", deviceGrant, "device_code", "x"), 400, "unauthorized_client"},
	} {
		wantError(t, what, c.r, c.status, c.code)
	}
}

var userCode = regexp.MustCompile(`^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$`)

// RFC 8628 section 3.2: what the device gets. Section 6.1: a code that people can type.
func TestRFC8628_3_2(t *testing.T) {
	w := shared
	d, other := w.device(t, w.camera), w.device(t, w.camera)
	if !userCode.MatchString(d.UserCode) || d.URI != w.URL+"/device" || d.Complete != w.URL+"/device?user_code="+d.UserCode || d.ExpiresIn != 900 || d.Interval != 5 {
		t.Errorf("device authorization = %+v", d)
	}
	wantMembers(t, "a device authorization", w.PostForm(t, "/oauth2/device_authorization", w.camera.With()),
		"device_code", "expires_in", "interval", "user_code", "verification_uri", "verification_uri_complete")
	if d.UserCode == other.UserCode || d.DeviceCode == other.DeviceCode || len(d.DeviceCode) < 26 {
		t.Error("two devices got the same code, or one that can be guessed")
	}
	if n := testapp.One[string](t, w.App, "SELECT COUNT(*) FROM device_codes WHERE hash = ?", d.DeviceCode); n != "0" {
		t.Error("a device code is stored in the clear")
	}
}

// RFC 8628 section 3.3: the person signs in, types the code in any spelling, sees who asks and
// the code (section 5.4), and answers once. A link only fills in the code (3.3.1).
func TestRFC8628_3_3(t *testing.T) {
	w := shared
	d := w.device(t, w.camera, "scope", "read")
	r := w.Do(t, w.Request(t, http.MethodGet, "/device?user_code="+d.UserCode, ""))
	if r.Status != http.StatusSeeOther || !strings.HasPrefix(r.Location, "/login?next=%2Fdevice") {
		t.Errorf("GET /device signed out = %d to %q, want 303 to /login", r.Status, r.Location)
	}
	page := w.owner.Get(t, "/device?user_code="+d.UserCode)
	if page.Status != http.StatusOK || !strings.Contains(page.Body, `value="`+d.UserCode+`"`) || strings.Contains(page.Body, "Camera") {
		t.Errorf("GET /device with a code = %d, want the field filled in and nothing of the app", page.Status)
	}
	typed := " " + strings.ToLower(strings.ReplaceAll(d.UserCode, "-", " ")) + " "
	page = w.owner.Post(t, "/device", testapp.Form("user_code", typed))
	wantOK(t, "POST /device", page)
	for _, want := range []string{d.UserCode, "Camera", "door camera", `value="deny"`} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("the consent of a device lacks %q", want)
		}
	}
	done := w.owner.Answer(t, page, "allow")
	if done.Status != http.StatusOK || done.Location != "" {
		t.Errorf("the answer = %d to %q, want a page", done.Status, done.Location)
	}
	if r := w.owner.Post(t, "/device", testapp.Form("user_code", d.UserCode)); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("the same code again = %d, want 422", r.Status)
	}
	if r := w.owner.Answer(t, page, "deny"); r.Status != http.StatusConflict {
		t.Errorf("a second answer = %d, want 409", r.Status)
	}
	tokens := w.Tokens(t, w.poll(t, w.camera, d))
	if tokens.Scope != "read" || tokens.RefreshToken == "" {
		t.Errorf("the device got scope %q, a refresh token %t, want read and one", tokens.Scope, tokens.RefreshToken != "")
	}
}

// RFC 8628 section 3.5: what a device is told while it waits (DEV-01).
func TestRFC8628_3_5(t *testing.T) {
	w := shared
	c := w.client(t, "native")
	d := w.device(t, c)
	wantError(t, "the first poll", w.poll(t, c, d), http.StatusBadRequest, "authorization_pending")
	wantError(t, "a poll without waiting", w.poll(t, c, d), http.StatusBadRequest, "slow_down")
	if seconds := testapp.One[string](t, w.App, "SELECT interval_s FROM device_codes WHERE client_id = ?", c.ClientID); seconds != "10" {
		t.Errorf("the interval after slow_down = %s s, want 10", seconds)
	}
	moved := func(seconds int) {
		w.Change(t, "UPDATE device_codes SET last_poll_at = last_poll_at - ? WHERE client_id = ?", seconds, c.ClientID)
	}
	moved(7)
	wantError(t, "a poll after 7 of 10 seconds", w.poll(t, c, d), http.StatusBadRequest, "slow_down")
	moved(15)
	wantError(t, "a poll after 15 of 15 seconds", w.poll(t, c, d), http.StatusBadRequest, "authorization_pending")
	wantError(t, "another client's poll", w.poll(t, w.camera, d), http.StatusBadRequest, "invalid_grant")
	wantError(t, "a made-up code", w.poll(t, c, device{DeviceCode: "gpd_" + strings.Repeat("A", 49)}), http.StatusBadRequest, "invalid_grant")
	wantError(t, "the user code for the device code", w.poll(t, c, device{DeviceCode: d.UserCode}), http.StatusBadRequest, "invalid_grant")
	wantError(t, "no code", w.poll(t, c, device{}), http.StatusBadRequest, "invalid_request")

	w.owner.Answer(t, w.owner.Post(t, "/device", testapp.Form("user_code", d.UserCode)), "deny")
	wantError(t, "a poll after a no", w.poll(t, c, d), http.StatusBadRequest, "access_denied")

	late := w.device(t, c)
	page := w.owner.Post(t, "/device", testapp.Form("user_code", late.UserCode))
	w.Change(t, "UPDATE device_codes SET expires_at = created_at WHERE client_id = ?", c.ClientID)
	wantError(t, "a poll after 15 minutes", w.poll(t, c, late), http.StatusBadRequest, "expired_token")
	if r := w.owner.Answer(t, page, "allow"); r.Status != http.StatusConflict {
		t.Errorf("an answer after 15 minutes = %d, want 409", r.Status)
	}

	good := w.device(t, c)
	w.owner.Answer(t, w.owner.Post(t, "/device", testapp.Form("user_code", good.UserCode)), "allow")
	tokens := w.Tokens(t, w.poll(t, c, good))
	wantError(t, "a second redemption", w.poll(t, c, good), http.StatusBadRequest, "invalid_grant")
	w.wantDead(t, "after the second redemption", c, tokens)

	once := w.client(t, "native")
	w.Change(t, "UPDATE apps SET grants = ? WHERE client_id = ?", deviceGrant, once.ClientID)
	d = w.device(t, once)
	w.owner.Answer(t, w.owner.Post(t, "/device", testapp.Form("user_code", d.UserCode)), "allow")
	wantMembers(t, "the answer to a device with one-time access", w.poll(t, once, d), "access_token", "expires_in", "scope", "token_type")
}

// RFC 8628 section 5.1: user codes are short enough to guess, so guesses are limited.
func TestRFC8628_5_1(t *testing.T) {
	w := shared
	p := w.Member(t, team, "viewer")
	for i := range 200 {
		r := p.Post(t, "/device", testapp.Form("user_code", "BBBB-BBBB"))
		if r.Status == http.StatusTooManyRequests {
			if r.Header.Get("Retry-After") == "" {
				t.Error("429 without Retry-After")
			}
			good := w.device(t, w.camera)
			if r := p.Post(t, "/device", testapp.Form("user_code", good.UserCode)); r.Status != http.StatusTooManyRequests {
				t.Errorf("a right code while throttled = %d, want 429", r.Status)
			}
			if r := w.owner.Post(t, "/device", testapp.Form("user_code", good.UserCode)); r.Status != http.StatusOK {
				t.Errorf("another person's right code = %d, want 200", r.Status)
			}
			return
		}
		if r.Status != http.StatusUnprocessableEntity {
			t.Fatalf("guess %d = %d, want 422", i, r.Status)
		}
	}
	t.Error("200 wrong user codes were not throttled")
}
