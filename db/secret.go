package db

import (
	"context"
	"time"
)

// ClientSecret belongs to an app. Hash is argon2id; Hint the last four characters.
type ClientSecret struct {
	ID, ClientID  string
	Hint, Label   string
	Playground    bool // made by the playground's button
	Hash          string
	CreatedBy     string
	CreatedByName string
	CreatedAt     time.Time
	ExpiresAt     time.Time // zero: never
	RevokedAt     time.Time
	RevokedByName string
}

// Live says whether the secret works at now.
func (s ClientSecret) Live(now time.Time) bool {
	return s.RevokedAt.IsZero() && !s.Expired(now)
}

// Expired says whether the secret has come to its end by now.
func (s ClientSecret) Expired(now time.Time) bool {
	return !s.ExpiresAt.IsZero() && !now.Before(s.ExpiresAt)
}

const secretColumns = `id, client_id, hint, label, playground, hash, created_by, created_by_name, created_at, expires_at, revoked_at, revoked_by_name`

func scanSecret(s scanner) (x ClientSecret, err error) {
	var created, expires, revoked int64
	err = s.Scan(&x.ID, &x.ClientID, &x.Hint, &x.Label, &x.Playground, &x.Hash, &x.CreatedBy, &x.CreatedByName,
		&created, &expires, &revoked, &x.RevokedByName)
	x.CreatedAt, x.ExpiresAt, x.RevokedAt = at(created), at(expires), at(revoked)
	return x, err
}

// Secrets lists the secrets of an app, dead ones too, newest first.
func (r *Reader) Secrets(ctx context.Context, clientID string) ([]ClientSecret, error) {
	return all(ctx, r, "Secrets", scanSecret,
		`SELECT `+secretColumns+` FROM client_secrets WHERE client_id = $1 ORDER BY created_at DESC, id DESC`, clientID)
}

// SecretsOfTeam lists the secrets of all apps of a team that are not revoked.
func (r *Reader) SecretsOfTeam(ctx context.Context, teamID string) ([]ClientSecret, error) {
	return all(ctx, r, "SecretsOfTeam", scanSecret,
		`SELECT `+secretColumns+` FROM client_secrets
		WHERE revoked_at = 0 AND client_id IN (SELECT client_id FROM apps WHERE team_id = $1) ORDER BY created_at DESC, id DESC`, teamID)
}

// SecretsByHint gives the secrets of an app that end in hint: almost always one or none.
func (r *Reader) SecretsByHint(ctx context.Context, clientID, hint string) ([]ClientSecret, error) {
	return all(ctx, r, "SecretsByHint", scanSecret,
		`SELECT `+secretColumns+` FROM client_secrets WHERE client_id = $1 AND hint = $2 ORDER BY created_at DESC`, clientID, hint)
}

// InsertSecret adds a secret unless the app has max live ones, which gives ErrConflict.
func (t *Tx) InsertSecret(ctx context.Context, s ClientSecret, max int) error {
	// The app's row is touched first: on PostgreSQL that makes two callers take turns, so
	// that both can't see the last free place.
	if err := t.mustTouch(ctx, "InsertSecret", `UPDATE apps SET updated_at = updated_at WHERE client_id = $1`, s.ClientID); err != nil {
		return err
	}
	n, err := t.exec(ctx, "InsertSecret",
		`INSERT INTO client_secrets (`+secretColumns+`)
		SELECT $1, $2, $3, $4, CAST($5 AS BOOLEAN), $6, $7, $8, CAST($9 AS BIGINT), CAST($10 AS BIGINT), CAST($11 AS BIGINT), $12
		WHERE (SELECT COUNT(*) FROM client_secrets
			WHERE client_id = $2 AND revoked_at = 0 AND (expires_at = 0 OR expires_at > CAST($13 AS BIGINT))) < CAST($14 AS BIGINT)`,
		s.ID, s.ClientID, s.Hint, s.Label, s.Playground, s.Hash, s.CreatedBy, s.CreatedByName,
		unix(s.CreatedAt), unix(s.ExpiresAt), unix(s.RevokedAt), s.RevokedByName, unix(t.Now), max)
	if err == nil && n == 0 {
		return t.conflict("InsertSecret")
	}
	return err
}

// RevokeSecret ends a secret of an app at once. One that is revoked already gives ErrNotFound.
func (t *Tx) RevokeSecret(ctx context.Context, id, clientID, byName string) error {
	return t.mustTouch(ctx, "RevokeSecret",
		`UPDATE client_secrets SET revoked_at = $3, revoked_by_name = $4 WHERE id = $1 AND client_id = $2 AND revoked_at = 0`,
		id, clientID, unix(t.Now), byName)
}

// EndSecret makes a live secret of an app end at a time that is not later than its end so far.
func (t *Tx) EndSecret(ctx context.Context, id, clientID string, end time.Time) error {
	_, err := t.exec(ctx, "EndSecret",
		`UPDATE client_secrets SET expires_at = $3
		WHERE id = $1 AND client_id = $2 AND revoked_at = 0 AND (expires_at = 0 OR expires_at > $3)`, id, clientID, unix(end))
	return err
}
