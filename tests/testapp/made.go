package testapp

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var (
	personalToken = regexp.MustCompile(`gpp_[A-Za-z0-9]{49}`)
	memberPage    = regexp.MustCompile(`/team/members/([a-z0-9]+)/`)
	ownSecret     = regexp.MustCompile(`/secrets/([0-9a-f-]{36})/revoke`)
)

// AddToken makes an API token of the person's, for seven days, on its page.
func (p *Person) AddToken(t testing.TB, name string, scopes ...string) string {
	t.Helper()
	r := p.Post(t, "/account/tokens", url.Values{"name": {name}, "scopes": scopes, "expires": {"7d"}, "once": {p.Get(t, "/account/tokens").Once(t)}})
	token := personalToken.FindString(r.Body)
	if r.Status != http.StatusOK || token == "" {
		t.Fatalf("POST /account/tokens = %d, want the page with the token\n%s", r.Status, r.Body)
	}
	return p.app.Secret(token)
}

// MemberID is the id of somebody of the person's team, as the page of its members has it.
func (p *Person) MemberID(t testing.TB, name string) string {
	t.Helper()
	_, row, _ := strings.Cut(p.Get(t, "/team/members").Body, html.EscapeString(name))
	m := memberPage.FindStringSubmatch(row)
	if m == nil {
		t.Fatalf("/team/members has nothing that %s could do with %s", p.Name, name)
	}
	return m[1]
}

// SecretIDs are the ids of an app's live secrets, newest first, as its page has them.
func (p *Person) SecretIDs(t testing.TB, clientID string) (ids []string) {
	t.Helper()
	for _, m := range ownSecret.FindAllStringSubmatch(p.Get(t, "/apps/"+clientID+"/secrets").Body, -1) {
		ids = append(ids, m[1])
	}
	return ids
}
