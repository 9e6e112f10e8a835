package rfc

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

// RFC 6749 section 6: a refresh token works only for its client, which authenticates; it may
// narrow the scope but never widen it (REF-03).
func TestRFC6749_6(t *testing.T) {
	w := shared
	tokens := w.owner.Authorize(t, w.site, "scope", "read")
	noSecret := testapp.Credentials{ClientID: w.site.ClientID}
	wrong := testapp.Credentials{ClientID: w.site.ClientID, ClientSecret: w.other.ClientSecret}
	for what, c := range map[string]struct {
		r      *testapp.Answer
		status int
		code   string
	}{
		"another client":           {w.refresh(t, w.other, tokens.RefreshToken), 400, "invalid_grant"},
		"a public client":          {w.refresh(t, w.camera, tokens.RefreshToken), 400, "invalid_grant"},
		"no client authentication": {w.refresh(t, noSecret, tokens.RefreshToken), 401, "invalid_client"},
		"a wrong secret":           {w.refresh(t, wrong, tokens.RefreshToken), 401, "invalid_client"},
		"no refresh token":         {w.refresh(t, w.site, ""), 400, "invalid_request"},
		"a made-up one":            {w.refresh(t, w.site, "1234"), 400, "invalid_grant"},
		"one with a letter off":    {w.refresh(t, w.site, tokens.RefreshToken[:30]+"_"+tokens.RefreshToken[31:]), 400, "invalid_grant"},
		"a wider scope":            {w.refresh(t, w.site, tokens.RefreshToken, "scope", "read write"), 400, "invalid_scope"},
		"another scope":            {w.refresh(t, w.site, tokens.RefreshToken, "scope", "write"), 400, "invalid_scope"},
	} {
		wantError(t, what, c.r, c.status, c.code)
	}
	next := w.Tokens(t, w.refresh(t, w.site, tokens.RefreshToken)) // none of them used it up
	if next.RefreshToken == "" || next.RefreshToken == tokens.RefreshToken || next.Scope != "read" || next.AccessToken == tokens.AccessToken {
		t.Errorf("a refresh gave scope %q, a new refresh token %t, want read and a new one", next.Scope, next.RefreshToken != tokens.RefreshToken)
	}
	if status := w.Me(t, tokens.AccessToken); status != http.StatusOK {
		t.Errorf("the access token of before a refresh: GET /api/v1/me = %d, want 200", status)
	}
	// Only its client makes the use of an old one known: no other ends the family by it.
	wantError(t, "the old one by another client", w.refresh(t, w.other, tokens.RefreshToken), http.StatusBadRequest, "invalid_grant")
	wantError(t, "the old one by nobody", w.refresh(t, noSecret, tokens.RefreshToken), http.StatusUnauthorized, "invalid_client")
	if status := w.Me(t, next.AccessToken); status != http.StatusOK {
		t.Errorf("after a stranger's use of an old refresh token: GET /api/v1/me = %d, want 200", status)
	}
	// A narrower scope narrows this access token, not the next refresh.
	wide := w.owner.Authorize(t, w.site, "scope", "read write")
	narrow := w.Tokens(t, w.refresh(t, w.site, wide.RefreshToken, "scope", "write"))
	if narrow.Scope != "write" {
		t.Errorf("a refresh for write gave scope %q", narrow.Scope)
	}
	if back := w.Tokens(t, w.refresh(t, w.site, narrow.RefreshToken)); back.Scope != "read write" {
		t.Errorf("the refresh after a narrower one gave scope %q, want read write", back.Scope)
	}
}

// RFC 6749 section 1.5: the two kinds of token are not interchangeable (REF-04).
func TestRFC6749_1_5(t *testing.T) {
	w := shared
	tokens := w.owner.Authorize(t, w.site)
	if status := w.Me(t, tokens.RefreshToken); status != http.StatusUnauthorized {
		t.Errorf("GET /api/v1/me with a refresh token = %d, want 401", status)
	}
	wantError(t, "an access token for a refresh token", w.refresh(t, w.site, tokens.AccessToken), http.StatusBadRequest, "invalid_grant")
	if n := testapp.One[string](t, w.App, "SELECT COUNT(*) FROM refresh_tokens WHERE hash = ?", tokens.RefreshToken); n != "0" {
		t.Error("a refresh token is stored in the clear")
	}
}

