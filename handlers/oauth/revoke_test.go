package oauth_test

import (
	"net/url"
	"strings"
	"testing"
)

// credentials returns the web app's credentials and pairs of name and value.
func (p *portal) credentials(pairs ...string) url.Values {
	f := url.Values{"client_id": {p.web.App.ClientID}, "client_secret": {p.web.Secret.Plain}}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	return f
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// refreshes says whether a refresh token works, by consuming it.
func (b *browser) refreshes(token any) bool {
	b.t.Helper()
	return b.post("/oauth2/token", b.credentials("grant_type", "refresh_token", "refresh_token", text(token))).StatusCode == 200
}

// SEE-05: Netrex's document revokes a token for whoever holds it, with the refresh token of an
// access token and the reverse. RFC 7009 is proved in tests/rfc.
func TestRevokingByNetrexsDocument(t *testing.T) {
	p := newPortal(t)
	b := p.signedIn("bob")
	for name, revoke := range map[string]func(tokens map[string]any) answer{
		"in the address": func(m map[string]any) answer {
			return b.post("/oauth2/revoke?access_token="+text(m["access_token"]), nil)
		},
		"in the body": func(m map[string]any) answer {
			return b.post("/oauth2/revoke", url.Values{"access_token": {text(m["access_token"])}})
		},
		"with a refresh token": func(m map[string]any) answer {
			return b.post("/oauth2/revoke", url.Values{"access_token": {text(m["refresh_token"])}})
		},
	} {
		tokens, other := b.tokens(), b.tokens()
		if !b.bearer(tokens["access_token"]) {
			t.Fatalf("%s: the API does not take the token before it is revoked", name)
		}
		for range 2 {
			a := revoke(tokens)
			if a.StatusCode != 200 || a.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: answer = %d, Cache-Control %q, want 200, not stored", name, a.StatusCode, a.Header.Get("Cache-Control"))
			}
			if got := a.json(t); got["success"] != true || text(got["message"]) == "" || len(got) != 2 {
				t.Errorf("%s: answer = %s, want success and a message", name, a.body)
			}
		}
		if b.bearer(tokens["access_token"]) || b.refreshes(tokens["refresh_token"]) {
			t.Errorf("%s: a token works after it was revoked", name)
		}
		if !b.bearer(other["access_token"]) {
			t.Errorf("%s: a token of another authorization was revoked too", name)
		}
	}
	tokens := b.tokens()
	access := text(tokens["access_token"])
	twice := b.post("/oauth2/revoke?access_token="+access, url.Values{"access_token": {access}})
	if twice.StatusCode != 400 || twice.json(t)["error"] != "invalid_request" || strings.Contains(twice.body, access) {
		t.Errorf("the token twice = %d %s, want 400 invalid_request without the token", twice.StatusCode, twice.body)
	}
	if !b.bearer(access) || !b.refreshes(tokens["refresh_token"]) {
		t.Error("the tokens were revoked by a request that was refused")
	}
}

// An attacker can't use the form for guessing, or for making work: a place can send so many credentials, and others
// are not affected.
func TestReportsOfOnePlaceAreBounded(t *testing.T) {
	p := newPortal(t)
	b := p.signedIn("bob")
	madeUp := "gps_" + strings.Repeat("a", 40)
	status := 0
	for n := range 301 {
		if status = b.post("/oauth2/revoke", url.Values{"access_token": {madeUp}}).StatusCode; status != 200 {
			if n != 300 {
				t.Fatalf("report %d = %d, want 200", n, status)
			}
		}
	}
	if status != 429 {
		t.Errorf("report 301 = %d, want 429", status)
	}
	if tokens := b.tokens(); b.post("/oauth2/revoke", url.Values{"access_token": {text(tokens["access_token"])}}).StatusCode != 200 || b.bearer(tokens["access_token"]) {
		t.Error("an access token can't be revoked by a place that has sent many credentials, want that it can: programs sign people out like that")
	}
}
