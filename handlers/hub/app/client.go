package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/keys"
	"gatepost/handlers/redirect"
)

// kind describes what an app of a kind can be.
type kind struct {
	grants        []string // that it has by default
	extraGrants   []string // that it can have as well
	authMethod    string
	hasRedirects  bool
	needsRedirect bool // at least one
}

var kinds = map[string]kind{
	"server": {grants: []string{db.GrantClient}, authMethod: db.AuthSecret},
	"web":    {grants: []string{db.GrantCode}, extraGrants: []string{db.GrantRefresh, db.GrantClient}, authMethod: db.AuthSecret, hasRedirects: true, needsRedirect: true},
	"native": {grants: []string{db.GrantCode, db.GrantDeviceCode}, extraGrants: []string{db.GrantRefresh}, authMethod: db.AuthNone, hasRedirects: true},
}

// checkKind sets what depends on the kind of a new app: its grants, authentication method and redirect
// URIs.
func checkKind(bad *hub.Invalid, app *db.App, in NewApp) {
	if app.Kind == "" {
		app.Kind = "server"
	}
	k, ok := kinds[app.Kind]
	if !ok {
		bad.Add("kind", "Choose server, web or native.")
		return
	}
	app.AuthMethod = k.authMethod
	app.Grants = slices.Clone(k.grants)
	if len(in.Grants) > 0 {
		app.Grants = nil
		for _, g := range in.Grants {
			switch {
			case !slices.Contains(k.grants, g) && !slices.Contains(k.extraGrants, g):
				bad.Add("grant_types", "An app of kind %s can have these grants: %s.", app.Kind, strings.Join(slices.Concat(k.grants, k.extraGrants), ", "))
			case !slices.Contains(app.Grants, g):
				app.Grants = append(app.Grants, g)
			}
		}
	}
	setRefresh(app, in.Refresh || slices.Contains(in.Grants, db.GrantRefresh))
	app.RedirectURIs = checkRedirects(bad, app.Kind, in.RedirectURIs)
}

// noQuery says why an app can't have its parameters in the query string.
const noQuery = "A native app sends no secret, so it doesn't need its parameters in the query string."

// setRefresh adds or removes the grant refresh_token. An app that people can't authorize doesn't get
// it, except for the app of vendor logins, which has no other grants.
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
		if err := redirect.Check(kindName, uri); err != nil && k.hasRedirects {
			bad.Add("redirect_uris", "%.200q: %s", uri, err)
		}
		out = append(out, uri)
	}
	switch {
	case !k.hasRedirects && len(out) > 0:
		bad.Add("redirect_uris", "An app of kind %s has no redirect URIs. Leave this empty.", kindName)
	case k.needsRedirect && len(out) == 0:
		bad.Add("redirect_uris", "Enter at least one redirect URI, such as https://app.example/callback.")
	case len(out) > redirect.Max:
		bad.Add("redirect_uris", "Use at most %d redirect URIs.", redirect.Max)
	}
	return out
}

// changeSettings sets what an app can do, apart from its scopes.
func (as *Apps) changeSettings(ctx context.Context, bad *hub.Invalid, a hub.Actor, rights hub.Rights, app *db.App, in Change) error {
	if app.TokenLifetime = in.TokenLifetime; app.TokenLifetime < MinTokenLifetime || app.TokenLifetime > MaxTokenLifetime {
		bad.Add("token_lifetime", "Choose between 1 minute and 24 hours.")
	}
	app.RefreshGrace = checkGrace(bad, in.RefreshGrace)
	changeClient(bad, a, rights, app, in)
	return as.changeMintLimit(ctx, bad, a, app, in)
}

