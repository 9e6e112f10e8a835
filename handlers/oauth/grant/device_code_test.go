package grant

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

func (w *world) startDevice() DeviceAuthorization {
	w.t.Helper()
	req := w.request()
	req.GrantType, req.Scope = "", "read,write"
	d, err := w.StartDeviceAuthorization(w.t.Context(), req)
	if err != nil {
		w.t.Fatalf("StartDevice() = %v, want nil", err)
	}
	return d
}

func (w *world) pollRequest(deviceCode string) Request {
	req := w.request()
	req.GrantType, req.DeviceCode = DeviceCode, deviceCode
	return req
}

// answerDevice stores Ann's answer to a device authorization.
func (w *world) answerDevice(d DeviceAuthorization, state string) {
	w.t.Helper()
	family := ""
	if state == db.DeviceCodeApproved {
		family = w.newFamily(nil).ID
	}
	w.write(func(tx *db.Tx) error {
		return tx.AnswerDeviceCode(w.t.Context(), secret.HashToken(d.DeviceCode), state, "ann", family)
	})
}

// RFC 8628 sections 3.1, 3.2 and 6.1.
func TestDeviceGetsACodeForItselfAndOneForItsPerson(t *testing.T) {
	w := newFamilyWorld(t)
	w.makePublic()
	d := w.startDevice()
	if !secret.WellFormed(secret.DeviceCode, d.DeviceCode) || d.ExpiresIn != 15*time.Minute || d.Interval != 5*time.Second ||
		!regexp.MustCompile(`^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$`).MatchString(d.UserCode) {
		t.Errorf("StartDevice() = %+v, want codes for 15 minutes and an interval of 5 s", d)
	}
	stored, err := w.DB.DeviceCodeByUserCode(t.Context(), ParseUserCode(d.UserCode))
	want := db.DeviceCode{
		Hash: secret.HashToken(d.DeviceCode), UserCode: stored.UserCode, ClientID: w.app.ClientID, Scope: "read write", Audience: issuer,
		State: db.DeviceCodePending, Address: "203.0.113.9", UserAgent: "test", Interval: 5 * time.Second,
		CreatedAt: w.now.UTC(), ExpiresAt: w.now.Add(15 * time.Minute).UTC(),
	}
	if err != nil || stored != want {
		t.Errorf("stored = %+v, %v, want %+v", stored, err, want)
	}
	if other := w.startDevice(); other.DeviceCode == d.DeviceCode || other.UserCode == d.UserCode {
		t.Errorf("two devices got %q and %q, want codes of their own", d.UserCode, other.UserCode)
	}
}

// RFC 8628 section 3.1, RFC 6749 section 5.2; TOK-17.
func TestDeviceAuthorizationIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		request func(*world, *Request)
		want    string
	}{
		"a client that is not public, by its id": {func(_ *world, r *Request) { r.ClientSecret = "" }, InvalidClient},
		"unknown client":                         {func(_ *world, r *Request) { r.ClientID, r.ClientSecret = strings.Repeat("z", 26), "" }, InvalidClient},
		"nobody":                                 {func(_ *world, r *Request) { r.ClientID, r.ClientSecret = "", "" }, InvalidClient},
		"an app without the grant":               {func(w *world, _ *Request) { w.app.Grants = []string{AuthorizationCode}; w.saveApp() }, UnauthorizedClient},
		"a scope that the app lacks":             {func(_ *world, r *Request) { r.Scope = "events" }, InvalidScope},
		"an unknown resource":                    {func(_ *world, r *Request) { r.Resources = []string{"https://x.example/"} }, InvalidTarget},
	} {
		w := newFamilyWorld(t)
		req := w.request()
		c.request(w, &req)
		if d, err := w.StartDeviceAuthorization(t.Context(), req); code(err) != c.want || d.DeviceCode != "" && err == nil {
			t.Errorf("StartDevice(%s) = %v, want %s", name, err, c.want)
		}
	}
}

// RFC 8628 sections 3.4 and 3.5; DEV-01.
func TestPollingReportsTheAnswer(t *testing.T) {
	w := newFamilyWorld(t)
	w.makePublic()
	d := w.startDevice()
	poll := w.pollRequest(d.DeviceCode)
	for _, c := range []struct {
		name  string
		since time.Duration // since the last poll: the database notes it by its own clock, which no test moves
		want  string
	}{
		{"the first poll", 0, AuthorizationPending},
		{"after the interval", 5 * time.Second, AuthorizationPending},
		{"a little early", 4 * time.Second, AuthorizationPending},
		{"immediately again", 0, SlowDown},
		{"after the old interval", 5 * time.Second, SlowDown}, // 10 s were told
		{"after the second interval", 10 * time.Second, SlowDown},
		{"after the third interval", 20 * time.Second, AuthorizationPending},
	} {
		w.now = time.Now().Add(c.since)
		w.wantRefusal(c.name, poll, c.want)
	}
	w.now = time.Now()
	var e *Error
	_, err := w.Token(t.Context(), poll)
	if !errors.As(err, &e) || !strings.Contains(e.Description, "25 seconds") || e.Status != 400 {
		t.Errorf("Token(too fast for the fourth time) = %v, want a 400 that says 25 seconds", err)
	}

	w.answerDevice(d, db.DeviceCodeApproved)
	res := w.mustToken(poll) // however fast: there is nothing to wait for
	c := claimsOf(t, res.AccessToken)
	if !slices.Equal(res.Scopes, []string{"read", "write"}) || c.Subject != "ann" || res.RefreshToken == "" {
		t.Errorf("Token(approved) = %+v of %s, want Ann's token with what she allowed", res, c.Subject)
	}
	w.wantLive("the device's token", res.AccessToken, true)
	w.mustToken(w.refreshRequest(res.RefreshToken))

	w.now = w.now.Add(retryWindow)
	w.wantRefusal("the device code a second time", poll, InvalidGrant)
	w.wantLive("the device's token", res.AccessToken, false)
	if n := w.auditCount("code.reused"); n != 1 {
		t.Errorf("audit events = %d, want 1", n)
	}
}

