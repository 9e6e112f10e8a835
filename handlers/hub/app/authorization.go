package app

import (
	"context"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// Authorizations returns the apps that the actor has authorized, with what each may do.
func (as *Apps) Authorizations(ctx context.Context, a hub.Actor) ([]db.AuthorizedApp, error) {
	return as.hub.DB.AuthorizationsOf(ctx, a.ID, as.hub.Now())
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
