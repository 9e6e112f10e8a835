package pages

import (
	"strings"
	"testing"
	"time"

	"gatepost/views/ui"
)

func TestRevokedSecretAsksForItsTokens(t *testing.T) {
	m := SecretRevoke{Page: page(), App: AppHead{ClientID: "abc"}, Secret: SecretRow{ID: "1"}}
	lacks(t, render(t, m), `name="tokens"`)
	m.LiveTokens = 3
	wants(t, render(t, m), "It issued 3 tokens that still work", `value="keep" checked`, `value="revoke"`, "They keep working until they expire.")
}

func TestRevealShowsTheSecretInEveryFormOnce(t *testing.T) {
	m := SecretReveal{Page: page(), AppName: "Hub", ClientID: "id26", Secret: "gps_s3cret", Issuer: "http://localhost:8080"}
	html := render(t, m)
	for _, s := range []string{
		`value="gps_s3cret"`, `&#34;clientId&#34;: &#34;id26&#34;`, `&#34;clientSecret&#34;: &#34;<span data-secret-text>gps_s3cret</span>&#34;`,
		`CLIENT_SECRET=<span data-secret-text>gps_s3cret</span>`, "$ISSUER/apps/auth", "$ISSUER/oauth2/token",
		`href="/playground/client-credentials?app=id26"`, "data-saved", `data-guard="/apps/id26/secrets"`, "http://localhost:8080/apps/auth",
	} {
		if !strings.Contains(html, s) {
			t.Errorf("want %s in the page", s)
		}
	}
	// One field and two masked texts: no button, link or attribute carries it as well.
	if n := strings.Count(html, "gps_s3cret"); n != 3 {
		t.Errorf("times that the secret is in the page = %d, want 3", n)
	}
}

func TestSecretRowReadsLikeASentence(t *testing.T) {
	p := page()
	row := SecretRow{ID: "1", Prefix: "gps_", Hint: "k3f9", Label: "production", State: "live", MadeBy: "Ana", MadeAt: p.Now.Add(-41 * ui.Day),
		LastUsed: p.Now.Add(-14 * time.Second), LastFrom: "203.0.113.9", LastAgent: "curl/8.5", Uses24h: 12, Ends: p.Now.Add(3*ui.Day + time.Hour), CanRevoke: true}
	html := render(t, Secrets{Page: p, App: AppHead{ClientID: "abc"}, Board: []LiveSecret{{SecretRow: row, ClientID: "abc", Manage: true}}, CanAdd: true})
	for _, s := range []string{"gps_…k3f9", "production", "made by Ana ", "41 d ago", "14 s ago", "203.0.113.9", "(curl/8.5)", "12 uses in 24 h", "in 3 d", `href="/apps/abc/secrets/1/revoke"`} {
		if !strings.Contains(html, s) {
			t.Errorf("want %q in the page", s)
		}
	}
	row.State, row.RevokedBy, row.RevokedAt = "revoked", "Ana", p.Now
	html = render(t, Secrets{Page: p, App: AppHead{ClientID: "abc"}, Ended: []SecretRow{row}})
	if strings.Contains(html, "/revoke") {
		t.Error("a revoked secret offers to be revoked, want no such link")
	}
}

func TestSecretWithoutALabelIsNamedOnce(t *testing.T) {
	p := page()
	html := render(t, Secrets{Page: p, App: AppHead{ClientID: "abc"}, Ended: []SecretRow{{ID: "1", Prefix: "gps_", Hint: "k3f9", State: "revoked", MadeAt: p.Now}}})
	if !strings.Contains(html, "no label") || strings.Count(html, "k3f9") != 1 {
		t.Errorf("times that the hint is in the page = %d, want 1 next to \"no label\"", strings.Count(html, "k3f9"))
	}
}
