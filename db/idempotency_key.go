package db

import "context"

// IdempotencyTarget returns what an actor's key was first used for, and the hash of the content
// that came with it (empty if it wasn't kept), or ErrNotFound.
func (r *Reader) IdempotencyTarget(ctx context.Context, actor, key string) (target, content string, err error) {
	row, err := one(ctx, r, "IdempotencyTarget", func(s scanner) (v [2]string, err error) { return v, s.Scan(&v[0], &v[1]) },
		`SELECT target, content FROM idempotency_keys WHERE actor = $1 AND key = $2`, actor, key)
	return row[0], row[1], err
}

// UseIdempotencyKey records that an actor's key made target from a content, of which only the
// hash is kept. It returns ErrConflict if the key was used before; the transaction must end
// then.
func (t *Tx) UseIdempotencyKey(ctx context.Context, actor, key, target, content string) error {
	_, err := t.exec(ctx, "UseIdempotencyKey",
		`INSERT INTO idempotency_keys (actor, key, target, content, created_at)
		VALUES ($1, $2, $3, $4, $5)`, actor, key, target, content, unix(t.Now))
	return err
}
