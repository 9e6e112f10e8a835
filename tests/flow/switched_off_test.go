package flow

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// An owner switches the vendor login off: the tokens that came by it end, at every endpoint.
func TestVendorLoginSwitchedOffEndsItsTokens(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	dev := app.Member(t, "First team", "developer")
	l := takeLoot(t, app, dev)
	testapp.WantRedirect(t, "POST /owner/settings", owner.Post(t, "/owner/settings", testapp.Form("iotconnect_off", "on")), "/owner/settings")
	l.wantVendorDead(t, "switching the vendor login off")
	if app.Me(t, l.personal) != http.StatusOK || app.Me(t, l.tokens.AccessToken) != http.StatusOK {
		t.Error("tokens that came another way ended too")
	}
	testapp.WantRedirect(t, "POST /owner/settings", owner.Post(t, "/owner/settings", url.Values{}), "/owner/settings")
	l.wantVendorDead(t, "switching it on again")

	// A login that was under way meanwhile: its refresh token is refused while the switch is off.
	_, refresh := vendorLogin(t, app, dev)
	app.Change(t, "UPDATE settings SET value = 'on' WHERE name = 'iotconnect_off'")
	if r := app.TokenRequest(t, l.vendor, "grant_type", "refresh_token", "refresh_token", refresh); !strings.Contains(r.Body, "invalid_grant") {
		t.Errorf("refreshing at /oauth2/token while the vendor login is off = %d %s, want invalid_grant", r.Status, r.Body)
	}
}

// An app loses the query string, or unlimited access: what came by it ends, and doesn't come back with it.
func TestSwitchedOffWaysOfAnAppEndTheirTokens(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	site := owner.AddClient(t, "Site", "web")
	save := func(more ...string) {
		t.Helper()
		form := testapp.Form(append([]string{"name", "Site", "scopes", "read", "token_lifetime", "3600", "auth_method", "client_secret", "redirect_uris", testapp.Redirect}, more...)...)
		testapp.WantStatus(t, "saving the app", owner.Post(t, "/apps/"+site.ClientID, form), http.StatusSeeOther)
	}
	refused := func(what, refresh string) {
		t.Helper()
		if r := app.TokenRequest(t, site, "grant_type", "refresh_token", "refresh_token", refresh); r.Status != http.StatusBadRequest || strings.Contains(r.Body, "access_token") {
			t.Errorf("refreshing %s = %d %s, want a refusal", what, r.Status, r.Body)
		}
	}
	save("access", "unlimited", "query_parameters", "on")
	q := site.With("grant_type", "authorization_code", "redirect_uri", testapp.Redirect, "code", owner.Code(t, testapp.AuthorizePath(site, "")))
	byQuery := app.Tokens(t, app.PostForm(t, "/oauth2/token?"+q.Encode(), nil))
	byBody := owner.Authorize(t, site)
	save("access", "unlimited")
	if got := app.Me(t, byQuery.AccessToken); got != http.StatusUnauthorized {
		t.Errorf("a token by the query after that was switched off = %d, want 401", got)
	}
	refused("a token that came by the query", byQuery.RefreshToken)
	if got := app.Me(t, byBody.AccessToken); got != http.StatusOK {
		t.Errorf("a token by the body after the query was switched off = %d, want 200", got)
	}
	save("access", "once")
	refused("after unlimited access was switched off", byBody.RefreshToken)
	save("access", "unlimited")
	refused("after it was switched on again", byBody.RefreshToken)
	if got := app.Me(t, byBody.AccessToken); got != http.StatusUnauthorized {
		t.Errorf("the access token of a family that ended = %d, want 401", got)
	}
}

