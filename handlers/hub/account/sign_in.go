package account

import (
	"context"
	"errors"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
)

// SignIn returns the person with this email address and password. A wrong password, an unknown address
// and an account that isn't active are all ErrWrongPassword, after the same work. Too many tries are
// *Throttled, whoever made them.
func (as *Accounts) SignIn(ctx context.Context, a hub.Actor, email, password string) (db.Person, error) {
	p, try, err := as.authenticate(ctx, a, email, password)
	if err != nil {
		return db.Person{}, err
	}
	defer try.End()
	a.ID, a.Name, a.Owner = p.ID, p.Name, p.Owner
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := try.Passed(ctx, tx); err != nil {
			return err
		}
		return recordFirstFactor(ctx, tx, a, try, p)
	})
	return p, err
}

// origin returns where a try of an account comes from, for Tries.Begin. personID is empty for an account that
// doesn't exist, which costs as much.
func (as *Accounts) origin(ctx context.Context, a hub.Actor, email, personID string) (from hub.Origin, err error) {
	from.Place = hub.TryKey("known", email+" "+hub.Place(a.Address))
	if a.Browser != "" {
		from.Browser, _, err = as.hub.DB.KnowsBrowser(ctx, a.Browser, personID)
	}
	return from, err
}

// authenticate is what all sign-ins by password have in common: the same throttle, the same work and the
// same errors. more are further limits. The caller marks the attempt as passed, or refuses it after all
// with refuseSignIn, and ends it.
func (as *Accounts) authenticate(ctx context.Context, a hub.Actor, email, password string, more ...hub.TryLimit) (db.Person, *hub.Attempt, error) {
	email = hub.SignInName(email)
	p, try, err := as.begin(ctx, a, email, more...)
	if err != nil {
		return db.Person{}, nil, err
	}
	from := secret.From{Place: a.Address, Known: try.Known}
	if p.PasswordHash == "" || !p.DisabledAt.IsZero() {
		if err := as.hub.Hasher.Dummy(ctx, from, normalPassword(password)); err != nil {
			try.End()
			return db.Person{}, nil, err
		}
		// Counted like a wrong password: the time of a commit can be measured from outside.
		return db.Person{}, nil, as.refuseSignIn(ctx, a, try, p)
	}
	if err := as.verifyPassword(ctx, from, p, password); err != nil {
		if errors.Is(err, hub.ErrWrongPassword) {
			err = as.refuseSignIn(ctx, a, try, p)
		}
		try.End()
		return db.Person{}, nil, err
	}
	return p, try, nil
}

// begin reads who signs in, and starts the try. Places take turns with what that reads, so that a flood from one of
// them keeps neither the others nor the tokens of clients waiting for the database.
func (as *Accounts) begin(ctx context.Context, a hub.Actor, email string, more ...hub.TryLimit) (p db.Person, try *hub.Attempt, err error) {
	// Whether the browser is a known one isn't read yet. Who makes one up waits with others who do.
	leave, err := as.hub.Door.Enter(ctx, secret.From{Place: a.Address, Known: a.Browser != ""})
	if err != nil {
		return p, nil, err
	}
	defer leave()
	p, err = as.hub.DB.PersonByEmail(ctx, email)
	if err != nil && !hub.IsMissing(err) {
		return p, nil, err
	}
	origin, err := as.origin(ctx, a, email, p.ID)
	if err != nil {
		return p, nil, err
	}
	try, err = as.hub.Tries.Begin(ctx, origin, append(hub.SignInLimits(a, email, origin.Browser), more...)...)
	return p, try, err
}

// refuseSignIn counts a failed sign-in, ends the attempt, and returns ErrWrongPassword. All accounts
// that don't exist count as one, and the audit log gets one event per hour.
func (as *Accounts) refuseSignIn(ctx context.Context, a hub.Actor, try *hub.Attempt, p db.Person) error {
	defer try.End()
	err := as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := try.Failed(ctx, tx); err != nil {
			return err
		}
		return as.hub.CountRefusal(ctx, tx, a, db.RefusedSignIn, p.ID)
	})
	if err == nil {
		err = hub.ErrWrongPassword
	}
	return err
}
