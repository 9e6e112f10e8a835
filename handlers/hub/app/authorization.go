package app

import (
	"context"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/views/mail"
)

// Authorizations lists what the actor has allowed apps.
func (as *Apps) Authorizations(ctx context.Context, a hub.Actor) ([]db.AuthorizedApp, error) {
	return as.hub.DB.AuthorizationsOf(ctx, a.ID, as.hub.Now())
}

// RevokeAuthorization takes back what the actor has allowed an app; every code and token
// that came of it ends in the same transaction.
func (as *Apps) RevokeAuthorization(ctx context.Context, a hub.Actor, id string) error {
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		taken, err := tx.RevokeAuthorization(ctx, id, a.ID)
		if err != nil {
			return err
		}
		app, err := tx.App(ctx, taken.ClientID)
		if err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionAuthorizationRevoked, TeamID: app.TeamID, Target: hub.OfApp(app)})
	})
}

// TokensPage is how many tokens a page of an app's tokens shows.
const TokensPage = 50

// LiveTokens gives a page of an app's live tokens, counted from 0, and whether there are more.
func (as *Apps) LiveTokens(ctx context.Context, a hub.Actor, clientID string, page int) (tokens []db.LiveToken, more bool, err error) {
	if _, err := as.App(ctx, a, clientID); err != nil {
		return nil, false, err
	}
	tokens, err = as.hub.DB.LiveTokens(ctx, clientID, as.hub.Now(), TokensPage+1, page*TokensPage)
	if len(tokens) > TokensPage {
		return tokens[:TokensPage], true, err
	}
	return tokens, false, err
}

// LiveTokensFrom lists up to limit of an app's live tokens, the latest first, after a place in
// the list, and says whether more follow.
func (as *Apps) LiveTokensFrom(ctx context.Context, a hub.Actor, clientID string, after db.TokenKey, limit int) (tokens []db.LiveToken, more bool, err error) {
	if _, err := as.App(ctx, a, clientID); err != nil {
		return nil, false, err
	}
	tokens, err = as.hub.DB.LiveTokensFrom(ctx, clientID, as.hub.Now(), after, limit+1)
	if len(tokens) > limit {
		return tokens[:limit], true, err
	}
	return tokens, false, err
}

// LiveToken gives one live token of an app by its id, or db.ErrNotFound.
func (as *Apps) LiveToken(ctx context.Context, a hub.Actor, clientID, id string) (db.LiveToken, error) {
	if _, err := as.App(ctx, a, clientID); err != nil {
		return db.LiveToken{}, err
	}
	return as.hub.DB.LiveToken(ctx, clientID, id, as.hub.Now())
}

// RevokeToken ends one token of an app; one that a person allowed with its whole family.
func (as *Apps) RevokeToken(ctx context.Context, a hub.Actor, clientID, id string) error {
	app, err := as.hub.MayManageApp(ctx, a, clientID, "revoke tokens of this app")
	if err != nil {
		return err
	}
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.RevokeToken(ctx, clientID, id); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionTokenRevoked, TeamID: app.TeamID, Target: hub.OfApp(app), Detail: "token " + id})
	})
}

// RevokeTokens ends every code and token of an app.
func (as *Apps) RevokeTokens(ctx context.Context, a hub.Actor, clientID string) error {
	app, err := as.hub.MayManageApp(ctx, a, clientID, "revoke tokens of this app")
	if err != nil {
		return err
	}
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.RevokeTokensOfApp(ctx, clientID); err != nil {
			return err
		}
		if err := as.hub.PostAdmins(ctx, tx, app.TeamID, func(name string) mail.Letter {
			return mail.TokensRevoked{Notice: as.hub.Notice(a, name, "/apps/"+clientID+"/tokens"), App: app.Name}
		}); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionTokensRevoked, TeamID: app.TeamID, Target: hub.OfApp(app)})
	})
}
