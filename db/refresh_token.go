package db

import (
	"context"
	"time"
)

// RefreshToken is the token of RFC 6749 section 1.5. Hash is its SHA-256. Its family says what it
// may do. SecretID is the client secret that it was issued to, or empty. After its use it is kept
// until ExpiresAt, so that a second use is noticed. UsedAt is the use to the nanosecond; it is zero
// if the token was revoked instead. Repeats is how often it has answered since.
type RefreshToken struct {
	Hash, FamilyID, ClientID, SecretID string
	IssuedAt, ExpiresAt, ConsumedAt    time.Time
	UsedAt                             time.Time
	Repeats                            int
}

// Grace says for how long after its use a refresh token still answers, and how often.
type Grace struct {
	Window time.Duration
	Times  int
}

// Allows reports whether a used token answers once more at a time.
func (g Grace) Allows(x RefreshToken, now time.Time) bool {
	return g.Window > 0 && !x.UsedAt.IsZero() && now.Sub(x.UsedAt) < g.Window && x.Repeats < g.Times
}

const refreshColumns = `hash, family_id, client_id, secret_id, issued_at, expires_at, consumed_at, used_nanos, repeats`

func scanRefresh(s scanner) (x RefreshToken, err error) {
	var issued, expires, consumed, used int64
	err = s.Scan(&x.Hash, &x.FamilyID, &x.ClientID, &x.SecretID, &issued, &expires, &consumed, &used, &x.Repeats)
	x.IssuedAt, x.ExpiresAt, x.ConsumedAt, x.UsedAt = at(issued), at(expires), at(consumed), atNanos(used)
	return x, err
}

// RefreshToken returns the token with this hash, whatever its state, or ErrNotFound.
func (r *Reader) RefreshToken(ctx context.Context, hash string) (RefreshToken, error) {
	return one(ctx, r, "RefreshToken", scanRefresh, `SELECT `+refreshColumns+` FROM refresh_tokens WHERE hash = $1`, hash)
}

// InsertRefreshToken adds a token, whose family must exist.
func (t *Tx) InsertRefreshToken(ctx context.Context, x RefreshToken) error {
	_, err := t.exec(ctx, "InsertRefreshToken",
		`INSERT INTO refresh_tokens (`+refreshColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		x.Hash, x.FamilyID, x.ClientID, x.SecretID, unix(x.IssuedAt), unix(x.ExpiresAt), unix(x.ConsumedAt), nanos(x.UsedAt), x.Repeats)
	return err
}

// ConsumeRefreshToken uses a token up at now: one of several concurrent callers gets it, with no
// Repeats. So do those that follow as far as the grace allows, with the number of their repeat.
// The others get ErrNotFound, as for a token that is unknown, expired or revoked.
func (t *Tx) ConsumeRefreshToken(ctx context.Context, hash string, now time.Time, g Grace) (RefreshToken, error) {
	if g.Window <= 0 {
		g.Times = 0
	}
	return one(ctx, &t.Reader, "ConsumeRefreshToken", scanRefresh,
		`UPDATE refresh_tokens
		SET consumed_at = CASE WHEN consumed_at = 0 THEN $2 ELSE consumed_at END,
			used_nanos = CASE WHEN consumed_at = 0 THEN $3 ELSE used_nanos END,
			repeats = CASE WHEN consumed_at = 0 THEN 0 ELSE repeats + 1 END
		WHERE hash = $1
			AND (consumed_at = 0 AND expires_at > $2 OR consumed_at > 0 AND used_nanos > $4 AND repeats < $5)
		RETURNING `+refreshColumns, hash, unix(t.Now), nanos(now), nanos(now.Add(-g.Window)), g.Times)
}
