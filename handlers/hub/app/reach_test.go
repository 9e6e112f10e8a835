package app_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/hub/hubtest"
	"gatepost/handlers/keys"
)

const (
	oneKey     = `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	anotherKey = `{"kty":"OKP","crv":"Ed25519","x":"AtcDJlLTtfGpYQPV4GzJGM6EdLKwy0K92Qoh-rnFwk4"}`
)

// An attacker with a developer's session can't widen an app in silence: every admin of the team gets one mail per
// change, also the one in whose session it was made, and the audit log names it app.reach_changed.
func TestAppCannotBeWidenedInSilence(t *testing.T) {
	f, ctx := mailFixture(t), context.Background()
	ana, _ := f.Join(t, "Ana", hub.Admin), f.Join(t, "Otto", hub.Admin)
	made, err := f.Apps.Create(ctx, ana, app.NewApp{TeamID: f.OwnTeam.ID, Name: "Shop", Kind: "web", Scopes: []string{"read"}, RedirectURIs: []string{"https://shop.example/a", "https://shop.example/b"}})
	if err != nil {
		t.Fatal(err)
	}
	id := made.App.ClientID
	var set string
	for _, step := range []struct {
		name   string
		change func(*app.Change)
		mails  int // of each admin
		wider  bool
		words  []string
	}{
		{"name and description", func(c *app.Change) { c.Name, c.Description = "Store", "Sells" }, 0, false, nil},
		{"redirect URIs in another order", func(c *app.Change) { c.RedirectURIs = []string{"https://shop.example/b", "https://shop.example/a"} }, 0, false, nil},
		{"a scope added", func(c *app.Change) { c.Scopes = []string{"read", "write"} }, 1, true, []string{"Scopes: read → read, write"}},
		{"a scope removed", func(c *app.Change) { c.Scopes = []string{"read"} }, 1, false, []string{"Scopes: read, write → read"}},
		{"a redirect URI swapped", func(c *app.Change) { c.RedirectURIs = []string{"https://shop.example/a", "https://evil.example/"} }, 1, true,
			[]string{"Redirect URIs: https://shop.example/a, https://shop.example/b → https://evil.example/, https://shop.example/a"}},
		{"keys", func(c *app.Change) { c.AuthMethod, c.Keys = db.AuthJWT, oneKey }, 1, true, []string{"Authenticates with: a client secret → its own keys", "Public keys (thumbprints): none → "}},
		{"another key with the same id", func(c *app.Change) { c.AuthMethod, c.Keys = db.AuthJWT, `{"kid":"`+kid(t, set)+`",`+anotherKey[1:] }, 1, true, []string{"Public keys (thumbprints): "}},
		{"keys elsewhere", func(c *app.Change) {
			c.AuthMethod, c.Keys, c.JWKSURI = db.AuthJWT, "", "https://evil.example/jwks.json"
		}, 1, true, []string{"Address of its public keys: none → https://evil.example/jwks.json"}},
		{"back to secrets", func(c *app.Change) { c.AuthMethod, c.Keys, c.JWKSURI = db.AuthSecret, "", "" }, 1, true, []string{"→ a client secret"}},
		{"introspection", func(c *app.Change) { c.Introspection = "team" }, 1, true, []string{"Can introspect: no tokens → the team's tokens"}},
		{"no introspection", func(c *app.Change) { c.Introspection = "" }, 1, false, []string{"Can introspect: the team's tokens → no tokens"}},
		{"refresh tokens", func(c *app.Change) { c.Refresh = true }, 1, true, []string{"Grants: authorization_code → authorization_code, refresh_token"}},
		{"the query string", func(c *app.Change) { c.QueryParameters = true }, 1, true, []string{"Parameters in the query string: not allowed → allowed"}},
		{"a longer grace", func(c *app.Change) { c.RefreshGrace = time.Minute }, 1, true, []string{"Refresh grace: 10 seconds → 1 minute"}},
		{"no grace", func(c *app.Change) { c.RefreshGrace = 0 }, 1, false, []string{"Refresh grace: 1 minute → none"}},
		{"longer tokens and a scope", func(c *app.Change) { c.TokenLifetime, c.Scopes = 24*time.Hour, []string{"read", "write"} }, 1, true, []string{"Its tokens live: 1 hour → 24 hours", "Scopes: read → read, write"}},
	} {
		row, err := f.DB.App(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		change := app.Change{Name: row.Name, Description: row.Description, Scopes: row.Scopes, TokenLifetime: row.TokenLifetime, RedirectURIs: row.RedirectURIs,
			Refresh: strings.Contains(strings.Join(row.Grants, " "), "refresh"), AuthMethod: row.AuthMethod, Keys: row.JWKS, JWKSURI: row.JWKSURI,
			QueryParameters: row.QueryParameters, Introspection: row.Introspection, RefreshGrace: row.RefreshGrace}
		set = row.JWKS
		step.change(&change)
		before := f.mailed(t, "reach_changed")
		if err := f.Apps.Update(ctx, ana, id, change); err != nil {
			t.Fatalf("%s: Update = %v", step.name, err)
		}
		if sent := f.mailed(t, "reach_changed")[len(before):]; len(sent) != 2*step.mails {
			t.Errorf("%s: mails go to %q, want %d to each of two admins", step.name, sent, step.mails)
		}
		want := "app.changed"
		if step.mails > 0 {
			want = "app.reach_changed"
		}
		if events, err := f.Apps.Activity(ctx, ana, id); err != nil || events[0].Action != want {
			t.Errorf("%s: the audit event is %s (%v), want %s", step.name, events[0].Action, err, want)
		}
		now, err := f.DB.App(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if got := app.Widens(row, now); got != step.wider {
			t.Errorf("%s: widens = %t, want %t", step.name, got, step.wider)
		}
		var lines []string
		for _, c := range app.ReachChanges(row, now) {
			lines = append(lines, c.What+": "+c.Before+" → "+c.After)
		}
		for _, w := range step.words {
			if !strings.Contains(strings.Join(lines, "\n"), w) {
				t.Errorf("%s: the mail lists %q, want %q in it", step.name, lines, w)
			}
		}
	}
	before := len(f.mailed(t, "reach_changed"))
	for range 2 { // the second one changes nothing
		if _, err := f.Apps.AddRedirectURI(ctx, ana, id, "https://evil.example/third"); err != nil {
			t.Fatal(err)
		}
	}
	if sent := f.mailed(t, "reach_changed")[before:]; len(sent) != 2 || sent[0] == sent[1] {
		t.Errorf("mails about an added redirect URI go to %q, want one to each of two admins", sent)
	}
	hubtest.WantEvent(t, f.Fixture, ana, "app.redirect_added", "https://evil.example/third")
}

// kid is the id of the one key of a JWK set; empty if there is none.
func kid(t *testing.T, set string) string {
	t.Helper()
	var parsed struct{ Keys []struct{ Kid string } }
	if err := json.Unmarshal([]byte(set), &parsed); err != nil || len(parsed.Keys) != 1 || len(keys.Thumbprints(set)) != 1 {
		return ""
	}
	return parsed.Keys[0].Kid
}
