package pages

import (
	"testing"
)

func TestAppWithoutSecretsHasNoSecretsTab(t *testing.T) {
	m := Tokens{Page: page(), App: AppHead{Name: "Hub", ClientID: "abc", LiveTokens: 3}}
	html := render(t, m)
	wants(t, html, `href="/apps/abc/tokens"`)
	lacks(t, html, `href="/apps/abc/secrets"`)
	m.App.HasSecrets = true
	wants(t, render(t, m), `href="/apps/abc/secrets"`)
}

func TestSettingsShowWhatTheKindNeeds(t *testing.T) {
	m := AppSettings{Page: page(), App: AppHead{ClientID: "abc"}, CanEdit: true, Confidential: true, CanTeam: true}
	html := render(t, m)
	wants(t, html, `name="auth_method"`, `name="introspection"`, "An owner of the portal can turn this on.")
	lacks(t, html, `name="redirect_uris"`, `name="access"`)
	m.Confidential, m.HasRedirects, m.Access = false, true, "once"
	html = render(t, m)
	wants(t, html, `name="redirect_uris"`, `value="once" checked`)
	lacks(t, html, `name="auth_method"`, `name="introspection"`)
}

func TestLifetimesContainThePresentOne(t *testing.T) {
	for _, now := range []int{60, 90, 3600, 5400, 86400} {
		found, last := false, 0
		for _, o := range lifetimes(now) {
			n := atoi(o.Value)
			found = found || n == now
			if n <= last {
				t.Errorf("lifetimes(%d): %d after %d, want rising", now, n, last)
			}
			last = n
		}
		if !found {
			t.Errorf("lifetimes(%d) lacks it", now)
		}
	}
}
