package db

import "context"

// KnowsBrowser says whether a person has signed in with this browser before, and whether they
// have with any. tokenHash is the SHA-256 of the browser's own cookie.
func (r *Reader) KnowsBrowser(ctx context.Context, tokenHash, personID string) (this, anyBrowser bool, err error) {
	this, err = one(ctx, r, "KnowsBrowser", func(s scanner) (known bool, err error) { return known, s.Scan(&known, &anyBrowser) },
		`SELECT EXISTS (SELECT 1 FROM known_browsers WHERE token_hash = $1 AND person_id = $2),
			EXISTS (SELECT 1 FROM known_browsers WHERE person_id = $2)`, tokenHash, personID)
	return this, anyBrowser, err
}

// HasBrowser says whether anybody has signed in with this browser before.
func (r *Reader) HasBrowser(ctx context.Context, tokenHash string) (bool, error) {
	return one(ctx, r, "HasBrowser", value[bool], `SELECT EXISTS (SELECT 1 FROM known_browsers WHERE token_hash = $1)`, tokenHash)
}

// PutBrowser records that a person has signed in with a browser. Of more than maxBrowsers the one that was
// seen longest ago is forgotten.
func (t *Tx) PutBrowser(ctx context.Context, tokenHash, personID string) error {
	_, err := t.exec(ctx, "PutBrowser",
		`INSERT INTO known_browsers (token_hash, person_id, created_at, last_seen_at)
		VALUES ($1, $2, $3, $3)
		ON CONFLICT (token_hash, person_id) DO UPDATE SET last_seen_at = excluded.last_seen_at`, tokenHash, personID, unix(t.Now))
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, "PutBrowser",
		`DELETE FROM known_browsers
		WHERE person_id = $1 AND token_hash IN
			(SELECT token_hash FROM known_browsers
			WHERE person_id = $1 AND token_hash <> $2
			ORDER BY last_seen_at DESC, token_hash LIMIT 1000 OFFSET $3)`, personID, tokenHash, maxBrowsers-1)
	return err
}

// maxBrowsers is how many browsers are remembered for a person; a new one replaces the one that was
// seen longest ago. A program that keeps no cookies adds one with each sign-in.
const maxBrowsers = 100
