package app

import (
	"context"
	"errors"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/views/mail"
)

// TransferTargets returns an app that the actor may transfer, and the teams that it can go to: the
// others that the actor manages.
func (as *Apps) TransferTargets(ctx context.Context, a hub.Actor, clientID string) (db.App, []db.Team, error) {
	app, err := as.hub.DB.App(ctx, clientID)
	if err != nil {
		return app, nil, err
	}
	if err := as.hub.MayManageTeam(ctx, a, app.TeamID, "transfer this app"); err != nil {
		return app, nil, err
	}
	managed, err := as.teams.Managed(ctx, a)
	var targets []db.Team
	for _, t := range managed {
		if t.ID != app.TeamID {
			targets = append(targets, t)
		}
	}
	return app, targets, err
}

// Transfer moves an app to another team; the actor manages both. The client id and the secrets stay
// valid. From the next request on, a token that acts for the app itself reaches what belongs to the
// new team, so a token needs the app's scopes to transfer it. Tokens that act for people are revoked, refresh
// tokens included, and each person is asked again: they allowed an app of another team. If that team already has
// an app with this name, Transfer returns *hub.Invalid.
func (as *Apps) Transfer(ctx context.Context, a hub.Actor, clientID, toTeamID string) error {
	app, _, err := as.TransferTargets(ctx, a, clientID)
	if err != nil {
		return err
	}
	if toTeamID == "" || toTeamID == app.TeamID {
		return hub.BadField("team", "Choose a different team. The app already belongs to this one.")
	}
	first, second := app.TeamID, toTeamID
	if second < first { // lock in one order, so that opposite transfers don't deadlock
		first, second = second, first
	}
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := errors.Join(tx.LockTeam(ctx, first), tx.LockTeam(ctx, second)); err != nil {
			return err
		}
		now, err := tx.LockApp(ctx, clientID)
		if err != nil {
			return err
		}
		if now.TeamID != app.TeamID {
			return hub.ErrAppChanged
		}
		for _, teamID := range []string{app.TeamID, toTeamID} {
			r, err := hub.RightsIn(ctx, &tx.Reader, a, teamID)
			if err != nil {
				return err
			}
			if !r.Manage {
				return &hub.Forbidden{What: "transfer this app", WhoCan: "An admin of both teams can do it."}
			}
		}
		if err := hub.WithinToken(a, now.Scopes); err != nil {
			return err // the app's secrets would reach another team
		}
		if login, err := tx.VendorLoginApp(ctx, app.TeamID); err == nil && login.ClientID == clientID {
			return hub.ErrVendorLoginApp
		} else if err != nil && !hub.IsMissing(err) {
			return err
		}
		from, err := tx.Team(ctx, app.TeamID)
		if err != nil {
			return err
		}
		to, err := tx.Team(ctx, toTeamID)
		if err != nil {
			return err
		}
		others, err := tx.Apps(ctx, toTeamID)
		if err != nil {
			return err
		}
		if hub.HasAppNamed(others, now.Name) {
			return hub.BadField("team", "%s already has an app named %s. Rename this one first.", to.Name, now.Name)
		}
		if err := errors.Join(tx.MoveApp(ctx, clientID, toTeamID), tx.MoveAuthFailures(ctx, clientID, toTeamID)); err != nil {
			return err
		}
		if err := errors.Join(tx.EndAuthorizations(ctx, clientID, db.EndedTeam), tx.RevokeTokensOfPeople(ctx, clientID)); err != nil {
			return err
		}
		for _, teamID := range []string{from.ID, to.ID} {
			err := as.hub.PostAdmins(ctx, tx, teamID, func(name string) mail.Letter {
				return mail.AppTransferred{Notice: as.hub.Notice(a, name, "/apps/"+clientID), App: now.Name, Was: from.Name, Team: to.Name}
			})
			if err != nil {
				return err
			}
		}
		if err := a.Record(ctx, tx, hub.Event{Action: hub.ActionAppTransferred, TeamID: from.ID, Target: hub.OfApp(now), Detail: "to " + to.Name}); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionAppReceived, TeamID: to.ID, Target: hub.OfApp(now), Detail: "from " + from.Name})
	})
}
