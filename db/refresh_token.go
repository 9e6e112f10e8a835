package db

import (
	"context"
	"time"
)

// RefreshToken is the token of RFC 6749 section 1.5. Hash is its SHA-256. Its family says what it
// may do. SecretID is the client secret that it was issued to, or empty. After its use it is kept
// until ExpiresAt, so that a second use is noticed.
type RefreshToken struct {
	Hash, FamilyID, ClientID, SecretID string
	IssuedAt, ExpiresAt, ConsumedAt    time.Time
}

const refreshColumns = `hash, family_id, client_id, secret_id, issued_at, expires_at, consumed_at`

func scanRefresh(s scanner) (x RefreshToken, err error) {
	var issued, expires, consumed int64
	err = s.Scan(&x.Hash, &x.FamilyID, &x.ClientID, &x.SecretID, &issued, &expires, &consumed)
	x.IssuedAt, x.ExpiresAt, x.ConsumedAt = at(issued), at(expires), at(consumed)
	return x, err
}

// RefreshToken returns the token with this hash, whatever its state, or ErrNotFound.
func (r *Reader) RefreshToken(ctx context.Context, hash string) (RefreshToken, error) {
	return one(ctx, r, "RefreshToken", scanRefresh, `SELECT `+refreshColumns+` FROM refresh_tokens WHERE hash = $1`, hash)
}

// InsertRefreshToken adds a token, whose family must exist.
func (t *Tx) InsertRefreshToken(ctx context.Context, x RefreshToken) error {
	_, err := t.exec(ctx, "InsertRefreshToken",
		`INSERT INTO refresh_tokens (`+refreshColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		x.Hash, x.FamilyID, x.ClientID, x.SecretID, unix(x.IssuedAt), unix(x.ExpiresAt), unix(x.ConsumedAt))
	return err
}

// ConsumeRefreshToken uses a token up: one of several concurrent callers gets it. The others get
// ErrNotFound, as for a token that is unknown, expired or used.
func (t *Tx) ConsumeRefreshToken(ctx context.Context, hash string) (RefreshToken, error) {
	return one(ctx, &t.Reader, "ConsumeRefreshToken", scanRefresh,
		`UPDATE refresh_tokens
		SET consumed_at = $2
		WHERE hash = $1 AND consumed_at = 0 AND expires_at > $2
		RETURNING `+refreshColumns, hash, unix(t.Now))
}
