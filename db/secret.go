package db

import (
	"context"
	"time"
)

// ClientSecret is a secret of an app. Hash is argon2id; Hint is its last four characters.
type ClientSecret struct {
	ID, ClientID  string
	Hint, Label   string
	Playground    bool // created by the playground's button
	Hash          string
	CreatedBy     string
	CreatedByName string
	CreatedAt     time.Time
	ExpiresAt     time.Time // zero: never
	RevokedAt     time.Time
	RevokedByName string
	SavedAt       time.Time // when somebody proved that they have it
	SavedByName   string
	DrillUntil    time.Time // refused until then, and accepted again after
	WarnedDays    int       // days before its expiry of the last warning that was sent or not needed
}

// Live says whether the secret works at now.
func (s ClientSecret) Live(now time.Time) bool {
	return s.RevokedAt.IsZero() && !s.Expired(now)
}

// Drilled says whether a drill refuses the secret at now.
func (s ClientSecret) Drilled(now time.Time) bool { return now.Before(s.DrillUntil) }

// Expired says whether the secret has expired by now.
func (s ClientSecret) Expired(now time.Time) bool {
	return !s.ExpiresAt.IsZero() && !now.Before(s.ExpiresAt)
}

const secretColumns = `id, client_id, hint, label, playground, hash, created_by, created_by_name,
	created_at, expires_at, revoked_at, revoked_by_name,
	saved_at, saved_by_name, drill_until, warned_days`

func scanSecret(s scanner) (x ClientSecret, err error) {
	var created, expires, revoked, saved, drill int64
	err = s.Scan(&x.ID, &x.ClientID, &x.Hint, &x.Label, &x.Playground, &x.Hash, &x.CreatedBy, &x.CreatedByName,
		&created, &expires, &revoked, &x.RevokedByName, &saved, &x.SavedByName, &drill, &x.WarnedDays)
	x.CreatedAt, x.ExpiresAt, x.RevokedAt, x.SavedAt, x.DrillUntil = at(created), at(expires), at(revoked), at(saved), at(drill)
	return x, err
}

// Secrets lists the secrets of an app, including dead ones, newest first.
func (r *Reader) Secrets(ctx context.Context, clientID string) ([]ClientSecret, error) {
	return all(ctx, r, "Secrets", scanSecret,
		`SELECT `+secretColumns+`
		FROM client_secrets
		WHERE client_id = $1
		ORDER BY created_at DESC, id DESC`, clientID)
}

// SecretsOfTeam lists the secrets of all of a team's apps that aren't revoked.
func (r *Reader) SecretsOfTeam(ctx context.Context, teamID string) ([]ClientSecret, error) {
	return all(ctx, r, "SecretsOfTeam", scanSecret,
		`SELECT `+secretColumns+`
		FROM client_secrets
		WHERE revoked_at = 0 AND client_id IN (SELECT client_id FROM apps WHERE team_id = $1)
		ORDER BY created_at DESC, id DESC`, teamID)
}

// SecretsByHint returns the secrets of an app that end in hint: almost always one or none.
func (r *Reader) SecretsByHint(ctx context.Context, clientID, hint string) ([]ClientSecret, error) {
	return all(ctx, r, "SecretsByHint", scanSecret,
		`SELECT `+secretColumns+`
		FROM client_secrets
		WHERE client_id = $1 AND hint = $2
		ORDER BY created_at DESC`, clientID, hint)
}

// LiveSecretsByHint returns the live secrets of all apps that end in hint: of a million secrets, none or one.
func (r *Reader) LiveSecretsByHint(ctx context.Context, hint string, now time.Time) ([]ClientSecret, error) {
	return all(ctx, r, "LiveSecretsByHint", scanSecret,
		`SELECT `+secretColumns+`
		FROM client_secrets
		WHERE hint = $1 AND revoked_at = 0 AND (expires_at = 0 OR expires_at > $2)
		ORDER BY created_at DESC, id DESC`, hint, unix(now))
}

// ExpiringSecrets lists the live secrets of all teams or of one that expire within a time from
// now, the soonest first. It leaves out the playground's, which only last an hour.
func (r *Reader) ExpiringSecrets(ctx context.Context, teamID string, now time.Time, within time.Duration) ([]ClientSecret, error) {
	return all(ctx, r, "ExpiringSecrets", scanSecret,
		`SELECT `+secretColumns+`
		FROM client_secrets
		WHERE revoked_at = 0 AND NOT playground AND expires_at > $1 AND expires_at <= $2
			AND ($3 = '' OR client_id IN (SELECT client_id FROM apps WHERE team_id = $3))
		ORDER BY expires_at, id`,
		unix(now), unix(now.Add(within)), teamID)
}