func TestDeviceCodeExpires(t *testing.T) {
	for name, c := range map[string]struct {
		state   string
		request func(*world, *Request)
		want    string
	}{
		"denied":                     {state: db.DeviceCodeDenied, want: AccessDenied},
		"expired":                    {request: func(w *world, _ *Request) { w.now = w.now.Add(DeviceLifetime) }, want: ExpiredToken},
		"approved and expired":       {state: db.DeviceCodeApproved, request: func(w *world, _ *Request) { w.now = w.now.Add(DeviceLifetime) }, want: ExpiredToken},
		"no code":                    {request: func(_ *world, r *Request) { r.DeviceCode = "" }, want: InvalidRequest},
		"unknown code":               {request: func(_ *world, r *Request) { r.DeviceCode, _ = secret.NewChecked(secret.DeviceCode) }, want: InvalidGrant},
		"the user code":              {request: func(_ *world, r *Request) { r.DeviceCode = "BCDF-GHJK" }, want: InvalidGrant},
		"another client":             {state: db.DeviceCodeApproved, request: func(w *world, r *Request) { w.asOther(r) }, want: InvalidGrant},
		"an app that lost the grant": {state: db.DeviceCodeApproved, request: func(w *world, _ *Request) { w.app.Grants = nil; w.saveApp() }, want: UnauthorizedClient},
		"an authorization that was revoked": {state: db.DeviceCodeApproved, request: func(w *world, _ *Request) {
			w.write(func(tx *db.Tx) error { _, err := tx.RevokeFamiliesOf(t.Context(), "ann"); return err })
		}, want: InvalidGrant},
	} {
		w := newFamilyWorld(t)
		w.addOther()
		d := w.startDevice()
		if c.state != "" {
			w.answerDevice(d, c.state)
		}
		req := w.pollRequest(d.DeviceCode)
		if c.request != nil {
			c.request(w, &req)
		}
		w.wantRefusal(name, req, c.want)
	}
}

func TestFortySimultaneousPollsGiveOneToken(t *testing.T) {
	w := newFamilyWorld(t)
	w.token()
	d := w.startDevice()
	w.answerDevice(d, db.DeviceCodeApproved)
	w.checkRace(w.race(40, w.pollRequest(d.DeviceCode), w.Server, w.process(secret.NewHasher(2, 16))))
}

// A public client proves nothing with a device code, so that a second use is a theft however soon.
func TestSecondUseOfADeviceCodeByAPublicClientEndsWhatItGave(t *testing.T) {
	w := newFamilyWorld(t)
	w.makePublic()
	d := w.startDevice()
	w.answerDevice(d, db.DeviceCodeApproved)
	poll := w.pollRequest(d.DeviceCode)
	res := w.mustToken(poll)
	w.wantRefusal("the device code a second time", poll, InvalidGrant)
	w.wantLive("the device's token", res.AccessToken, false)
	if n := w.auditCount("code.reused"); n != 1 {
		t.Errorf("audit events = %d, want 1", n)
	}
}

func TestUserCodesAsPeopleTypeThem(t *testing.T) {
	for typed, want := range map[string]string{
		"BCDF-GHJK": "BCDFGHJK", "bcdfghjk": "BCDFGHJK", " bcdf ghjk ": "BCDFGHJK", "b-c-d-f-g-h-j-k": "BCDFGHJK", "BCDF–GHJK": "BCDFGHJK",
		"": "", "BCDF-GHJ": "", "BCDF-GHJKL": "", "ACDF-GHJK": "", "BCDF-GHJ1": "", "BCDFGHJ\x00": "", "' OR 1=1": "", "ｂCDFGHJK": "", "ſCDFGHJK": "",
	} {
		if got := ParseUserCode(typed); got != want {
			t.Errorf("ParseUserCode(%q) = %q, want %q", typed, got, want)
		}
	}
}

func FuzzParseUserCode(f *testing.F) {
	for _, seed := range []string{"BCDF-GHJK", "bcdf ghjk", "\xff", "İı", strings.Repeat("B", 9)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		got := ParseUserCode(typed)
		if got != "" && (len(got) != userCodeLength || strings.Trim(got, userCodeAlphabet) != "" || ParseUserCode(FormatUserCode(got)) != got) {
			t.Errorf("ParseUserCode(%q) = %q, want 8 letters of the alphabet, that are read again", typed, got)
		}
	})
}
