package db

import (
	"context"
	"time"
)

// SigningKey is a key that signs tokens; PrivateKey is encrypted with the portal's key. It is
// published from CreatedAt to PublishedUntil and signs from SignsFrom to SignsUntil, where a
// zero time means without limit.
type SigningKey struct {
	KID, Algorithm        string
	PrivateKey            []byte
	CreatedAt             time.Time
	SignsFrom, SignsUntil time.Time
	PublishedUntil        time.Time
}

const keyColumns = `kid, algorithm, private_key, created_at, signs_from, signs_until, published_until`

// SigningKeys lists the keys that are published at now, oldest first.
func (r *Reader) SigningKeys(ctx context.Context, now time.Time) ([]SigningKey, error) {
	scan := func(s scanner) (k SigningKey, err error) {
		var created, from, until, published int64
		err = s.Scan(&k.KID, &k.Algorithm, &k.PrivateKey, &created, &from, &until, &published)
		k.CreatedAt, k.SignsFrom, k.SignsUntil, k.PublishedUntil = at(created), at(from), at(until), at(published)
		return k, err
	}
	return all(ctx, r, "SigningKeys", scan,
		`SELECT `+keyColumns+`
		FROM signing_keys
		WHERE published_until = 0 OR published_until > $1
		ORDER BY signs_from, created_at, kid`, unix(now))
}

// InsertSigningKey adds a key.
func (t *Tx) InsertSigningKey(ctx context.Context, k SigningKey) error {
	_, err := t.exec(ctx, "InsertSigningKey", `INSERT INTO signing_keys (`+keyColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		k.KID, k.Algorithm, k.PrivateKey, unix(k.CreatedAt), unix(k.SignsFrom), unix(k.SignsUntil), unix(k.PublishedUntil))
	return err
}

// RetireSigningKeys makes every key but kid stop signing at signsUntil and leave the JWKS at
// publishedUntil, unless it was retired before.
func (t *Tx) RetireSigningKeys(ctx context.Context, kid string, signsUntil, publishedUntil time.Time) error {
	_, err := t.exec(ctx, "RetireSigningKeys",
		`UPDATE signing_keys
		SET signs_until = $2, published_until = $3
		WHERE kid <> $1 AND signs_until = 0`,
		kid, unix(signsUntil), unix(publishedUntil))
	return err
}

// LockSigningKeys makes transactions that may add a key take turns.
func (t *Tx) LockSigningKeys(ctx context.Context) error {
	// There may be no key to lock yet, so a setting stands for all of them.
	const name = "signing_keys_lock"
	if _, err := t.KeepSetting(ctx, name, ""); err != nil {
		return err
	}
	_, err := lock(ctx, t, "LockSigningKeys", value[string], `SELECT name FROM settings WHERE name = $1`, name)
	return err
}
