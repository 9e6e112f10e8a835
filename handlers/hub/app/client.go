package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/keys"
	"gatepost/handlers/redirect"
)

// kind is what apps of one kind can be.
type kind struct {
	usual     []string // the grants that it gets
	also      []string // others that it may have
	auth      string
	redirects bool // it has redirect URIs
	must      bool // it needs at least one
}

var kinds = map[string]kind{
	"server": {usual: []string{db.GrantClient}, auth: db.AuthSecret},
	"web":    {usual: []string{db.GrantCode}, also: []string{db.GrantRefresh, db.GrantClient}, auth: db.AuthSecret, redirects: true, must: true},
	"native": {usual: []string{db.GrantCode, db.GrantDeviceCode}, also: []string{db.GrantRefresh}, auth: db.AuthNone, redirects: true},
}

// checkKind fills what follows from the kind of a new app: grants, the way to authenticate,
// redirect URIs.
func checkKind(bad *hub.Invalid, app *db.App, in NewApp) {
	if app.Kind == "" {
		app.Kind = "server"
	}
	k, ok := kinds[app.Kind]
	if !ok {
		bad.Add("kind", "Choose server, web or native.")
		return
	}
	app.AuthMethod = k.auth
	app.Grants = slices.Clone(k.usual)
	if len(in.Grants) > 0 {
		app.Grants = nil
		for _, g := range in.Grants {
			switch {
			case !slices.Contains(k.usual, g) && !slices.Contains(k.also, g):
				bad.Add("grant_types", "An app of the kind %s can have %s.", app.Kind, strings.Join(slices.Concat(k.usual, k.also), ", "))
			case !slices.Contains(app.Grants, g):
				app.Grants = append(app.Grants, g)
			}
		}
	}
	setRefresh(app, in.Refresh || slices.Contains(in.Grants, db.GrantRefresh))
	app.RedirectURIs = checkRedirects(bad, app.Kind, in.RedirectURIs)
}

// setRefresh makes access unlimited or one-time. It means nothing for an app that no person
// authorizes; the app that stands for logins over the API has no other grant.
func setRefresh(app *db.App, on bool) {
	app.Grants = slices.DeleteFunc(app.Grants, func(g string) bool { return g == db.GrantRefresh })
	if on && (len(app.Grants) == 0 || slices.Contains(app.Grants, db.GrantCode) || slices.Contains(app.Grants, db.GrantDeviceCode)) {
		app.Grants = append(app.Grants, db.GrantRefresh)
	}
}

func checkRedirects(bad *hub.Invalid, kindName string, uris []string) (out []string) {
	k := kinds[kindName]
	for _, uri := range uris {
		uri = strings.TrimSpace(uri)
		if uri == "" || slices.Contains(out, uri) {
			continue
		}
		if err := redirect.Check(kindName, uri); err != nil && k.redirects {
			bad.Add("redirect_uris", "%.200q: %s", uri, err)
		}
		out = append(out, uri)
	}
	switch {
	case !k.redirects && len(out) > 0:
		bad.Add("redirect_uris", "An app of the kind %s has no redirect URI: leave this empty.", kindName)
	case k.must && len(out) == 0:
		bad.Add("redirect_uris", "Write at least one address to which people come back, such as https://app.example/callback.")
	case len(out) > redirect.Max:
		bad.Add("redirect_uris", "Use at most %d redirect URIs.", redirect.Max)
	}
	return out
}

// changeClient sets what an app is as an OAuth client.
func changeClient(bad *hub.Invalid, a hub.Actor, r hub.Rights, app *db.App, in Change) {
	setRefresh(app, in.Refresh)
	app.RedirectURIs = checkRedirects(bad, app.Kind, in.RedirectURIs)
	app.QueryParameters = in.QueryParameters && app.AuthMethod != db.AuthNone
	changeAuth(bad, app, in)
	switch {
	case in.Introspection == app.Introspection:
	case in.Introspection != "" && app.AuthMethod == db.AuthNone:
		bad.Add("introspection", "A native app can't introspect: it has nothing to show who it is.")
	case in.Introspection == "", in.Introspection == "team" && r.Manage, in.Introspection == "portal" && (a.Owner || a.Kind == hub.Operator) && a.Scopes == nil:
		app.Introspection = in.Introspection
	case in.Introspection == "team":
		bad.Add("introspection", "Only an admin of the team can let an app introspect the team's tokens.")
	case in.Introspection == "portal":
		bad.Add("introspection", "Only an owner of the portal can let an app introspect all tokens.")
	default:
		bad.Add("introspection", "Choose none, team or portal.")
	}
}

