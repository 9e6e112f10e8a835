package account

import (
	"context"
	"errors"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// SignIn gives the person whose e-mail and password these are. A wrong password, an unknown
// e-mail, an account that is not active: all are ErrWrongPassword, after the same work. Too
// many tries are *Throttled, whoever's they were.
func (as *Accounts) SignIn(ctx context.Context, a hub.Actor, email, password string) (db.Person, error) {
	p, try, err := as.identify(ctx, a, email, password)
	if err != nil {
		return db.Person{}, err
	}
	defer try.End()
	a.ID, a.Name, a.Owner = p.ID, p.Name, p.Owner
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := try.Passed(ctx, tx); err != nil {
			return err
		}
		return recordPassword(ctx, tx, a, p)
	})
	return p, err
}

// identify is what every way to sign in by password has in common: the same throttle, the
// same work, the same answer. More limits may be added. Who is let in passes the attempt, who
// is turned away after all is refused with it (refuseSignIn); it ends either way.
func (as *Accounts) identify(ctx context.Context, a hub.Actor, email, password string, more ...hub.TryLimit) (db.Person, *hub.Attempt, error) {
	email = hub.SignInName(email)
	try, err := as.hub.Tries.Begin(ctx, hub.TryKey("known", email+" "+hub.Place(a.Address)), append(hub.SignInLimits(a, email), more...)...)
	if err != nil {
		return db.Person{}, nil, err
	}
	p, err := as.hub.DB.PersonByEmail(ctx, email)
	if err != nil && !hub.IsMissing(err) {
		try.End()
		return db.Person{}, nil, err
	}
	if err != nil || p.PasswordHash == "" || !p.DisabledAt.IsZero() {
		if err := as.hub.Hasher.Dummy(ctx, normalPassword(password)); err != nil {
			try.End()
			return db.Person{}, nil, err
		}
		// Written down as a wrong password is: a commit can be felt from outside.
		return db.Person{}, nil, as.refuseSignIn(ctx, a, try, p, "of an account that is not there or not active")
	}
	if err := as.verifyPassword(ctx, p, password); err != nil {
		if errors.Is(err, hub.ErrWrongPassword) {
			err = as.refuseSignIn(ctx, a, try, p, "")
		}
		try.End()
		return db.Person{}, nil, err
	}
	return p, try, nil
}

// refuseSignIn counts a failed sign-in, writes it down, and gives ErrWrongPassword.
func (as *Accounts) refuseSignIn(ctx context.Context, a hub.Actor, try *hub.Attempt, p db.Person, detail string) error {
	defer try.End()
	a.ID, a.Name, a.Owner = p.ID, p.Name, p.Owner
	err := as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := try.Failed(ctx, tx); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionSignInFailed, Target: hub.OfPerson(p.ID, p.Name), Detail: detail})
	})
	if err == nil {
		err = hub.ErrWrongPassword
	}
	return err
}
