package account

import (
	"context"
	"errors"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/limit"
	"gatepost/handlers/secret"
)

// VendorLoginOff says whether vendor logins are switched off.
func (as *Accounts) VendorLoginOff(ctx context.Context) (bool, error) {
	return hub.IsOn(ctx, &as.hub.DB.Reader, hub.SettingVendorLoginOff)
}

// VendorLogin is SignIn over the API, as IoTConnect's document describes, with the solution key of one of
// the person's teams. It also returns the app of the team that such tokens belong to. An unknown account, a
// wrong password, an unknown key and the key of another team are all ErrWrongPassword.
func (as *Accounts) VendorLogin(ctx context.Context, a hub.Actor, solutionKey, email, password string) (db.Person, db.App, error) {
	off, err := as.VendorLoginOff(ctx)
	if err != nil {
		return db.Person{}, db.App{}, err
	}
	if off {
		return db.Person{}, db.App{}, hub.ErrVendorLoginOff
	}
	ofTeam := hub.LimitTries(limit.VendorLogin, "team", solutionKey[:min(len(solutionKey), 100)])
	team, teamErr := as.hub.DB.TeamBySolutionKey(ctx, solutionKey) // looked up first, so that every refusal costs the same
	if teamErr != nil && !hub.IsMissing(teamErr) {
		return db.Person{}, db.App{}, teamErr
	}
	p, try, err := as.authenticate(ctx, a, email, password, ofTeam)
	if err != nil {
		return db.Person{}, db.App{}, err
	}
	defer try.End()
	if err = teamErr; err == nil { // also of an owner, whose rights no app's token has
		_, err = as.hub.DB.Member(ctx, team.ID, p.ID)
	}
	if hub.IsMissing(err) {
		return db.Person{}, db.App{}, as.refuseSignIn(ctx, a, try, p)
	}
	if err != nil {
		return db.Person{}, db.App{}, err
	}
	if f, err := as.hub.DB.SecondFactor(ctx, p.ID); err != nil {
		return db.Person{}, db.App{}, err
	} else if f.Has || f.Demanded() {
		return db.Person{}, db.App{}, as.refuseVendorLogin(ctx, a, try, p)
	}
	app, err := as.vendorLoginApp(ctx, team)
	if err != nil {
		return db.Person{}, db.App{}, err
	}
	a.ID, a.Name, a.Owner = p.ID, p.Name, p.Owner
	return p, app, as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := errors.Join(try.Passed(ctx, tx), try.KnowPlace(ctx, tx)); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionSignIn, TeamID: team.ID, Target: hub.OfPerson(p.ID, p.Name), Detail: "over the API, in the iotconnect dialect"})
	})
}

// refuseVendorLogin records and returns ErrVendorLoginSecondFactor, for a person whose password was right but
// who also needs a second factor. Nobody else learns that they do.
func (as *Accounts) refuseVendorLogin(ctx context.Context, a hub.Actor, try *hub.Attempt, p db.Person) error {
	a.ID, a.Name, a.Owner = p.ID, p.Name, p.Owner
	err := as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := try.Passed(ctx, tx); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionSignInFailed, Target: hub.OfPerson(p.ID, p.Name), Detail: "over the API, by password alone, where a second factor is required"})
	})
	if err == nil {
		err = hub.ErrVendorLoginSecondFactor
	}
	return err
}

// vendorLoginAppName is the name of the app for vendor logins, unless the team has an app with that name.
const vendorLoginAppName = "IoTConnect login"

// vendorLoginApp returns the app that the tokens of a team's vendor logins belong to, and creates it for the
// first one. With an app of their own, these tokens are listed and revoked like those of any other.
func (as *Accounts) vendorLoginApp(ctx context.Context, team db.Team) (db.App, error) {
	app, err := as.hub.DB.VendorLoginApp(ctx, team.ID)
	if !hub.IsMissing(err) {
		return app, err
	}
	catalogue, err := as.hub.DB.Scopes(ctx)
	if err != nil {
		return app, err
	}
	now := as.hub.Now()
	fresh := db.App{
		ClientID: secret.ID(), TeamID: team.ID, Name: vendorLoginAppName, Kind: "native", Grants: []string{db.GrantRefresh}, AuthMethod: db.AuthNone,
		Description: "For people who sign in by password over the API, in the iotconnect dialect.", TokenLifetime: hub.DefaultTokenLifetime, RefreshGrace: hub.DefaultRefreshGrace,
		CreatedBy: hub.OperatorActor().ID, CreatedAt: now, UpdatedAt: now,
	}
	for _, s := range catalogue {
		if !s.AdminOnly {
			fresh.Scopes = append(fresh.Scopes, s.Name)
		}
	}
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.LockTeam(ctx, team.ID); err != nil {
			return err
		}
		var err error
		if app, err = tx.VendorLoginApp(ctx, team.ID); !hub.IsMissing(err) {
			return err // another login was faster
		}
		app = fresh
		taken, err := tx.Apps(ctx, team.ID)
		if err != nil {
			return err
		}
		for hub.HasAppNamed(taken, app.Name) {
			app.Name += " 2"
		}
		if err := errors.Join(tx.InsertApp(ctx, app), tx.SetVendorLoginApp(ctx, team.ID, app.ClientID)); err != nil {
			return err
		}
		return hub.PortalActor().Record(ctx, tx, hub.Event{Action: hub.ActionAppCreated, TeamID: team.ID, Target: hub.OfApp(app), Detail: "for logins over the API"})
	})
	return app, err
}
