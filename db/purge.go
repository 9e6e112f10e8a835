package db

import (
	"context"
	"time"
)

// How long rows are kept after they are no longer used.
const (
	keepTokens      = 24 * time.Hour       // after expiry
	keepIdempotency = 7 * 24 * time.Hour   // after they were stored
	keepLinks       = 30 * 24 * time.Hour  // after expiry
	keepUsage       = 400 * 24 * time.Hour // hours of a secret's use
	keepCallers     = 40 * 24 * time.Hour  // days of a secret's callers
	keepDrills      = 90 * 24 * time.Hour  // after they ended
	keepRevoked     = 30 * 24 * time.Hour  // families, after their revocation
	keepHandovers   = 90 * 24 * time.Hour  // as receipts, after expiry
	keepTries       = 48 * time.Hour       // failed sign-ins, after the last one
	keepPlaces      = 90 * 24 * time.Hour  // where somebody signed in from, after the last time
	keepImports     = 90 * 24 * time.Hour  // of devices, after they started
	keepPreviews    = 24 * time.Hour       // of imports, after expiry, without their files
	keepMails       = 30 * 24 * time.Hour  // after they were queued, whether sent, given up or left without a mail server
	keepFailures    = 30 * 24 * time.Hour  // refused requests
	keepChallenges  = 24 * time.Hour       // of sign-ins, after expiry
	keepBrowsers    = 400 * 24 * time.Hour // after their last sign-in, as long as their cookie lasts
)

// purges are the statements of Purge. Each acts on up to $2 rows from before $1, found by an index.
var purges = []struct {
	query string
	keep  time.Duration
}{
	{`DELETE FROM access_tokens
		WHERE jti IN (SELECT jti FROM access_tokens WHERE expires_at < $1 LIMIT $2)`, keepTokens},
	{`DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < $1 LIMIT $2)`, 0},
	{`DELETE FROM idempotency_keys
		WHERE (actor, key) IN (SELECT actor, key FROM idempotency_keys WHERE created_at < $1 LIMIT $2)`, keepIdempotency},
	{`DELETE FROM links WHERE id IN (SELECT id FROM links WHERE expires_at < $1 LIMIT $2)`, keepLinks},
	{`DELETE FROM secret_usage
		WHERE (client_id, secret_id, hour) IN
			(SELECT client_id, secret_id, hour FROM secret_usage WHERE hour < $1 LIMIT $2)`, keepUsage},
	{`DELETE FROM secret_callers
		WHERE (client_id, secret_id, day, address, user_agent) IN
			(SELECT client_id, secret_id, day, address, user_agent FROM secret_callers WHERE day < $1 LIMIT $2)`, keepCallers},
	{`DELETE FROM drills WHERE id IN (SELECT id FROM drills WHERE ends_at < $1 LIMIT $2)`, keepDrills},
	{`DELETE FROM refresh_tokens
		WHERE hash IN (SELECT hash FROM refresh_tokens WHERE expires_at < $1 LIMIT $2)`, keepTokens},
	{`DELETE FROM families WHERE id IN (SELECT id FROM families WHERE expires_at < $1 LIMIT $2)`, keepTokens},
	{`DELETE FROM families
		WHERE id IN (SELECT id FROM families WHERE revoked_at > 0 AND revoked_at < $1 LIMIT $2)`, keepRevoked},
	{`DELETE FROM device_codes
		WHERE hash IN (SELECT hash FROM device_codes WHERE expires_at < $1 LIMIT $2)`, keepTokens},
	{`DELETE FROM consent_requests
		WHERE id IN (SELECT id FROM consent_requests WHERE expires_at < $1 LIMIT $2)`, keepTokens},
	{`DELETE FROM client_assertions
		WHERE (client_id, jti) IN (SELECT client_id, jti FROM client_assertions WHERE expires_at < $1 LIMIT $2)`, keepTokens},
	{`UPDATE handovers
		SET ciphertext = ''
		WHERE id IN (SELECT id FROM handovers WHERE ciphertext <> '' AND expires_at < $1 LIMIT $2)`, 0},
	{`DELETE FROM handovers
		WHERE id IN (SELECT id FROM handovers WHERE expires_at < $1 LIMIT $2)`, keepHandovers},
	{`DELETE FROM sign_in_challenges
		WHERE hash IN (SELECT hash FROM sign_in_challenges WHERE expires_at < $1 LIMIT $2)`, keepChallenges},
	{`DELETE FROM known_browsers
		WHERE (token_hash, person_id) IN
			(SELECT token_hash, person_id FROM known_browsers WHERE last_seen_at < $1 LIMIT $2)`, keepBrowsers},
	{`DELETE FROM auth_failures
		WHERE id IN (SELECT id FROM auth_failures WHERE seq < CAST($1 AS BIGINT) * 1000000000 LIMIT $2)`, keepFailures},
	{`DELETE FROM sign_in_tries
		WHERE key IN (SELECT key FROM sign_in_tries WHERE tries > 0 AND last_at < $1 LIMIT $2)`, keepTries},
	{`DELETE FROM sign_in_tries
		WHERE key IN (SELECT key FROM sign_in_tries WHERE last_at < $1 LIMIT $2)`, keepPlaces},
	{`DELETE FROM email_changes
		WHERE id IN (SELECT id FROM email_changes WHERE expires_at < $1 LIMIT $2)`, 0},
	{`DELETE FROM limit_windows
		WHERE key IN (SELECT key FROM limit_windows WHERE ends_at < $1 LIMIT $2)`, 0},
	{`DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE created_at < $1 LIMIT $2)`, keepMails},
	{`UPDATE device_import_previews
		SET file = '', report = ''
		WHERE id IN (SELECT id FROM device_import_previews WHERE expires_at < $1 AND report <> '' LIMIT $2)`, 0},
	{`DELETE FROM device_import_previews
		WHERE id IN (SELECT id FROM device_import_previews WHERE expires_at < $1 LIMIT $2)`, keepPreviews},
	{`DELETE FROM device_imports
		WHERE id IN (SELECT id FROM device_imports WHERE created_at < $1 LIMIT $2)`, keepImports},
}

// Purge deletes up to limit rows of each kind that have long been unused, each kind in its own
// transaction so that no other writer waits long, and returns how many it deleted. The caller
// repeats it while that is limit or more.
func (d *DB) Purge(ctx context.Context, limit int) (int64, error) {
	var total int64
	for _, p := range purges {
		err := d.Tx(ctx, func(tx *Tx) error {
			n, err := tx.exec(ctx, "Purge", p.query, unix(tx.Now.Add(-p.keep)), limit)
			total += n
			return err
		})
		if err != nil {
			return total, err
		}
	}
	return total, nil
}
