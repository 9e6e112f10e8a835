package pages

import (
	"strings"
	"testing"
	"time"

	"gatepost/views/ui"
)

func TestPersonalTokenRevealShowsTheTokenOnce(t *testing.T) {
	html := render(t, PersonalTokenReveal{Page: page(), Name: "laptop", Token: "gpp_t0ken", Issuer: "http://localhost:8080", Scopes: []string{"read"}})
	wants(t, html, `value="gpp_t0ken"`, "data-secret", `API_TOKEN=<span data-secret-text>gpp_t0ken</span>`, `data-guard="/account/tokens"`, "data-saved", "$API_TOKEN", "laptop")
	if n := strings.Count(html, "gpp_t0ken"); n != 2 {
		t.Errorf("times that the token is in the page = %d, want 2", n)
	}
}

func TestPersonalTokensWithoutAnEndAreOfferedWhereAllowed(t *testing.T) {
	m := PersonalTokens{Page: page(), CanCreate: true, Scopes: sampleScopes}
	html := render(t, m)
	wants(t, html, `<option value="30d" selected`, `type="date"`)
	lacks(t, html, `value="never"`)
	m.NoExpiryAllowed = true
	wants(t, render(t, m), `value="never"`)
}

func TestPersonalTokenRowReadsLikeASentence(t *testing.T) {
	p := page()
	m := PersonalTokens{Page: p, CanCreate: true, Rows: []PersonalTokenRow{{
		ID: "1", Name: "laptop", Hint: "k3f9", State: "live", Scopes: []string{"read", "events"}, Made: p.Now.Add(-12 * ui.Day), Ends: p.Now.Add(18 * ui.Day),
		LastUsed: p.Now.Add(-time.Hour), LastFrom: "203.0.113.9",
	}, {ID: "2", Name: "old", Hint: "zz01", State: "revoked", RevokedAt: p.Now.Add(-time.Hour)}}}
	html := render(t, m)
	wants(t, html, "gpp_…k3f9", "laptop", "12 d ago", "1 h ago", "203.0.113.9", "in 18 d", "read events", `href="/account/tokens/1/revoke"`)
	lacks(t, html, "made by", "uses in 24 h", "/account/tokens/2/revoke", "revoked by")
}
