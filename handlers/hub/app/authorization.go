package hub

import (
	"context"

	"gatepost/db"
	"gatepost/views/mail"
)

// Authorizations lists what the actor has allowed apps.
func (h *Hub) Authorizations(ctx context.Context, a Actor) ([]db.AuthorizedApp, error) {
	return h.DB.AuthorizationsOf(ctx, a.ID, h.Now())
}

// RevokeAuthorization takes back what the actor has allowed an app; every code and token
// that came of it ends in the same transaction.
func (h *Hub) RevokeAuthorization(ctx context.Context, a Actor, id string) error {
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		taken, err := tx.RevokeAuthorization(ctx, id, a.ID)
		if err != nil {
			return err
		}
		app, err := tx.App(ctx, taken.ClientID)
		if err != nil {
			return err
		}
		return a.record(ctx, tx, Event{Action: ActionAuthorizationRevoked, TeamID: app.TeamID, Target: ofApp(app)})
	})
}

// TokensPage is how many tokens a page of an app's tokens shows.
const TokensPage = 50

// LiveTokens gives a page of an app's live tokens, counted from 0, and whether there are more.
func (h *Hub) LiveTokens(ctx context.Context, a Actor, clientID string, page int) (tokens []db.LiveToken, more bool, err error) {
	if _, err := h.App(ctx, a, clientID); err != nil {
		return nil, false, err
	}
	tokens, err = h.DB.LiveTokens(ctx, clientID, h.Now(), TokensPage+1, page*TokensPage)
	if len(tokens) > TokensPage {
		return tokens[:TokensPage], true, err
	}
	return tokens, false, err
}

// LiveTokensFrom lists up to limit of an app's live tokens, the latest first, after a place in
// the list, and says whether more follow.
func (h *Hub) LiveTokensFrom(ctx context.Context, a Actor, clientID string, after db.TokenKey, limit int) (tokens []db.LiveToken, more bool, err error) {
	if _, err := h.App(ctx, a, clientID); err != nil {
		return nil, false, err
	}
	tokens, err = h.DB.LiveTokensFrom(ctx, clientID, h.Now(), after, limit+1)
	if len(tokens) > limit {
		return tokens[:limit], true, err
	}
	return tokens, false, err
}

// LiveToken gives one live token of an app by its id, or db.ErrNotFound.
func (h *Hub) LiveToken(ctx context.Context, a Actor, clientID, id string) (db.LiveToken, error) {
	if _, err := h.App(ctx, a, clientID); err != nil {
		return db.LiveToken{}, err
	}
	return h.DB.LiveToken(ctx, clientID, id, h.Now())
}

// RevokeToken ends one token of an app; one that a person allowed with its whole family.
func (h *Hub) RevokeToken(ctx context.Context, a Actor, clientID, id string) error {
	app, err := h.mayManageApp(ctx, a, clientID, "revoke tokens of this app")
	if err != nil {
		return err
	}
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.RevokeToken(ctx, clientID, id); err != nil {
			return err
		}
		return a.record(ctx, tx, Event{Action: ActionTokenRevoked, TeamID: app.TeamID, Target: ofApp(app), Detail: "token " + id})
	})
}

// RevokeTokens ends every code and token of an app.
func (h *Hub) RevokeTokens(ctx context.Context, a Actor, clientID string) error {
	app, err := h.mayManageApp(ctx, a, clientID, "revoke tokens of this app")
	if err != nil {
		return err
	}
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.RevokeTokensOfApp(ctx, clientID); err != nil {
			return err
		}
		if err := h.postAdmins(ctx, tx, app.TeamID, func(name string) mail.Letter {
			return mail.TokensRevoked{Notice: h.notice(a, name, "/apps/"+clientID+"/tokens"), App: app.Name}
		}); err != nil {
			return err
		}
		return a.record(ctx, tx, Event{Action: ActionTokensRevoked, TeamID: app.TeamID, Target: ofApp(app)})
	})
}