// RFC 9700 section 4.14.2: refresh tokens rotate. A used one answers within the grace with a pair that
// works; later, or beyond ten times, using it revokes the whole family (REF-01). They expire (REF-05).
func TestRFC9700_4_14_2(t *testing.T) {
	w := shared
	for name, kind := range map[string]string{"a web app": "web", "a native app": "native"} {
		c := w.client(t, kind)
		first := w.owner.Authorize(t, c)
		bystander := w.owner.Authorize(t, c)
		second := w.Tokens(t, w.refresh(t, c, first.RefreshToken))
		repeat := w.Tokens(t, w.refresh(t, c, first.RefreshToken))
		if repeat.RefreshToken == second.RefreshToken || repeat.AccessToken == second.AccessToken {
			t.Errorf("%s: the repeat of a refresh gave the tokens of the first answer, want its own", name)
		}
		w.wantToWork(t, "the first answer, "+name, c, second)
		w.wantToWork(t, "the repeat, "+name, c, repeat)
		w.wantAudit(t, c, "refresh.repeated", "1")
		w.endGrace(t, c)
		wantError(t, "the old one after its grace, "+name, w.refresh(t, c, first.RefreshToken), http.StatusBadRequest, "invalid_grant")
		w.wantDead(t, "the repeat after the reuse, "+name, c, repeat)
		w.wantDead(t, "after the reuse, "+name, c, first)
		w.wantDead(t, "after the reuse, "+name, c, second)
		w.wantAudit(t, c, "refresh.reused", "1")
		if status := w.Me(t, bystander.AccessToken); status != http.StatusOK {
			t.Errorf("%s: another authorization's token after the reuse: GET /api/v1/me = %d, want 200", name, status)
		}
		w.Tokens(t, w.refresh(t, c, bystander.RefreshToken))
	}
	many := w.client(t, "web")
	w.setGrace(t, many, 60)
	shared := w.owner.Authorize(t, many)
	last := w.Tokens(t, w.refresh(t, many, shared.RefreshToken))
	for range 10 {
		last = w.Tokens(t, w.refresh(t, many, shared.RefreshToken))
	}
	wantError(t, "the eleventh repeat", w.refresh(t, many, shared.RefreshToken), http.StatusBadRequest, "invalid_grant")
	w.wantDead(t, "after the eleventh repeat", many, last)
	strict := w.client(t, "web")
	w.setGrace(t, strict, 0)
	once := w.owner.Authorize(t, strict)
	next := w.Tokens(t, w.refresh(t, strict, once.RefreshToken))
	wantError(t, "a repeat without a grace", w.refresh(t, strict, once.RefreshToken), http.StatusBadRequest, "invalid_grant")
	w.wantDead(t, "after a repeat without a grace", strict, next)
	c := w.client(t, "web")
	idle := w.owner.Authorize(t, c)
	if days := testapp.One[string](t, w.App, "SELECT (expires_at - issued_at) / 86400 FROM refresh_tokens WHERE client_id = ?", c.ClientID); days != "30" {
		t.Errorf("a refresh token waits %s days, want 30", days)
	}
	w.Change(t, "UPDATE refresh_tokens SET expires_at = ? WHERE client_id = ?", time.Now().Unix()-1, c.ClientID)
	wantError(t, "one that waited too long", w.refresh(t, c, idle.RefreshToken), http.StatusBadRequest, "invalid_grant")
	old := w.owner.Authorize(t, c)
	w.Change(t, "UPDATE families SET expires_at = ? WHERE client_id = ?", time.Now().Unix()+600, c.ClientID)
	last = w.Tokens(t, w.refresh(t, c, old.RefreshToken))
	if last.ExpiresIn > 600 {
		t.Errorf("a token of an authorization that ends in 600 s lives %d s", last.ExpiresIn)
	}
	w.Change(t, "UPDATE families SET expires_at = ? WHERE client_id = ?", time.Now().Unix()-1, c.ClientID)
	wantError(t, "one of an authorization that is over", w.refresh(t, c, last.RefreshToken), http.StatusBadRequest, "invalid_grant")
}

// RFC 9700 section 4.14.2, too: after a change of the password, and after "sign out everywhere",
// apps can no longer act for the person (REF-06); nor after consent is revoked (AUT-18).
func TestRFC9700_4_14_2_EventsOfThePerson(t *testing.T) {
	w := shared
	const newPassword = "nine brave otters 52"
	w.Secret(newPassword)
	p := w.Member(t, team, "viewer")
	steps := []struct {
		what string
		do   func() *testapp.Answer
	}{
		{"the end of the other sessions", func() *testapp.Answer {
			return p.Post(t, "/account/sessions/end-others", testapp.Form("apps", "on"))
		}},
		{"a revoked authorization", func() *testapp.Answer {
			_, id, _ := strings.Cut(p.Get(t, "/account/authorizations").Body, "/account/authorizations/")
			id, _, _ = strings.Cut(id, "/revoke")
			return p.Post(t, "/account/authorizations/"+id+"/revoke", url.Values{})
		}},
		{"a changed password", func() *testapp.Answer {
			return p.Post(t, "/account/security", testapp.Form("current", testapp.Password, "current_password", testapp.Password,
				"password", newPassword, "new", newPassword, "new_password", newPassword, "end_apps", "on"))
		}},
	}
	for _, step := range steps {
		tokens := p.Authorize(t, w.site)
		r := step.do()
		if r.Status != http.StatusSeeOther {
			t.Fatalf("%s = %d\n%.600s", step.what, r.Status, r.Body)
		}
		w.wantDead(t, "after "+step.what, w.site, tokens)
	}
	for _, cookie := range p.Cookies(t) {
		w.Secret(cookie.Value)
	}
}
