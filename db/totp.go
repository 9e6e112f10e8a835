package db

import (
	"context"
	"time"
)

// TOTPFactor is a person's authenticator app. Secret is encrypted; LastStep is the time step
// of the last code that was taken.
type TOTPFactor struct {
	PersonID  string
	Secret    []byte
	CreatedAt time.Time
	LastStep  int64
}

// TOTPFactor gives the authenticator app of a person, or ErrNotFound.
func (r *Reader) TOTPFactor(ctx context.Context, personID string) (TOTPFactor, error) {
	scan := func(s scanner) (f TOTPFactor, err error) {
		var created int64
		err = s.Scan(&f.PersonID, &f.Secret, &created, &f.LastStep)
		f.CreatedAt = at(created)
		return f, err
	}
	return one(ctx, r, "TOTPFactor", scan,
		`SELECT person_id, secret, created_at, last_step
		FROM totp_factors
		WHERE person_id = $1`, personID)
}

// PutTOTPFactor makes this the one authenticator app of a person.
func (t *Tx) PutTOTPFactor(ctx context.Context, f TOTPFactor) error {
	_, err := t.exec(ctx, "PutTOTPFactor",
		`INSERT INTO totp_factors (person_id, secret, created_at, last_step)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (person_id) DO UPDATE SET
			secret = excluded.secret, created_at = excluded.created_at, last_step = excluded.last_step`,
		f.PersonID, f.Secret, unix(f.CreatedAt), f.LastStep)
	return err
}

// UseTOTPStep takes the code of a time step, with that and every earlier step: of two who
// bring the same code one gets it, the other ErrNotFound.
func (t *Tx) UseTOTPStep(ctx context.Context, personID string, step int64) error {
	return t.mustTouch(ctx, "UseTOTPStep",
		`UPDATE totp_factors
		SET last_step = $2
		WHERE person_id = $1 AND last_step < $2`, personID, step)
}

// DeleteTOTPFactor removes a person's authenticator app; ErrNotFound says that there was none.
func (t *Tx) DeleteTOTPFactor(ctx context.Context, personID string) error {
	return t.mustTouch(ctx, "DeleteTOTPFactor", `DELETE FROM totp_factors WHERE person_id = $1`, personID)
}
