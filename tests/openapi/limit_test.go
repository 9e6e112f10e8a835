package openapi

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"gatepost/tests/testapp"
)

// A loop that calls too often is told to slow down, and slows nobody else down.
func TestCallsOverTheLimitAreRefused(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	team := app.AddTeam(t, "Loop")
	c := app.AddApp(t, team.ID, "Loop", "read")
	token, again := app.Token(t, c), app.Token(t, c)
	other := app.Token(t, app.AddApp(t, team.ID, "Quiet", "read"))
	const workers, most = 8, 3000 // 1,200 in a burst, and 20 more each second
	var (
		load    sync.WaitGroup
		mu      sync.Mutex
		refused *testapp.Answer
		calls   int
	)
	for range workers {
		load.Go(func() {
			for {
				mu.Lock()
				done := refused != nil || calls == most
				calls++
				mu.Unlock()
				if done {
					return
				}
				r := app.Do(t, app.Request(t, http.MethodGet, "/api/v1/me", "", testapp.Bearer(token)...))
				mu.Lock()
				if r.Status == http.StatusTooManyRequests {
					refused = r
				}
				mu.Unlock()
				if r.Status != http.StatusOK && r.Status != http.StatusTooManyRequests {
					t.Errorf("GET /api/v1/me in a loop = %d %s, want 200 or 429", r.Status, r.Body)
					return
				}
			}
		})
	}
	load.Wait()
	if refused == nil {
		t.Fatalf("%d calls were taken, want a 429 after some 1,200", calls)
	}
	wait, err := strconv.Atoi(refused.Header.Get("Retry-After"))
	if err != nil || wait < 1 || refused.Header.Get("RateLimit-Remaining") != "0" || refused.Header.Get("RateLimit-Limit") != "1200" ||
		refused.Header.Get("Content-Type") != "application/problem+json" || !strings.Contains(refused.Body, "/docs/errors#too_many_requests") {
		t.Errorf("429 = %v %s, want a problem with Retry-After and nothing remaining", refused.Header, refused.Body)
	}
	if status := app.Me(t, other); status != http.StatusOK {
		t.Errorf("GET /api/v1/me by another app meanwhile = %d, want 200", status)
	}
	if r := app.Do(t, app.Request(t, http.MethodGet, "/api/v1/me", "", testapp.Bearer(again)...)); r.Header.Get("RateLimit-Remaining") > "99" {
		t.Errorf("another token of the same app has %s calls left, want those of the app", r.Header.Get("RateLimit-Remaining"))
	}
}

// Wrong passwords over the iotconnect login come to an end, in the vendor's shape.
func TestLoginOverTheAPIIsThrottled(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	team := app.AddTeam(t, "Policlinico")
	person := app.Member(t, team.ID, "developer")
	var basic struct {
		Data string `json:"data"`
	}
	app.Do(t, app.Request(t, http.MethodGet, "/api/v2/Auth/basic-token", "")).JSON(t, &basic)
	login := func(password string) *testapp.Answer {
		t.Helper()
		return app.Do(t, app.Request(t, http.MethodPost, "/api/v2/Auth/login", `{"username": "`+person.Email+`", "password": "`+password+`"}`,
			"Authorization", "Basic "+basic.Data, "solution-key", team.SolutionKey, "Content-Type", "application/json"))
	}
	for n := range 30 {
		r := login("not the password " + strconv.Itoa(n))
		if r.Status == http.StatusUnauthorized && n < 20 {
			continue
		}
		wait, err := strconv.Atoi(r.Header.Get("Retry-After"))
		if r.Status != http.StatusTooManyRequests || err != nil || wait < 1 || !strings.Contains(r.Body, `"status":429`) || n < 5 {
			t.Errorf("wrong login %d = %d %v %s, want a 429 of the vendor's shape after ten or so", n, r.Status, r.Header, r.Body)
		}
		if r := login(testapp.Password); r.Status != http.StatusTooManyRequests {
			t.Errorf("the right password meanwhile = %d, want 429", r.Status)
		}
		app.Exec(t, "UPDATE sign_in_tries SET last_at = last_at - 86400, until = 0")
		if r := login(testapp.Password); r.Status != http.StatusOK {
			t.Errorf("the right password a day later = %d %s, want 200", r.Status, r.Body)
		}
		return
	}
}
