package db

import (
	"context"
	"time"
)

// TOTPFactor is a person's authenticator app. Secret is encrypted; LastStep is the time step of
// the last code that was accepted.
type TOTPFactor struct {
	PersonID  string
	Secret    []byte
	CreatedAt time.Time
	LastStep  int64
}

// TOTPFactor returns the authenticator app of a person, or ErrNotFound.
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

// PutTOTPFactor stores a person's only authenticator app, replacing any other.
func (t *Tx) PutTOTPFactor(ctx context.Context, f TOTPFactor) error {
	_, err := t.exec(ctx, "PutTOTPFactor",
		`INSERT INTO totp_factors (person_id, secret, created_at, last_step)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (person_id) DO UPDATE SET
			secret = excluded.secret, created_at = excluded.created_at, last_step = excluded.last_step`,
		f.PersonID, f.Secret, unix(f.CreatedAt), f.LastStep)
	return err
}

// UseTOTPStep uses up the code of a time step and of every earlier one: one of two concurrent
// callers with the same code gets it, the other gets ErrNotFound.
func (t *Tx) UseTOTPStep(ctx context.Context, personID string, step int64) error {
	return t.mustTouch(ctx, "UseTOTPStep",
		`UPDATE totp_factors
		SET last_step = $2
		WHERE person_id = $1 AND last_step < $2`, personID, step)
}

// DeleteTOTPFactor removes a person's authenticator app, or returns ErrNotFound.
func (t *Tx) DeleteTOTPFactor(ctx context.Context, personID string) error {
	return t.mustTouch(ctx, "DeleteTOTPFactor", `DELETE FROM totp_factors WHERE person_id = $1`, personID)
}