// changeClient changes the OAuth settings of an app.
func changeClient(bad *hub.Invalid, a hub.Actor, r hub.Rights, app *db.App, in Change) {
	setRefresh(app, in.Refresh)
	app.RedirectURIs = checkRedirects(bad, app.Kind, in.RedirectURIs)
	app.QueryParameters = in.QueryParameters && app.AuthMethod != db.AuthNone
	changeAuth(bad, app, in)
	switch {
	case in.Introspection == app.Introspection:
	case in.Introspection != "" && app.AuthMethod == db.AuthNone:
		bad.Add("introspection", "A native app can't introspect tokens. It has no secret or key to authenticate with.")
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

// changeKeys sets the public keys of private_key_jwt (RFC 7523), or their address.
func changeKeys(bad *hub.Invalid, app *db.App, pasted, address string) {
	app.JWKS, app.JWKSURI = "", address
	switch {
	case pasted != "" && address != "":
		bad.Add("jwks_uri", "Paste the keys or enter their address, not both.")
	case pasted != "":
		set, err := keys.ParsePublic(pasted)
		if err != nil {
			bad.Add("jwks", "%s", err)
		}
		app.JWKS = set
	case address == "":
		bad.Add("jwks", "Paste a public key, or enter the address of your JWK set.")
	default:
		if err := keys.CheckJWKSURI(address); err != nil {
			bad.Add("jwks_uri", "%s", err)
		}
	}
}

// changeText describes what changed for the audit log, except for name and description.
func changeText(before, after db.App) string {
	var out []string
	add := func(changed bool, format string, args ...any) {
		if changed {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	add(!slices.Equal(before.Scopes, after.Scopes), "scopes are now %v, were %v", after.Scopes, before.Scopes)
	add(!slices.Equal(before.Grants, after.Grants), "grants are now %v, were %v", after.Grants, before.Grants)
	add(!slices.Equal(before.RedirectURIs, after.RedirectURIs), "redirect URIs are now %v, were %v", after.RedirectURIs, before.RedirectURIs)
	add(before.AuthMethod != after.AuthMethod, "authenticates by %s, was %s", after.AuthMethod, before.AuthMethod)
	add(before.JWKS != after.JWKS || before.JWKSURI != after.JWKSURI, "other public keys")
	add(before.QueryParameters != after.QueryParameters, "parameters in the query string: %t", after.QueryParameters)
	add(before.Introspection != after.Introspection, "introspection is now %q, was %q", after.Introspection, before.Introspection)
	add(before.TokenLifetime != after.TokenLifetime, "tokens live %s, were %s", after.TokenLifetime, before.TokenLifetime)
	add(before.RefreshGrace != after.RefreshGrace, "refresh grace %s, was %s", after.RefreshGrace, before.RefreshGrace)
	return strings.Join(out, "; ")
}

// errSameRedirect means that the app already has the redirect URI.
var errSameRedirect = errors.New("hub: the app already has this redirect URI")

// AddRedirectURI registers another redirect URI for an app, ends consents as Update does, and mails the
// team's admins. It does nothing if the app already has it.
func (as *Apps) AddRedirectURI(ctx context.Context, a hub.Actor, clientID, uri string) (db.App, error) {
	app, err := as.hub.MayManageApp(ctx, a, clientID, "add a redirect URI to this app")
	if err != nil {
		return app, err
	}
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if app, err = hub.MayManageAppIn(ctx, &tx.Reader, a, clientID, "add a redirect URI to this app"); err != nil {
			return err
		}
		if slices.Contains(app.RedirectURIs, uri) {
			return errSameRedirect
		}
		bad := &hub.Invalid{}
		before := app
		app.RedirectURIs = checkRedirects(bad, app.Kind, append(slices.Clone(app.RedirectURIs), uri))
		if err := errors.Join(bad.OrNil(), hub.WithinToken(a, app.Scopes)); err != nil {
			return err
		}
		if err := errors.Join(tx.UpdateApp(ctx, app), endConsents(ctx, tx, before, app)); err != nil {
			return err
		}
		if err := as.mailReach(ctx, tx, a, before, app); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionAppRedirectAdded, TeamID: app.TeamID, Target: hub.OfApp(app), Detail: uri})
	})
	if errors.Is(err, errSameRedirect) {
		err = nil
	}
	return app, err
}

func checkGrace(bad *hub.Invalid, grace time.Duration) time.Duration {
	if grace < 0 || grace > MaxRefreshGrace || grace%time.Second != 0 {
		bad.Add("refresh_grace", "Choose between 0 and 60 seconds.")
	}
	return grace
}

// endSwitchedOff revokes what came by a way to get tokens that an app no longer has.
func endSwitchedOff(ctx context.Context, tx *db.Tx, before, after db.App) error {
	if before.QueryParameters && !after.QueryParameters {
		if err := tx.RevokeQueryTokens(ctx, after.ClientID); err != nil {
			return err
		}
	}
	if slices.Contains(before.Grants, db.GrantRefresh) && !slices.Contains(after.Grants, db.GrantRefresh) {
		return tx.RevokeRefreshable(ctx, after.ClientID)
	}
	return nil
}
