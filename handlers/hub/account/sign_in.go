package hub

import (
	"context"
	"errors"

	"gatepost/db"
)

// SignIn gives the person whose e-mail and password these are. A wrong password, an unknown
// e-mail, an account that is not active: all are ErrWrongPassword, after the same work. Too
// many tries are *Throttled, whoever's they were.
func (h *Hub) SignIn(ctx context.Context, a Actor, email, password string) (db.Person, error) {
	p, try, err := h.identify(ctx, a, email, password)
	if err != nil {
		return db.Person{}, err
	}
	defer try.end()
	a.ID, a.Name, a.Owner = p.ID, p.Name, p.Owner
	err = h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := try.passed(ctx, tx); err != nil {
			return err
		}
		return recordPassword(ctx, tx, a, p)
	})
	return p, err
}

// identify is what every way to sign in by password has in common: the same throttle, the
// same work, the same answer. More limits may be added. Who is let in passes the attempt, who
// is turned away after all is refused with it (refuseSignIn); it ends either way.
func (h *Hub) identify(ctx context.Context, a Actor, email, password string, more ...tryLimit) (db.Person, *attempt, error) {
	email = signInName(email)
	try, err := h.tries.begin(ctx, tryKey("known", email+" "+place(a.Address)), append(signInLimits(a, email), more...)...)
	if err != nil {
		return db.Person{}, nil, err
	}
	p, err := h.DB.PersonByEmail(ctx, email)
	if err != nil && !isMissing(err) {
		try.end()
		return db.Person{}, nil, err
	}
	if err != nil || p.PasswordHash == "" || !p.DisabledAt.IsZero() {
		if err := h.Hasher.Dummy(ctx, normalPassword(password)); err != nil {
			try.end()
			return db.Person{}, nil, err
		}
		// Written down as a wrong password is: a commit can be felt from outside.
		return db.Person{}, nil, h.refuseSignIn(ctx, a, try, p, "of an account that is not there or not active")
	}
	if err := h.verifyPassword(ctx, p, password); err != nil {
		if errors.Is(err, ErrWrongPassword) {
			err = h.refuseSignIn(ctx, a, try, p, "")
		}
		try.end()
		return db.Person{}, nil, err
	}
	return p, try, nil
}

// refuseSignIn counts a failed sign-in, writes it down, and gives ErrWrongPassword.
func (h *Hub) refuseSignIn(ctx context.Context, a Actor, try *attempt, p db.Person, detail string) error {
	defer try.end()
	a.ID, a.Name, a.Owner = p.ID, p.Name, p.Owner
	err := h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := try.failed(ctx, tx); err != nil {
			return err
		}
		return a.record(ctx, tx, Event{Action: ActionSignInFailed, Target: ofPerson(p.ID, p.Name), Detail: detail})
	})
	if err == nil {
		err = ErrWrongPassword
	}
	return err
}
