package oauth_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
)

// call calls the API with a token and returns the status and the body.
func (b *browser) call(token any, path string) (int, string) {
	b.t.Helper()
	r := b.request("GET", path, nil)
	bearer, _ := token.(string)
	r.Header.Set("Authorization", "Bearer "+bearer)
	a := b.do(r)
	return a.StatusCode, a.body
}

// redeem exchanges a code of the web app.
func (b *browser) redeem(client app.Created, code string, pairs ...string) answer {
	b.t.Helper()
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier},
		"client_id": {client.App.ClientID}, "client_secret": {client.Secret.Plain},
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return b.post("/oauth2/token", form)
}

// allowsFor consents for these teams and returns the token response.
func (b *browser) allowsFor(client app.Created, scope string, teams ...string) map[string]any {
	b.t.Helper()
	page := b.get(b.asks(client, "scope", scope))
	a := b.post("/oauth2/consent", url.Values{"request": {page.requestID(b.t)}, "answer": {"allow"}, "team": teams})
	_, q := a.location()
	got := b.redeem(client, q.Get("code"))
	if got.StatusCode != http.StatusOK {
		b.t.Fatalf("token after the consent for %v = %d %s, want 200", teams, got.StatusCode, got.body)
	}
	return got.json(b.t)
}

// join makes a person a member of one more team.
func (p *portal) join(team, email, role string) {
	p.t.Helper()
	person, err := p.db.PersonByEmail(p.t.Context(), email)
	if err == nil {
		err = p.db.Tx(p.t.Context(), func(tx *db.Tx) error { return tx.PutMember(p.t.Context(), team, person.ID, role) })
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// makeOwner makes a person an owner of the portal.
func (p *portal) makeOwner(email string) {
	p.t.Helper()
	person, err := p.db.PersonByEmail(p.t.Context(), email)
	if err == nil {
		err = p.db.Tx(p.t.Context(), func(tx *db.Tx) error { return tx.SetOwner(p.t.Context(), person.ID, true) })
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// ids returns the ids of the portal's two teams.
func (p *portal) ids() (bari, trani string) {
	p.t.Helper()
	other, err := p.db.TeamByName(p.t.Context(), "Trani")
	if err != nil {
		p.t.Fatal(err)
	}
	return p.web.App.TeamID, other.ID
}

// An owner who allows an app of a foreign team gives it the teams that they tick, of those that they are
// a member of, and no owner's rights.
func TestOwnersConsentGivesNoForeignTeam(t *testing.T) {
	p := newPortal(t)
	bari, trani := p.ids()
	p.makeOwner("bob@example.com")
	bob := p.signedIn("bob")
	page := bob.get(p.asks(p.web))
	if !strings.Contains(page.body, `value="`+bari+`"`) || strings.Contains(page.body, trani) {
		t.Error("the consent page of an owner doesn't offer exactly the team that they are a member of")
	}
	for name, teams := range map[string][]string{"a foreign team": {trani}, "one of each": {bari, trani}, "no team": nil, "nonsense": {"x"}} {
		a := bob.post("/oauth2/consent", url.Values{"request": {page.requestID(t)}, "answer": {"allow"}, "team": teams})
		if a.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(a.body, "Choose at least one of your teams") || !strings.Contains(a.body, page.requestID(t)) {
			t.Errorf("allow for %s = %d, want 422 and the same page", name, a.StatusCode)
		}
	}
	token := bob.allowsFor(p.web, "read", bari)["access_token"]
	for path, want := range map[string]int{"/api/v1/devices": 200, "/api/v1/devices?team=" + bari: 200, "/api/v1/devices?team=" + trani: 404} {
		if status, body := bob.call(token, path); status != want {
			t.Errorf("GET %s by the app = %d %s, want %d", path, status, body, want)
		}
	}
	if _, body := bob.call(token, "/api/v1/me"); !strings.Contains(body, bari) || strings.Contains(body, trani) {
		t.Errorf("GET /api/v1/me = %s, want the team of the consent alone", body)
	}
}

// A consent for one of two teams keeps the other out of reach, and one that names it no longer takes it
// from the tokens of before.
func TestConsentForOneTeamDoesNotReachTheOther(t *testing.T) {
	p := newPortal(t)
	bari, trani := p.ids()
	p.join(trani, "bob@example.com", hub.Admin)
	bob := p.signedIn("bob")
	page := bob.get(p.asks(p.web))
	if strings.Contains(page.body, " checked") {
		t.Error("a team of two is ticked beforehand")
	}
	first := bob.allowsFor(p.web, "read", bari, trani)["access_token"]
	if status, _ := bob.call(first, "/api/v1/devices?team="+trani); status != 200 {
		t.Errorf("devices of a ticked team = %d, want 200", status)
	}
	again := bob.get(p.asks(p.web, "scope", "read events"))
	if n := strings.Count(again.body, " checked"); n != 2 {
		t.Errorf("teams that are ticked when more scopes are asked for = %d, want the two of before", n)
	}
	second := bob.allowsFor(p.web, "read events", bari)["access_token"]
	for name, token := range map[string]any{"the first token": first, "the second token": second} {
		if status, _ := bob.call(token, "/api/v1/devices?team="+bari); status != 200 {
			t.Errorf("%s in the ticked team = %d, want 200", name, status)
		}
		if status, _ := bob.call(token, "/api/v1/devices?team="+trani); status != 404 {
			t.Errorf("%s in the other team = %d, want 404", name, status)
		}
	}
	if body := bob.get("/account/authorizations").body; !strings.Contains(body, "Reaches Bari<") {
		t.Error("the page of authorized apps doesn't name the team")
	}
}

// Who left a team and joined again has to let the app in again.
func TestLeavingATeamTakesItFromTheApp(t *testing.T) {
	p := newPortal(t)
	bari, trani := p.ids()
	p.join(trani, "bob@example.com", hub.Developer)
	bob := p.signedIn("bob")
	token := bob.allowsFor(p.web, "read", bari, trani)["access_token"]
	person, err := p.db.PersonByEmail(t.Context(), "bob@example.com")
	if err == nil {
		_, err = p.teams.RemoveMember(t.Context(), hub.OperatorActor(), trani, person.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, when := range []string{"after leaving", "after joining again"} {
		if status, _ := bob.call(token, "/api/v1/devices?team="+trani); status != 404 {
			t.Errorf("devices of the left team %s = %d, want 404", when, status)
		}
		p.join(trani, "bob@example.com", hub.Developer)
	}
}

// What a person allowed was the app as it was: a change of it is asked about, with the reason.
func TestRememberedConsentEndsWhenTheAppChanges(t *testing.T) {
	p := newPortal(t)
	_, trani := p.ids()
	bob, operator := p.signedIn("bob"), hub.OperatorActor()
	id := p.web.App.ClientID
	update := func(change func(*app.Change)) {
		t.Helper()
		now, err := p.db.App(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		in := app.Change{Name: now.Name, Scopes: now.Scopes, TokenLifetime: now.TokenLifetime, RefreshGrace: now.RefreshGrace, RedirectURIs: now.RedirectURIs, Refresh: true}
		change(&in)
		if err := p.apps.Update(t.Context(), operator, id, in); err != nil {
			t.Fatal(err)
		}
	}
	other := callback + "/two"
	for _, c := range []struct {
		name, says string
		change     func()
		path       string
	}{
		{"another redirect URI", "redirect URIs have changed", func() {
			if _, err := p.apps.AddRedirectURI(t.Context(), operator, id, other); err != nil {
				t.Fatal(err)
			}
		}, p.asks(p.web)},
		{"a redirect URI that the person doesn't know", "sends you back to a different address", func() {}, p.asks(p.web, "redirect_uri", other)},
		{"fewer redirect URIs", "redirect URIs have changed", func() { update(func(c *app.Change) { c.RedirectURIs = []string{callback} }) }, p.asks(p.web)},
		{"fewer scopes", "", func() { update(func(c *app.Change) { c.Scopes = []string{"read"} }) }, p.asks(p.web)},
		{"more scopes", "can now ask for more", func() { update(func(c *app.Change) { c.Scopes = []string{"read", "events"} }) }, p.asks(p.web)},
		{"another name", "", func() { update(func(c *app.Change) { c.Name = "Reader of the web" }) }, p.asks(p.web)},
		{"another team", "moved to another team", func() {
			if err := p.apps.Transfer(t.Context(), operator, id, trani); err != nil {
				t.Fatal(err)
			}
		}, p.asks(p.web)},
	} {
		bob.allows(p.asks(p.web))
		c.change()
		a := bob.get(c.path)
		if asked := a.StatusCode == 200; asked != (c.says != "") || !strings.Contains(a.body, c.says) {
			t.Errorf("%s: asked again = %t, want %t, because %q", c.name, asked, c.says != "", c.says)
		}
	}
}

// A consent page that was shown before the app changed can't be answered after it.
func TestConsentShownBeforeTheAppMovedIsVoid(t *testing.T) {
	p := newPortal(t)
	_, trani := p.ids()
	bob := p.signedIn("bob")
	page := bob.get(p.asks(p.web))
	if err := p.apps.Transfer(t.Context(), hub.OperatorActor(), p.web.App.ClientID, trani); err != nil {
		t.Fatal(err)
	}
	if a := bob.post("/oauth2/consent", page.answers(t, "allow")); a.StatusCode != http.StatusConflict {
		t.Errorf("answer after the transfer = %d, want 409", a.StatusCode)
	}
}

// The new team of an app gets nothing of what people allowed the old one.
func TestTransferEndsTokensForPeople(t *testing.T) {
	p := newPortal(t)
	_, trani := p.ids()
	bob := p.signedIn("bob")
	tokens := bob.tokens()
	if err := p.apps.Transfer(t.Context(), hub.OperatorActor(), p.web.App.ClientID, trani); err != nil {
		t.Fatal(err)
	}
	if bob.bearer(tokens["access_token"]) {
		t.Error("the API takes an access token from before the transfer")
	}
	refresh, _ := tokens["refresh_token"].(string)
	if a := bob.redeem(p.web, "", "grant_type", "refresh_token", "refresh_token", refresh); a.StatusCode != 400 || a.json(t)["error"] != "invalid_grant" {
		t.Errorf("refresh after the transfer = %d %s, want invalid_grant", a.StatusCode, a.body)
	}
}

// A token from before an app lost a scope, or its person a role, is worth no more than both have now.
func TestOldTokenHasNoLostScope(t *testing.T) {
	p := newPortal(t)
	bari, _ := p.ids()
	if err := p.db.Tx(t.Context(), func(tx *db.Tx) error {
		return tx.KeepScope(t.Context(), db.Scope{Name: "apps:read", Sentence: "List apps", AdminOnly: true, Position: 3})
	}); err != nil {
		t.Fatal(err)
	}
	set := func(scopes ...string) {
		t.Helper()
		in := app.Change{Name: "Web reader", Scopes: scopes, TokenLifetime: p.web.App.TokenLifetime, RefreshGrace: p.web.App.RefreshGrace, RedirectURIs: []string{callback}, Refresh: true}
		if err := p.apps.Update(t.Context(), hub.OperatorActor(), p.web.App.ClientID, in); err != nil {
			t.Fatal(err)
		}
	}
	set("read", "apps:read")
	p.join(bari, "bob@example.com", hub.Admin)
	bob := p.signedIn("bob")
	tokens := bob.allowsFor(p.web, "read apps:read", bari)
	want := func(when string, devices, apps int) {
		t.Helper()
		for path, want := range map[string]int{"/api/v1/devices": devices, "/api/v1/apps": apps} {
			if status, body := bob.call(tokens["access_token"], path); status != want {
				t.Errorf("%s: GET %s = %d %s, want %d", when, path, status, body, want)
			}
		}
	}
	want("as allowed", 200, 200)
	p.join(bari, "bob@example.com", hub.Developer)
	want("after the demotion", 200, 403)
	refresh, _ := tokens["refresh_token"].(string)
	if a := bob.redeem(p.web, "", "grant_type", "refresh_token", "refresh_token", refresh); a.json(t)["scope"] != "read" {
		t.Errorf("refresh after the demotion = %d %s, want the scope read alone", a.StatusCode, a.body)
	}
	p.join(bari, "bob@example.com", hub.Admin)
	want("as admin again", 200, 200)
	set("apps:read")
	want("after the app lost read", 403, 200)
}
