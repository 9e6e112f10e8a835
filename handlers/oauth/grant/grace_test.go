package grant

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// grace10 is the grace that an app has unless its settings say otherwise.
const grace10 = 10 * time.Second

// newGraceWorld is newFamilyWorld with an app that has a grace.
func newGraceWorld(t *testing.T, grace time.Duration) *world {
	t.Helper()
	w := newFamilyWorld(t)
	w.app.RefreshGrace = grace
	w.saveApp()
	return w
}

// refusal is the refusal that an error must be.
func refusal(t *testing.T, err error) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error = %v, want a refusal", err)
	}
	return e
}

// REF-01: within the grace a used refresh token answers each time with a pair that works and that goes
// on; at its end, reuse revokes all of them.
func TestUsedRefreshTokenAnswersWithinTheGrace(t *testing.T) {
	w := newGraceWorld(t, grace10)
	first := w.redeemCode()
	start := w.now
	pairs := []Response{w.mustToken(w.refreshRequest(first.RefreshToken))}
	for _, later := range []time.Duration{0, time.Second, 5 * time.Second, grace10 - time.Millisecond} {
		w.now = start.Add(later)
		pairs = append(pairs, w.mustToken(w.refreshRequest(first.RefreshToken)))
	}
	seen := map[string]bool{first.RefreshToken: true}
	for i, p := range pairs {
		if p.RefreshToken == "" || seen[p.RefreshToken] || seen[p.AccessToken] {
			t.Errorf("pair %d = %+v, want a pair of its own", i, p)
		}
		seen[p.RefreshToken], seen[p.AccessToken] = true, true
		w.wantLive(fmt.Sprintf("access token %d", i), p.AccessToken, true)
	}
	// A day later each of them refreshes, whichever the client kept, and none disturbs another.
	w.now = start.Add(24 * time.Hour)
	for _, p := range pairs {
		w.mustToken(w.refreshRequest(p.RefreshToken))
	}
	if n := w.auditCount("refresh.repeated"); n != 4 {
		t.Errorf("audit events = %d, want one for each repeat, 4", n)
	}
	if n := w.auditCount("refresh.reused"); n != 0 {
		t.Errorf("audit events of a reuse = %d, want 0", n)
	}
	w.now = start.Add(grace10)
	w.wantRefusal("the used one at the end of its grace", w.refreshRequest(first.RefreshToken), InvalidGrant)
	w.now = start.Add(24 * time.Hour)
	for i, p := range pairs {
		w.wantLive(fmt.Sprintf("access token %d after the reuse", i), p.AccessToken, false)
		w.wantRefusal("its refresh token", w.refreshRequest(p.RefreshToken), InvalidGrant)
	}
	if n := w.auditCount("refresh.reused"); n != 1 {
		t.Errorf("audit events of a reuse = %d, want 1", n)
	}
}

// It answers ten times after its use, and then no more.
func TestUsedRefreshTokenAnswersTenTimesAtMost(t *testing.T) {
	w := newGraceWorld(t, time.Minute)
	token := w.redeemCode().RefreshToken
	var last Response
	for range 1 + maxRepeats {
		last = w.mustToken(w.refreshRequest(token))
	}
	w.wantRefusal("the used one for the eleventh time", w.refreshRequest(token), InvalidGrant)
	w.wantLive("the last token", last.AccessToken, false)
	if repeated, reused := w.auditCount("refresh.repeated"), w.auditCount("refresh.reused"); repeated != maxRepeats || reused != 1 {
		t.Errorf("audit events = %d and %d, want %d and 1", repeated, reused, maxRepeats)
	}
}

// REF-02.
func TestElevenRefreshesAtOnceWithinTheGrace(t *testing.T) {
	w := newGraceWorld(t, grace10)
	token := w.redeemCode().RefreshToken
	won, lost := w.race(1+maxRepeats, w.refreshRequest(token), w.Server, w.process(secret.NewHasher(2, 16)))
	if len(won) != 1+maxRepeats {
		t.Fatalf("winners = %d, want all; the others got %v", len(won), lost)
	}
	for i, p := range won {
		w.wantLive(fmt.Sprintf("access token %d", i), p.AccessToken, true)
		w.mustToken(w.refreshRequest(p.RefreshToken))
	}
}

