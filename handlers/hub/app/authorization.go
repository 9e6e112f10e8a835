package app

import (
	"context"
	"slices"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// Authorization is an app that a person has authorized, with the teams that it reaches: those that the
// person chose and is still in, by name.
type Authorization struct {
	db.AuthorizedApp
	Reaches []db.Team
}

// Authorizations returns the apps that the actor has authorized, with what each may do.
func (as *Apps) Authorizations(ctx context.Context, a hub.Actor) ([]Authorization, error) {
	list, err := as.hub.DB.AuthorizationsOf(ctx, a.ID, as.hub.Now())
	if err != nil {
		return nil, err
	}
	teams, err := as.hub.DB.TeamsOf(ctx, a.ID)
	out := make([]Authorization, len(list))
	for i, x := range list {
		out[i].AuthorizedApp = x
		for _, t := range teams {
			if slices.Contains(x.Teams, t.ID) {
				out[i].Reaches = append(out[i].Reaches, t)
			}
		}
	}
	return out, err
}

// RevokeAuthorization revokes an authorization of the actor, with every code and token issued under
// it, in one transaction. One of somebody else is db.ErrNotFound.
func (as *Apps) RevokeAuthorization(ctx context.Context, a hub.Actor, id string) error {
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		revoked, err := tx.RevokeAuthorization(ctx, id, a.ID)
		if err != nil {
			return err
		}
		app, err := tx.App(ctx, revoked.ClientID)
		if err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionAuthorizationRevoked, TeamID: app.TeamID, Target: hub.OfApp(app)})
	})
}

// endConsents has people asked again who authorized an app whose redirect URIs have changed, or that
// has got more scopes: what they agreed to was the app as it was. Its kind never changes, and of a
// transfer Transfer takes care. Tokens that were issued before stay valid.
func endConsents(ctx context.Context, tx *db.Tx, before, after db.App) error {
	more := func(list, than []string) bool {
		return slices.ContainsFunc(list, func(s string) bool { return !slices.Contains(than, s) })
	}
	switch {
	case more(after.RedirectURIs, before.RedirectURIs) || more(before.RedirectURIs, after.RedirectURIs):
		return tx.EndAuthorizations(ctx, after.ClientID, db.EndedRedirectURIs)
	case more(after.Scopes, before.Scopes):
		return tx.EndAuthorizations(ctx, after.ClientID, db.EndedScopes)
	}
	return nil
}