func changeAuth(bad *hub.Invalid, app *db.App, in Change) {
	if app.AuthMethod == db.AuthNone {
		return
	}
	switch in.AuthMethod {
	case db.AuthSecret, "":
		app.AuthMethod, app.JWKS, app.JWKSURI = db.AuthSecret, "", ""
	case db.AuthJWT:
		app.AuthMethod = db.AuthJWT
		changeKeys(bad, app, strings.TrimSpace(in.Keys), strings.TrimSpace(in.JWKSURI))
	default:
		bad.Add("auth_method", "Choose client_secret or private_key_jwt.")
	}
}

// changeKeys sets the public keys of private_key_jwt (RFC 7523), or where they are.
func changeKeys(bad *hub.Invalid, app *db.App, pasted, address string) {
	app.JWKS, app.JWKSURI = "", address
	switch {
	case pasted != "" && address != "":
		bad.Add("jwks_uri", "Paste the keys or name their address, not both.")
	case pasted != "":
		set, err := keys.ParsePublic(pasted)
		if err != nil {
			bad.Add("jwks", "%s", err)
		}
		app.JWKS = set
	case address == "":
		bad.Add("jwks", "Paste a public key, or name the address of your JWK set.")
	default:
		if err := keys.CheckJWKSURI(address); err != nil {
			bad.Add("jwks_uri", "%s", err)
		}
	}
}

// appChanges says in words what was changed beside names and texts.
func appChanges(had, have db.App) string {
	var out []string
	say := func(changed bool, format string, args ...any) {
		if changed {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	say(!slices.Equal(had.Scopes, have.Scopes), "scopes are now %v, were %v", have.Scopes, had.Scopes)
	say(!slices.Equal(had.Grants, have.Grants), "grants are now %v, were %v", have.Grants, had.Grants)
	say(!slices.Equal(had.RedirectURIs, have.RedirectURIs), "redirect URIs are now %v, were %v", have.RedirectURIs, had.RedirectURIs)
	say(had.AuthMethod != have.AuthMethod, "authenticates by %s, was %s", have.AuthMethod, had.AuthMethod)
	say(had.JWKS != have.JWKS || had.JWKSURI != have.JWKSURI, "other public keys")
	say(had.QueryParameters != have.QueryParameters, "parameters in the query string: %t", have.QueryParameters)
	say(had.Introspection != have.Introspection, "introspection is now %q, was %q", have.Introspection, had.Introspection)
	say(had.TokenLifetime != have.TokenLifetime, "tokens live %s, were %s", have.TokenLifetime, had.TokenLifetime)
	return strings.Join(out, "; ")
}

// errSameRedirect says that the app has the redirect URI already.
var errSameRedirect = errors.New("hub: the redirect URI is there already")

// AddRedirectURI registers one more redirect URI of an app. One that it has already changes
// nothing.
func (as *Apps) AddRedirectURI(ctx context.Context, a hub.Actor, clientID, uri string) (db.App, error) {
	app, err := as.hub.MayManageApp(ctx, a, clientID, "add a redirect URI to this app")
	if err != nil {
		return app, err
	}
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if app, err = tx.App(ctx, clientID); err != nil {
			return err
		}
		if slices.Contains(app.RedirectURIs, uri) {
			return errSameRedirect
		}
		bad := &hub.Invalid{}
		app.RedirectURIs = checkRedirects(bad, app.Kind, append(app.RedirectURIs, uri))
		if err := bad.OrNil(); err != nil {
			return err
		}
		if err := tx.UpdateApp(ctx, app); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionAppRedirectAdded, TeamID: app.TeamID, Target: hub.OfApp(app), Detail: uri})
	})
	if errors.Is(err, errSameRedirect) {
		err = nil
	}
	return app, err
}
