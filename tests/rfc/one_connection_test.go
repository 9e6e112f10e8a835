package rfc

import (
	"net/http"
	"testing"

	"gatepost/tests/testapp"
)

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
