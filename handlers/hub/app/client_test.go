package app_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/hub/hubtest"
)

const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

func TestKindsOfApp(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Developer)
	callback := []string{"https://app.example/callback"}
	for _, c := range []struct {
		in     app.NewApp
		grants []string
		auth   string
		wrong  string // field
	}{
		{in: app.NewApp{}, grants: []string{"client_credentials"}, auth: db.AuthSecret},
		{in: app.NewApp{Kind: "server", Refresh: true}, grants: []string{"client_credentials"}, auth: db.AuthSecret},
		{in: app.NewApp{Kind: "web", RedirectURIs: callback}, grants: []string{"authorization_code"}, auth: db.AuthSecret},
		{in: app.NewApp{Kind: "web", RedirectURIs: callback, Refresh: true}, grants: []string{"authorization_code", "refresh_token"}, auth: db.AuthSecret},
		{in: app.NewApp{Kind: "web", RedirectURIs: callback, Grants: []string{"client_credentials", "authorization_code"}}, grants: []string{"client_credentials", "authorization_code"}, auth: db.AuthSecret},
		{in: app.NewApp{Kind: "native", Refresh: true}, grants: []string{"authorization_code", deviceGrant, "refresh_token"}, auth: db.AuthNone},
		{in: app.NewApp{Kind: "native", RedirectURIs: []string{"com.example.app:/callback", "http://127.0.0.1/callback"}}, grants: []string{"authorization_code", deviceGrant}, auth: db.AuthNone},
		{in: app.NewApp{Kind: "robot"}, wrong: "kind"},
		{in: app.NewApp{Kind: "server", RedirectURIs: callback}, wrong: "redirect_uris"},
		{in: app.NewApp{Kind: "web"}, wrong: "redirect_uris"},
		{in: app.NewApp{Kind: "web", RedirectURIs: []string{"com.example.app:/callback"}}, wrong: "redirect_uris"},
		{in: app.NewApp{Kind: "web", RedirectURIs: []string{"http://app.example/"}}, wrong: "redirect_uris"},
		{in: app.NewApp{Kind: "native", Grants: []string{"client_credentials"}}, wrong: "grant_types"},
		{in: app.NewApp{Kind: "server", Grants: []string{"password"}}, wrong: "grant_types"},
	} {
		c.in.TeamID, c.in.Name, c.in.Scopes = f.OwnTeam.ID, "App "+time.Now().String(), []string{"read"}
		made, err := f.Apps.Create(ctx, ana, c.in)
		if c.wrong != "" {
			hubtest.WantInvalid(t, "Create of "+c.in.Kind, err, c.wrong)
			continue
		}
		if err != nil || !slices.Equal(made.App.Grants, c.grants) || made.App.AuthMethod != c.auth || (made.Secret.Plain != "") != (c.auth == db.AuthSecret) {
			t.Errorf("Create(%s, grants %v, unlimited %t) = grants %v, %s, has a secret %t, %v, want %v, %s", c.in.Kind, c.in.Grants, c.in.Refresh,
				made.App.Grants, made.App.AuthMethod, made.Secret.Plain != "", err, c.grants, c.auth)
		}
	}
}

func TestNativeAppHasNoSecret(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	client := f.MakeNativeApp(t, ana)
	_, _, addErr := f.Apps.AddSecret(ctx, ana, client.ClientID, app.NewSecret{})
	_, _, rotateErr := f.Apps.Rotate(ctx, ana, client.ClientID, 0)
	_, playErr := f.Apps.PlaygroundSecret(ctx, ana, client.ClientID)
	for what, err := range map[string]error{"AddSecret": addErr, "Rotate": rotateErr, "PlaygroundSecret": playErr} {
		if !errors.Is(err, hub.ErrNoSecrets) {
			t.Errorf("%s of a native app = %v, want ErrNoSecrets", what, err)
		}
	}
}

const publicKey = `{"kty":"OKP","crv":"Ed25519","kid":"1","alg":"EdDSA","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`