// A second factor is required: what works without one ends for people who have none, for good; people who
// have one keep theirs; and who joins later is refused until they have one.
func TestRequiredSecondFactorEndsWhatWorksWithoutOne(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"team": "/team/settings/second-factor", "portal": "/owner/settings/second-factor"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := testapp.New(t)
			owner := app.Owner(t)
			owner.AddTOTP(t)
			careful := owner.AddToken(t, "careful", "read")
			dev := app.Member(t, "First team", "developer")
			l := takeLoot(t, app, dev)
			app.AddTeam(t, "Elsewhere")
			late := app.Member(t, "Elsewhere", "developer")
			testapp.WantStatus(t, "POST "+path, owner.Post(t, path, testapp.Form("required", "on")), http.StatusSeeOther)
			var lateToken, lateCalendar string
			var lateTokens testapp.Tokens
			lateClient := app.AddClient(t, "Elsewhere", "Late app", "native")
			if name == "team" {
				lateToken, lateCalendar, lateTokens = late.AddToken(t, "late", "read"), makeCalendar(t, app, late), late.Authorize(t, lateClient)
			}
			l.wantDead(t, "a second factor was required")
			testapp.WantRedirect(t, "a page of somebody without a second factor", dev.Get(t, "/dashboard"), "/account/security")
			if got := app.Me(t, careful); got != http.StatusOK {
				t.Errorf("the token of somebody with a second factor = %d, want 200", got)
			}
			dev.AddTOTP(t)
			l.wantDead(t, "they set one up")
			if got := app.Me(t, dev.AddToken(t, "new", "read")); got != http.StatusOK {
				t.Errorf("a new token with a second factor = %d, want 200", got)
			}
			if name == "portal" {
				return
			}
			app.Change(t, "INSERT INTO memberships (team_id, person_id, role, created_at) SELECT t.id, p.id, 'developer', 0 FROM teams t, people p WHERE t.name = 'First team' AND p.email = ?", late.Email)
			if got := app.Me(t, lateToken); got != http.StatusUnauthorized || l.active(t, lateToken) {
				t.Errorf("the token of somebody who joined without a second factor = %d, want 401 and inactive", got)
			}
			if got := app.Me(t, lateTokens.AccessToken); got != http.StatusUnauthorized || l.active(t, lateTokens.AccessToken) {
				t.Errorf("their app's access token = %d, want 401 and inactive", got)
			}
			refresh := []string{"grant_type", "refresh_token", "refresh_token", lateTokens.RefreshToken}
			if r := app.TokenRequest(t, lateClient, refresh...); !strings.Contains(r.Body, "invalid_grant") {
				t.Errorf("their app's refresh token = %d %s, want invalid_grant", r.Status, r.Body)
			}
			feed := func() int { return app.Do(t, app.Request(t, http.MethodGet, "/calendar/"+lateCalendar, "")).Status }
			if got := feed(); got != http.StatusNotFound {
				t.Errorf("their calendar = %d, want 404", got)
			}
			late.AddTOTP(t)
			if got := app.Me(t, lateToken); got != http.StatusOK {
				t.Errorf("their token with a second factor = %d, want 200", got)
			}
			if got := feed(); got != http.StatusOK {
				t.Errorf("their calendar with a second factor = %d, want 200", got)
			}
			app.Tokens(t, app.TokenRequest(t, lateClient, refresh...)) // the refusal used nothing up
		})
	}
}

// A disabled person keeps nothing, and enabling the account brings nothing back.
func TestDisabledPersonKeepsNothing(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	second := app.Member(t, "First team", "admin")
	l := takeLoot(t, app, second)
	accomplice := strings.TrimPrefix(second.Invite(t, "accomplice@example.com", "admin"), app.URL)
	person := "/owner/people/" + owner.MemberID(t, second.Name)
	testapp.WantRedirect(t, "POST disable", owner.Post(t, person+"/disable", testapp.Form("confirm_name", second.Name)), person)
	l.wantDead(t, "disabling")
	testapp.WantStatus(t, "an invitation that they sent", app.Visitor(t).Get(t, accomplice), http.StatusGone)
	testapp.WantRedirect(t, "POST enable", owner.Post(t, person+"/enable", nil), person)
	l.wantDead(t, "enabling")
	testapp.WantStatus(t, "their session", second.Get(t, "/dashboard"), http.StatusSeeOther)
	testapp.WantStatus(t, "an invitation that they sent", app.Visitor(t).Get(t, accomplice), http.StatusGone)
}

// Who leaves a team keeps nothing of it; what is theirs alone stays.
func TestWhoLeftATeamKeepsNothingOfIt(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	owner := app.Owner(t)
	dev := app.Member(t, "First team", "developer")
	l := takeLoot(t, app, dev)
	app.AddTeam(t, "Elsewhere")
	app.Change(t, "INSERT INTO memberships (team_id, person_id, role, created_at) SELECT t.id, p.id, 'developer', 0 FROM teams t, people p WHERE t.name = 'Elsewhere' AND p.email = ?", dev.Email)
	id := owner.MemberID(t, dev.Name)
	testapp.WantRedirect(t, "POST remove", owner.Post(t, "/team/members/"+id+"/remove", testapp.Form("confirm_name", dev.Name)), "/team/members")
	l.wantAppsDead(t, "a removal")
	testapp.WantStatus(t, "GET calendar after a removal", l.feed(t), http.StatusNotFound)
	if got := app.Me(t, l.personal); got != http.StatusOK {
		t.Errorf("the personal token of somebody with another team = %d, want 200", got)
	}
}
