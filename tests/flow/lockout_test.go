package flow

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

// Whoever tries wrong passwords from many places slows these places, and not the person: not in a browser
// that is known, not even at the place of the attack, and not at a new place.
func TestStrangersCannotLockSomeoneOut(t *testing.T) {
	t.Parallel()
	app := testapp.New(t, testapp.WithEnv("GATEPOST_TRUSTED_PROXIES", "127.0.0.1"))
	app.Owner(t)
	dev := app.Member(t, "First team", "developer")
	var cookies string
	for _, c := range dev.Cookies(t) {
		cookies += c.Name + "=" + c.Value + "; "
	}
	dev.Post(t, "/logout", url.Values{})
	signIn := func(place, password string, headers ...string) *testapp.Answer {
		t.Helper()
		headers = append(headers, "X-Forwarded-For", place, "Content-Type", "application/x-www-form-urlencoded")
		return app.Do(t, app.Request(t, http.MethodPost, "/login", url.Values{"email": {dev.Email}, "password": {password}}.Encode(), headers...))
	}
	retry := func(r *testapp.Answer) int {
		seconds, err := strconv.Atoi(r.Header.Get("Retry-After"))
		if r.Status != http.StatusTooManyRequests || err != nil {
			t.Errorf("POST /login = %d with Retry-After %q, want 429 and seconds", r.Status, r.Header.Get("Retry-After"))
		}
		return seconds
	}
	const wrong = "wrong wrong wrong"
	for n := range 130 {
		if r := signIn(fmt.Sprintf("203.0.113.%d", n), wrong); r.Status != http.StatusUnauthorized && retry(r) > 1 {
			t.Fatalf("the first try of place %d must wait %s s, want at most a second", n, r.Header.Get("Retry-After"))
		}
	}
	var slowed *testapp.Answer
	testapp.Until(t, time.Minute, "a place of the attack is slowed", func() bool {
		slowed = signIn("203.0.113.1", wrong)
		return slowed.Status == http.StatusTooManyRequests && slowed.Header.Get("Retry-After") != "1"
	})
	if wait := retry(slowed); wait > 60 {
		t.Errorf("a place of the attack must wait %d s, want at most a minute", wait)
	}
	if r := signIn("203.0.113.1", testapp.Password, "Cookie", cookies); r.Status != http.StatusSeeOther {
		t.Errorf("POST /login with a known browser at a place of the attack = %d, want 303", r.Status)
	}
	testapp.Until(t, time.Minute, "a new place signs in", func() bool { return signIn("192.0.2.1", testapp.Password).Status == http.StatusSeeOther })
}