func TestClientSettings(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, dev := f.Join(t, "Ana", hub.Admin), f.Join(t, "Dev", hub.Developer)
	owner := f.SignedIn(hub.Actor{Kind: hub.Person, ID: ana.ID, Name: "Ana", Owner: true})
	made, err := f.Apps.Create(ctx, dev, app.NewApp{TeamID: f.OwnTeam.ID, Name: "Site", Kind: "web", Scopes: []string{"read"}, RedirectURIs: []string{"https://app.example/a"}})
	if err != nil {
		t.Fatal(err)
	}
	if made.App.RefreshGrace != hub.DefaultRefreshGrace {
		t.Errorf("refresh grace of a new app = %v, want %v", made.App.RefreshGrace, hub.DefaultRefreshGrace)
	}
	for _, grace := range []time.Duration{-time.Second, app.MaxRefreshGrace + time.Second, time.Millisecond} {
		_, err := f.Apps.Create(ctx, dev, app.NewApp{TeamID: f.OwnTeam.ID, Name: "Other", Scopes: []string{"read"}, RefreshGrace: &grace})
		hubtest.WantInvalid(t, "Create with a grace of "+grace.String(), err, "refresh_grace")
	}
	good := app.Change{Name: "Site", Scopes: []string{"read"}, TokenLifetime: time.Hour, RefreshGrace: app.MaxRefreshGrace, RedirectURIs: []string{"https://app.example/b"}, Refresh: true, QueryParameters: true}
	if err := f.Apps.Update(ctx, dev, made.App.ClientID, good); err != nil {
		t.Fatal(err)
	}
	client, _ := f.DB.App(ctx, made.App.ClientID)
	if !slices.Equal(client.RedirectURIs, good.RedirectURIs) || !slices.Contains(client.Grants, "refresh_token") || !client.QueryParameters || client.AuthMethod != db.AuthSecret {
		t.Errorf("App after Update = %+v, want the requested settings", client)
	}
	with := func(change func(*app.Change)) app.Change { c := good; change(&c); return c }
	for what, c := range map[string]struct {
		by    hub.Actor
		in    app.Change
		wrong string
	}{
		"a grace below zero":            {dev, with(func(c *app.Change) { c.RefreshGrace = -time.Second }), "refresh_grace"},
		"a grace beyond a minute":       {dev, with(func(c *app.Change) { c.RefreshGrace += time.Second }), "refresh_grace"},
		"no redirect URI":               {dev, with(func(c *app.Change) { c.RedirectURIs = nil }), "redirect_uris"},
		"a method that there is not":    {dev, with(func(c *app.Change) { c.AuthMethod = "none" }), "auth_method"},
		"private_key_jwt without a key": {dev, with(func(c *app.Change) { c.AuthMethod = db.AuthJWT }), "jwks"},
		"a key that is none":            {dev, with(func(c *app.Change) { c.AuthMethod, c.Keys = db.AuthJWT, "hello" }), "jwks"},
		"a key and an address": {dev, with(func(c *app.Change) {
			c.AuthMethod, c.Keys, c.JWKSURI = db.AuthJWT, publicKey, "https://app.example/k"
		}), "jwks_uri"},
		"an address inside":                {dev, with(func(c *app.Change) { c.AuthMethod, c.JWKSURI = db.AuthJWT, "http://127.0.0.1/k" }), "jwks_uri"},
		"introspection by a developer":     {dev, with(func(c *app.Change) { c.Introspection = "team" }), "introspection"},
		"introspection of all by an admin": {ana, with(func(c *app.Change) { c.Introspection = "portal" }), "introspection"},
		"introspection of the world":       {owner, with(func(c *app.Change) { c.Introspection = "world" }), "introspection"},
	} {
		hubtest.WantInvalid(t, "Update with "+what, f.Apps.Update(ctx, c.by, made.App.ClientID, c.in), c.wrong)
	}
	for _, c := range []struct {
		what string
		by   hub.Actor
		in   app.Change
	}{
		{"a pasted key", dev, with(func(c *app.Change) { c.AuthMethod, c.Keys = db.AuthJWT, publicKey })},
		{"an address", dev, with(func(c *app.Change) { c.AuthMethod, c.JWKSURI = db.AuthJWT, "https://app.example/jwks.json" })},
		{"introspection, by an admin", ana, with(func(c *app.Change) { c.Introspection = "team" })},
		{"the introspection that it has, by a developer", dev, with(func(c *app.Change) { c.Introspection = "team" })},
		{"introspection of all, by the owner", owner, with(func(c *app.Change) { c.Introspection = "portal" })},
		{"no introspection, by a developer", dev, good},
	} {
		if err := f.Apps.Update(ctx, c.by, made.App.ClientID, c.in); err != nil {
			t.Errorf("Update with %s = %v, want nil", c.what, err)
		}
	}
	hubtest.WantInvalid(t, "AddRedirectURI over http", hubtest.Err(f.Apps.AddRedirectURI(ctx, dev, made.App.ClientID, "http://evil.example/")), "redirect_uris")
	for range 2 {
		if client, err = f.Apps.AddRedirectURI(ctx, dev, made.App.ClientID, "https://app.example/c"); err != nil || !slices.Equal(client.RedirectURIs, []string{"https://app.example/b", "https://app.example/c"}) {
			t.Errorf("AddRedirectURI = %v, %v, want both, once each", client.RedirectURIs, err)
		}
	}
	hubtest.WantForbidden(t, "AddRedirectURI by another developer", hubtest.Err(f.Apps.AddRedirectURI(ctx, f.Join(t, "Eve", hub.Developer), made.App.ClientID, "https://evil.example/")))
}

// An actor with a token can't give an app a scope that the token lacks.
func TestTokenGivesNoMoreThanItHas(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	in := app.NewApp{TeamID: f.OwnTeam.ID, Name: "Robot", Scopes: []string{"read", "apps:write"}}
	byToken := ana
	byToken.Scopes = []string{"read"}
	hubtest.WantLacks(t, "Create with apps:write, by a token without it", hubtest.Err(f.Apps.Create(ctx, byToken, in)), "apps:write")
	byToken.Scopes = []string{"read", "apps:write"}
	if _, err := f.Apps.Create(ctx, byToken, in); err != nil {
		t.Errorf("Create with apps:write, by an admin's token that has it = %v, want nil", err)
	}
	dev := f.Join(t, "Dev", hub.Developer)
	dev.Scopes, in.Name = []string{"read", "apps:write"}, "Other"
	hubtest.WantInvalid(t, "Create with apps:write, by a developer's token", hubtest.Err(f.Apps.Create(ctx, dev, in)), "scopes")
}
