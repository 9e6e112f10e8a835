package db

import "context"

// IdempotencyTarget gives what an actor's key was first used for, or ErrNotFound.
func (r *Reader) IdempotencyTarget(ctx context.Context, actor, key string) (string, error) {
	return one(ctx, r, "IdempotencyTarget", func(s scanner) (v string, err error) { return v, s.Scan(&v) },
		`SELECT target FROM idempotency_keys WHERE actor = $1 AND key = $2`, actor, key)
}

// UseIdempotencyKey notes that an actor's key made target; a key that was used before gives
// ErrConflict, and the transaction must end.
func (t *Tx) UseIdempotencyKey(ctx context.Context, actor, key, target string) error {
	_, err := t.exec(ctx, "UseIdempotencyKey",
		`INSERT INTO idempotency_keys (actor, key, target, created_at) VALUES ($1, $2, $3, $4)`, actor, key, target, unix(t.Now))
	return err
}
