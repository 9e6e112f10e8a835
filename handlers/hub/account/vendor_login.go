package hub

import (
	"context"
	"errors"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// teamTries is how many failed logins a solution key has before each further one costs a wait.
const teamTries = 300

// VendorLoginOff says whether people can't sign in by password over the API (IoTConnect's document).
func (h *Hub) VendorLoginOff(ctx context.Context) (bool, error) {
	return isOn(ctx, &h.DB.Reader, settingVendorLoginOff)
}

// VendorLogin is SignIn over the API (IoTConnect's document), with the solution key of one of the person's
// teams. It gives the app that stands for such logins in that team. An unknown account, a
// wrong password, an unknown key and the key of another team are all ErrWrongPassword.
func (h *Hub) VendorLogin(ctx context.Context, a Actor, solutionKey, email, password string) (db.Person, db.App, error) {
	off, err := h.VendorLoginOff(ctx)
	if err != nil {
		return db.Person{}, db.App{}, err
	}
	if off {
		return db.Person{}, db.App{}, ErrVendorLoginOff
	}
	ofTeam := tryLimit{key: tryKey("team", solutionKey[:min(len(solutionKey), 100)]), free: teamTries, first: 30 * time.Second, longest: 15 * time.Minute, leaks: time.Minute}
	team, teamErr := h.DB.TeamBySolutionKey(ctx, solutionKey) // at once, so that each refusal costs the same
	if teamErr != nil && !isMissing(teamErr) {
		return db.Person{}, db.App{}, teamErr
	}
	p, try, err := h.identify(ctx, a, email, password, ofTeam)
	if err != nil {
		return db.Person{}, db.App{}, err
	}
	defer try.end()
	if err = teamErr; err == nil && !p.Owner {
		_, err = h.DB.Member(ctx, team.ID, p.ID)
	}
	if isMissing(err) {
		return db.Person{}, db.App{}, h.refuseSignIn(ctx, a, try, p, "with a solution key of no team of theirs")
	}
	if err != nil {
		return db.Person{}, db.App{}, err
	}
	if f, err := h.DB.SecondFactor(ctx, p.ID); err != nil {
		return db.Person{}, db.App{}, err
	} else if f.Has || f.Demanded() {
		return db.Person{}, db.App{}, h.refuseVendorLogin(ctx, a, try, p)
	}
	app, err := h.vendorLoginApp(ctx, team)
	if err != nil {
		return db.Person{}, db.App{}, err
	}
	a.ID, a.Name, a.Owner = p.ID, p.Name, p.Owner
	return p, app, h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := try.passed(ctx, tx); err != nil {
			return err
		}
		return a.record(ctx, tx, Event{Action: ActionSignIn, TeamID: team.ID, Target: ofPerson(p.ID, p.Name), Detail: "over the API, in the iotconnect dialect"})
	})
}

// refuseVendorLogin turns away who has shown the right password and has to show more, which this
// login can't ask for. It is told to nobody else.
func (h *Hub) refuseVendorLogin(ctx context.Context, a Actor, try *attempt, p db.Person) error {
	a.ID, a.Name, a.Owner = p.ID, p.Name, p.Owner
	err := h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := try.passed(ctx, tx); err != nil {
			return err
		}
		return a.record(ctx, tx, Event{Action: ActionSignInFailed, Target: ofPerson(p.ID, p.Name), Detail: "over the API, by password alone, where two factors are asked for"})
	})
	if err == nil {
		err = ErrVendorLoginSecondFactor
	}
	return err
}

// vendorLoginAppName is how the app for logins is called, unless the team has an app of that name.
const vendorLoginAppName = "IoTConnect login"

// vendorLoginApp gives the app that the tokens of a team's logins belong to, and makes it before
// the first: so they are listed and revoked as those of every app.
func (h *Hub) vendorLoginApp(ctx context.Context, team db.Team) (db.App, error) {
	app, err := h.DB.VendorLoginApp(ctx, team.ID)
	if !isMissing(err) {
		return app, err
	}
	catalogue, err := h.DB.Scopes(ctx)
	if err != nil {
		return app, err
	}
	now := h.Now()
	fresh := db.App{
		ClientID: secret.ID(), TeamID: team.ID, Name: vendorLoginAppName, Kind: "native", Grants: []string{db.GrantRefresh}, AuthMethod: db.AuthNone,
		Description: "Stands for people who sign in by password over the API, in the iotconnect dialect.", TokenLifetime: DefaultTokenLifetime,
		CreatedBy: OperatorActor().ID, CreatedAt: now, UpdatedAt: now,
	}
	for _, s := range catalogue {
		if !s.AdminOnly {
			fresh.Scopes = append(fresh.Scopes, s.Name)
		}
	}
	err = h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.LockTeam(ctx, team.ID); err != nil {
			return err
		}
		var err error
		if app, err = tx.VendorLoginApp(ctx, team.ID); !isMissing(err) {
			return err // another login was faster
		}
		app = fresh
		taken, err := tx.Apps(ctx, team.ID)
		if err != nil {
			return err
		}
		for hasName(taken, app.Name) {
			app.Name += " 2"
		}
		if err := errors.Join(tx.InsertApp(ctx, app), tx.SetVendorLoginApp(ctx, team.ID, app.ClientID)); err != nil {
			return err
		}
		return Actor{ID: "portal", Name: "the portal"}.record(ctx, tx, Event{Action: ActionAppCreated, TeamID: team.ID, Target: ofApp(app), Detail: "for logins over the API"})
	})
	return app, err
}