// InsertSecret adds a secret. It returns ErrConflict if the app already has max live ones.
func (t *Tx) InsertSecret(ctx context.Context, s ClientSecret, max int) error {
	// Callers take turns, so that two of them can't both take the last free place.
	if _, err := t.LockApp(ctx, s.ClientID); err != nil {
		return err
	}
	n, err := t.exec(ctx, "InsertSecret",
		`INSERT INTO client_secrets (`+secretColumns+`)
		SELECT $1, $2, $3, $4, CAST($5 AS BOOLEAN), $6, $7, $8, CAST($9 AS BIGINT), CAST($10 AS BIGINT), CAST($11 AS BIGINT), $12,
			CAST($13 AS BIGINT), $14, CAST($15 AS BIGINT), CAST($16 AS BIGINT)
		WHERE (SELECT COUNT(*) FROM client_secrets
			WHERE client_id = $2 AND revoked_at = 0
				AND (expires_at = 0 OR expires_at > CAST($17 AS BIGINT))) < CAST($18 AS BIGINT)`,
		s.ID, s.ClientID, s.Hint, s.Label, s.Playground, s.Hash, s.CreatedBy, s.CreatedByName,
		unix(s.CreatedAt), unix(s.ExpiresAt), unix(s.RevokedAt), s.RevokedByName,
		unix(s.SavedAt), s.SavedByName, unix(s.DrillUntil), s.WarnedDays, unix(t.Now), max)
	if err == nil && n == 0 {
		return t.conflict("InsertSecret")
	}
	return err
}

// RevokeSecret revokes a secret of an app, or returns ErrNotFound if it is revoked already.
func (t *Tx) RevokeSecret(ctx context.Context, id, clientID, byName string) error {
	return t.mustTouch(ctx, "RevokeSecret",
		`UPDATE client_secrets
		SET revoked_at = $3, revoked_by_name = $4
		WHERE id = $1 AND client_id = $2 AND revoked_at = 0`,
		id, clientID, unix(t.Now), byName)
}

// ExpireSecret makes a live secret of an app expire at a time, unless it expires earlier anyway.
// warnedDays is the last warning that it no longer needs.
func (t *Tx) ExpireSecret(ctx context.Context, id, clientID string, expires time.Time, warnedDays int) error {
	_, err := t.exec(ctx, "ExpireSecret",
		`UPDATE client_secrets
		SET expires_at = $3, warned_days = $5
		WHERE id = $1 AND client_id = $2 AND revoked_at = 0
			AND (expires_at = 0 OR expires_at > $3) AND (expires_at = 0 OR expires_at > $4)`,
		id, clientID, unix(expires), unix(t.Now), warnedDays)
	return err
}

// SetSecretExpiry sets the expiry of a live secret of an app, which may also be later than
// before, or never (the zero time). It returns ErrNotFound if the secret is no longer live.
func (t *Tx) SetSecretExpiry(ctx context.Context, id, clientID string, expires time.Time, warnedDays int) error {
	return t.mustTouch(ctx, "SetSecretExpiry",
		`UPDATE client_secrets
		SET expires_at = $3, warned_days = $5
		WHERE id = $1 AND client_id = $2 AND revoked_at = 0 AND (expires_at = 0 OR expires_at > $4)`,
		id, clientID, unix(expires), unix(t.Now), warnedDays)
}

// LabelSecret changes the label of an app's secret.
func (t *Tx) LabelSecret(ctx context.Context, id, clientID, label string) error {
	return t.mustTouch(ctx, "LabelSecret",
		`UPDATE client_secrets
		SET label = $3
		WHERE id = $1 AND client_id = $2`, id, clientID, label)
}

// MarkSaved records that somebody proved that they have a secret. Only the first time is kept.
func (t *Tx) MarkSaved(ctx context.Context, id, clientID, byName string) error {
	_, err := t.exec(ctx, "MarkSaved",
		`UPDATE client_secrets
		SET saved_at = $3, saved_by_name = $4
		WHERE id = $1 AND client_id = $2 AND saved_at = 0`,
		id, clientID, unix(t.Now), byName)
	return err
}

// MarkWarned records that a warning is sent so many days before a secret expires. It says false
// if a warning as late as that was sent before, or the expiry has changed.
func (t *Tx) MarkWarned(ctx context.Context, s ClientSecret, days int) (bool, error) {
	n, err := t.exec(ctx, "MarkWarned",
		`UPDATE client_secrets
		SET warned_days = $2
		WHERE id = $1 AND expires_at = $3 AND revoked_at = 0 AND (warned_days = 0 OR warned_days > $2)`,
		s.ID, days, unix(s.ExpiresAt))
	return n == 1, err
}
