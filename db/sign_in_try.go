package db

import (
	"context"
	"time"
)

// Tries are the failed sign-ins counted under one key: an account, an address or both together.
// Key is the SHA-256 of what is counted. A key without tries stands for a known place.
type Tries struct {
	Key    string
	Tries  int
	LastAt time.Time
	Until  time.Time // no further try before then
}

// SignInTries returns what is counted under these keys, leaving out those that are unknown.
func (r *Reader) SignInTries(ctx context.Context, keys ...string) ([]Tries, error) {
	var where conditions
	where.in("key", keys)
	return all(ctx, r, "SignInTries", func(s scanner) (t Tries, err error) {
		var last, until int64
		err = s.Scan(&t.Key, &t.Tries, &last, &until)
		t.LastAt, t.Until = at(last), at(until)
		return t, err
	}, `SELECT key, tries, last_at, until FROM sign_in_tries WHERE `+where.String(), where.args...)
}

// AddTry counts a failed try at a moment, after dropping one for each leak of time that has
// passed since the last, and returns how many there are now.
func (t *Tx) AddTry(ctx context.Context, key string, moment time.Time, leak time.Duration) (int, error) {
	return one(ctx, &t.Reader, "AddTry", value[int],
		`INSERT INTO sign_in_tries (key, tries, last_at, until)
		VALUES ($1, 1, $2, 0)
		ON CONFLICT (key) DO UPDATE SET last_at = excluded.last_at, tries = 1 + CASE
			WHEN sign_in_tries.tries > (excluded.last_at - sign_in_tries.last_at) / CAST($3 AS BIGINT)
			THEN sign_in_tries.tries - (excluded.last_at - sign_in_tries.last_at) / CAST($3 AS BIGINT) ELSE 0 END
		RETURNING tries`, key, unix(moment), int64(leak/time.Second))
}

// DelayTries blocks further tries of a key until a time, which it never moves back.
func (t *Tx) DelayTries(ctx context.Context, key string, until time.Time) error {
	_, err := t.exec(ctx, "DelayTries", `UPDATE sign_in_tries SET until = $2 WHERE key = $1 AND until < $2`, key, unix(until))
	return err
}

// ForgetTries resets the tries of keys.
func (t *Tx) ForgetTries(ctx context.Context, keys ...string) error {
	for _, key := range keys {
		if _, err := t.exec(ctx, "ForgetTries", `DELETE FROM sign_in_tries WHERE key = $1`, key); err != nil {
			return err
		}
	}
	return nil
}

// KnowPlace records under a key that somebody signed in from a place at a moment.
func (t *Tx) KnowPlace(ctx context.Context, key string, moment time.Time) error {
	_, err := t.exec(ctx, "KnowPlace",
		`INSERT INTO sign_in_tries (key, tries, last_at, until)
		VALUES ($1, 0, $2, 0)
		ON CONFLICT (key) DO UPDATE SET last_at = excluded.last_at`, key, unix(moment))
	return err
}
