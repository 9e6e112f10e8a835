package db

import (
	"context"
	"time"
)

// AuthorizationCode is the code of RFC 6749 section 1.3.1. Hash is the SHA-256 of the code.
// Challenge is the S256 code challenge (RFC 7636), or empty. RedirectGiven says whether the
// authorization request named RedirectURI, so that the token request must too. UsedAt is when it
// was redeemed, to the nanosecond; it is zero if the code was revoked instead.
type AuthorizationCode struct {
	Hash, FamilyID         string
	ClientID, PersonID     string
	RedirectURI, Challenge string
	RedirectGiven          bool
	CreatedAt, ExpiresAt   time.Time
	ConsumedAt, UsedAt     time.Time
}

const codeColumns = `hash, family_id, client_id, person_id, redirect_uri, redirect_given, challenge,
	created_at, expires_at, consumed_at, used_nanos`

func scanCode(s scanner) (c AuthorizationCode, err error) {
	var created, expires, consumed, used int64
	err = s.Scan(&c.Hash, &c.FamilyID, &c.ClientID, &c.PersonID, &c.RedirectURI, &c.RedirectGiven, &c.Challenge, &created, &expires, &consumed, &used)
	c.CreatedAt, c.ExpiresAt, c.ConsumedAt, c.UsedAt = at(created), at(expires), at(consumed), atNanos(used)
	return c, err
}

// Code returns the code with this hash, whatever its state, or ErrNotFound.
func (r *Reader) Code(ctx context.Context, hash string) (AuthorizationCode, error) {
	return one(ctx, r, "Code", scanCode, `SELECT `+codeColumns+` FROM authorization_codes WHERE hash = $1`, hash)
}

// InsertCode adds a code, whose family must exist.
func (t *Tx) InsertCode(ctx context.Context, c AuthorizationCode) error {
	_, err := t.exec(ctx, "InsertCode",
		`INSERT INTO authorization_codes (`+codeColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		c.Hash, c.FamilyID, c.ClientID, c.PersonID, c.RedirectURI, c.RedirectGiven, c.Challenge,
		unix(c.CreatedAt), unix(c.ExpiresAt), unix(c.ConsumedAt), nanos(c.UsedAt))
	return err
}

// ConsumeCode uses a code up: one of several concurrent callers gets it. The others get
// ErrNotFound, as for a code that is unknown, expired or used. usedAt is zero for who revokes it.
func (t *Tx) ConsumeCode(ctx context.Context, hash string, usedAt time.Time) (AuthorizationCode, error) {
	return one(ctx, &t.Reader, "ConsumeCode", scanCode,
		`UPDATE authorization_codes
		SET consumed_at = $2, used_nanos = $3
		WHERE hash = $1 AND consumed_at = 0 AND expires_at > $2
		RETURNING `+codeColumns, hash, unix(t.Now), nanos(usedAt))
}