// The grace is for the client's retry: nobody else, and nothing that has ended, profits from it.
func TestGraceWidensNothing(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*world, *Request)
		want   string
		lives  bool // the family, afterwards
	}{
		"another client":   {func(w *world, r *Request) { w.asOther(r) }, InvalidGrant, true},
		"no secret":        {func(_ *world, r *Request) { r.ClientSecret = "" }, InvalidClient, true},
		"a wider scope":    {func(_ *world, r *Request) { r.Scope = "read transactions/post" }, InvalidScope, true},
		"another resource": {func(_ *world, r *Request) { r.Resources = []string{"https://api.example/"} }, InvalidTarget, true},
		"a revoked family": {func(w *world, _ *Request) {
			w.write(func(tx *db.Tx) error { _, err := tx.RevokeFamiliesOf(t.Context(), "ann"); return err })
		}, InvalidGrant, false},
		"a disabled person": {func(w *world, _ *Request) {
			w.write(func(tx *db.Tx) error { _, err := tx.DisablePerson(t.Context(), "ann"); return err })
		}, InvalidGrant, false},
		"a grace of 0 since":    {func(w *world, _ *Request) { w.app.RefreshGrace = 0; w.saveApp() }, InvalidGrant, false},
		"no refresh grant left": {func(w *world, _ *Request) { w.app.Grants = []string{AuthorizationCode}; w.saveApp() }, UnauthorizedClient, true},
		"all scopes lost":       {func(w *world, _ *Request) { w.app.Scopes = []string{"transactions/post"}; w.saveApp() }, InvalidGrant, true},
	} {
		w := newGraceWorld(t, grace10)
		w.addOther()
		token := w.redeemCode().RefreshToken
		next := w.mustToken(w.refreshRequest(token))
		again := w.refreshRequest(token)
		c.change(w, &again)
		w.wantRefusal(name, again, c.want)
		if _, err := w.Access(t.Context(), next.AccessToken, db.Caller{}); (err == nil) != c.lives {
			t.Errorf("%s: Access(the next token) = %v, want it good: %t", name, err, c.lives)
		}
		if n := w.auditCount("refresh.repeated"); n != 0 {
			t.Errorf("%s: audit events = %d, want 0", name, n)
		}
	}
}

// A narrower scope narrows one answer only, also of a repeat.
func TestRepeatNarrowsItsOwnTokenOnly(t *testing.T) {
	w := newGraceWorld(t, grace10)
	token := w.redeemCode().RefreshToken
	narrow := w.refreshRequest(token)
	narrow.Scope = "write"
	w.mustToken(w.refreshRequest(token))
	a := w.mustToken(narrow)
	if !slices.Equal(a.Scopes, []string{"write"}) {
		t.Errorf("scopes = %v, want write", a.Scopes)
	}
	if b := w.mustToken(w.refreshRequest(a.RefreshToken)); !slices.Equal(b.Scopes, []string{"read", "write"}) {
		t.Errorf("scopes = %v, want read write", b.Scopes)
	}
}

// A repeat lasts no longer than its authorization, and the last use before the expiry can be retried.
func TestRepeatNearTheEnd(t *testing.T) {
	w := newGraceWorld(t, time.Minute)
	res := w.redeemCode()
	start := w.now
	w.now = start.Add(RefreshIdle - time.Second)
	w.mustToken(w.refreshRequest(res.RefreshToken))
	w.now = start.Add(RefreshIdle + 5*time.Second)
	res = w.mustToken(w.refreshRequest(res.RefreshToken))
	for day := 59; day < 180; day += 29 {
		w.now = start.Add(time.Duration(day) * 24 * time.Hour)
		res = w.mustToken(w.refreshRequest(res.RefreshToken))
	}
	w.now = start.Add(RefreshAbsolute - 10*time.Second)
	w.mustToken(w.refreshRequest(res.RefreshToken))
	if repeat := w.mustToken(w.refreshRequest(res.RefreshToken)); repeat.ExpiresIn != 10*time.Second {
		t.Errorf("ExpiresIn(a repeat 10 s before the end) = %v, want 10s", repeat.ExpiresIn)
	}
	w.now = start.Add(RefreshAbsolute)
	w.wantRefusal("a repeat after 180 days", w.refreshRequest(res.RefreshToken), InvalidGrant)
}
