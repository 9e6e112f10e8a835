package app

import (
	"context"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/views/mail"
)

// TokensPage is how many tokens a page lists.
const TokensPage = 50

// LiveTokens returns a page of an app's live tokens, newest first, and whether there are more. Pages
// count from 0.
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

// LiveTokensFrom returns up to limit of an app's live tokens that follow after in the list, newest
// first, and whether there are more.
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

// LiveToken returns a live token of an app by its id, or db.ErrNotFound.
func (as *Apps) LiveToken(ctx context.Context, a hub.Actor, clientID, id string) (db.LiveToken, error) {
	if _, err := as.App(ctx, a, clientID); err != nil {
		return db.LiveToken{}, err
	}
	return as.hub.DB.LiveToken(ctx, clientID, id, as.hub.Now())
}

// RevokeToken revokes a token of an app. A token for a person is revoked with its whole family.
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

// RevokeTokens revokes every code and token of an app, and mails the team's admins.
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
