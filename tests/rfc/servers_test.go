package rfc

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"gatepost/tests/testapp"
)

// Two processes on one database act as one server: no code works twice, and a refresh token only within
// its grace.
func TestTwoServersOnOneDatabase(t *testing.T) {
	t.Parallel()
	for name, options := range testapp.Engines(t) {
		t.Run(name, func(t *testing.T) {
			w := &world{App: testapp.New(t, options...)}
			w.owner = w.Owner(t)
			two := testapp.New(t, testapp.Beside(w.App))
			servers := []string{w.URL, two.URL}
			c, strict := w.client(t, "web"), w.client(t, "web")
			w.setGrace(t, strict, 0)
			for range 3 {
				if won := w.winner(t, "20 with one code", together(20, servers, w.codeForm(t, c)), false); won != nil {
					w.wantToWork(t, "after 20 with one code", c, *won)
				}
				w.wantAllToWork(t, "ten refreshes", c, together(10, servers, refreshForm(c, w.owner.Authorize(t, c).RefreshToken)))
				first := w.owner.Authorize(t, strict)
				if won := w.winner(t, "ten refreshes without a grace", together(10, servers, refreshForm(strict, first.RefreshToken)), false); won != nil {
					w.wantDead(t, "after ten refreshes without a grace", strict, *won)
				}
			}
			for range 3 {
				w.refreshWhileRevoking(t, c, servers)
			}
			// A revocation by one server holds at the other from the next request on.
			tokens := w.owner.Authorize(t, c)
			wantRevoked(t, "revoking at one", w.revoke(t, c, tokens.RefreshToken))
			if status := two.Me(t, tokens.AccessToken); status != http.StatusUnauthorized {
				t.Errorf("GET /api/v1/me at the other = %d, want 401", status)
			}
		})
	}
}

// refreshWhileRevoking lets refreshes and revocations of one authorization meet, the app's
// and the person's: whoever comes first, none blocks another, and at the end nothing lives.
func (w *world) refreshWhileRevoking(t *testing.T, c testapp.Credentials, servers []string) {
	t.Helper()
	tokens := w.owner.Authorize(t, c)
	_, id, _ := strings.Cut(w.owner.Get(t, "/account/authorizations").Body, "/account/authorizations/")
	id, _, _ = strings.Cut(id, "/")
	var person sync.WaitGroup
	person.Go(func() {
		if r := w.owner.Post(t, "/account/authorizations/"+id+"/revoke", nil); r.Status != http.StatusSeeOther {
			t.Errorf("the person's revocation meanwhile = %d, want 303", r.Status)
		}
	})
	var calls []call
	for i := range 12 {
		switch i % 3 {
		case 0:
			calls = append(calls, call{"/oauth2/token", refreshForm(c, tokens.RefreshToken)})
		case 1:
			calls = append(calls, call{"/oauth2/revoke", c.With("token", tokens.RefreshToken)})
		case 2:
			calls = append(calls, call{"/oauth2/revoke", testapp.Form("access_token", tokens.AccessToken)})
		}
	}
	outcomes := atOnce(servers, calls)
	person.Wait()
	for i, o := range outcomes {
		refresh := i%3 == 0
		if o.err != nil || o.status != http.StatusOK && (!refresh || o.code != "invalid_grant") {
			t.Errorf("%s among refreshes and revocations: %d %s %v", calls[i].path, o.status, o.code, o.err)
		}
		if o.tokens.AccessToken != "" {
			w.Secret(o.tokens.RefreshToken)
			w.wantDead(t, "what a refresh among revocations gave", c, o.tokens)
		}
	}
	w.wantDead(t, "after refreshes and revocations", c, tokens)
}

// REL-25: with a pool of one connection nothing hangs: each endpoint answers; of several requests with
// one code at most one gets tokens, and of several refreshes within the grace nobody is signed out. Who
// got no turn is told to come back.
func TestOneConnection(t *testing.T) {
	t.Parallel()
	w := &world{App: testapp.New(t, testapp.WithDatabase(testapp.StartPostgres(t).DatabaseOfOneConnection(t)))}
	w.owner = w.Owner(t)
	c := w.client(t, "web")
	camera := w.client(t, "native")
	tokens := w.owner.Authorize(t, c)
	next := w.Tokens(t, w.refresh(t, c, tokens.RefreshToken))
	if status := w.Me(t, next.AccessToken); status != http.StatusOK {
		t.Errorf("GET /api/v1/me = %d, want 200", status)
	}
	w.Tokens(t, w.refresh(t, c, tokens.RefreshToken))
	testapp.WantRedirect(t, "POST of the settings", w.owner.Post(t, "/apps/"+c.ClientID, testapp.Form("name", "Site", "scopes", "read", "scopes", "write",
		"token_lifetime", "3600", "refresh_grace", "0", "redirect_uris", testapp.Redirect, "access", "unlimited", "auth_method", "client_secret")), "/apps/"+c.ClientID)
	wantError(t, "a reuse", w.refresh(t, c, tokens.RefreshToken), http.StatusBadRequest, "invalid_grant")
	w.wantDead(t, "after the reuse", c, next)
	wantRevoked(t, "a revocation", w.revoke(t, c, w.owner.Authorize(t, c).AccessToken))
	d := w.device(t, camera)
	wantError(t, "a poll", w.poll(t, camera, d), http.StatusBadRequest, "authorization_pending")
	w.owner.Answer(t, w.owner.Post(t, "/device", testapp.Form("user_code", d.UserCode)), "allow")
	w.Tokens(t, w.poll(t, camera, d))
	c = w.client(t, "web")
	for range 3 {
		w.winner(t, "ten with one code", together(10, []string{w.URL}, w.codeForm(t, c)), true)
		var got []outcome
		for _, o := range together(10, []string{w.URL}, refreshForm(c, w.owner.Authorize(t, c).RefreshToken)) {
			if o.status != http.StatusServiceUnavailable {
				got = append(got, o)
			}
		}
		w.wantAllToWork(t, "ten refreshes", c, got)
	}
	w.Tokens(t, w.refresh(t, c, w.owner.Authorize(t, c).RefreshToken))
}
