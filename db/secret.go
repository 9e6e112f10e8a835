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
	SavedAt       time.Time // when somebody showed that they have it
	SavedByName   string
	DrillUntil    time.Time // refused until then, and good again after
	WarnedDays    int       // the last warning of its end that went out, or was not needed: so many days before
}

// Live says whether the secret works at now.
func (s ClientSecret) Live(now time.Time) bool {
	return s.RevokedAt.IsZero() && !s.Expired(now)
}

// Drilled says whether a drill has the secret refused at now.
func (s ClientSecret) Drilled(now time.Time) bool { return now.Before(s.DrillUntil) }

// Expired says whether the secret has come to its end by now.
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

// Secrets lists the secrets of an app, dead ones too, newest first.
func (r *Reader) Secrets(ctx context.Context, clientID string) ([]ClientSecret, error) {
	return all(ctx, r, "Secrets", scanSecret,
		`SELECT `+secretColumns+`
		FROM client_secrets
		WHERE client_id = $1
		ORDER BY created_at DESC, id DESC`, clientID)
}

// SecretsOfTeam lists the secrets of all apps of a team that are not revoked.
func (r *Reader) SecretsOfTeam(ctx context.Context, teamID string) ([]ClientSecret, error) {
	return all(ctx, r, "SecretsOfTeam", scanSecret,
		`SELECT `+secretColumns+`
		FROM client_secrets
		WHERE revoked_at = 0 AND client_id IN (SELECT client_id FROM apps WHERE team_id = $1)
		ORDER BY created_at DESC, id DESC`, teamID)
}

// SecretsByHint gives the secrets of an app that end in hint: almost always one or none.
func (r *Reader) SecretsByHint(ctx context.Context, clientID, hint string) ([]ClientSecret, error) {
	return all(ctx, r, "SecretsByHint", scanSecret,
		`SELECT `+secretColumns+`
		FROM client_secrets
		WHERE client_id = $1 AND hint = $2
		ORDER BY created_at DESC`, clientID, hint)
}

// InsertSecret adds a secret unless the app has max live ones, which gives ErrConflict.
func (t *Tx) InsertSecret(ctx context.Context, s ClientSecret, max int) error {
	// Two callers take turns, so that both can't see the last free place.
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

// RevokeSecret ends a secret of an app at once. One that is revoked already gives ErrNotFound.
func (t *Tx) RevokeSecret(ctx context.Context, id, clientID, byName string) error {
	return t.mustTouch(ctx, "RevokeSecret",
		`UPDATE client_secrets
		SET revoked_at = $3, revoked_by_name = $4
		WHERE id = $1 AND client_id = $2 AND revoked_at = 0`,
		id, clientID, unix(t.Now), byName)
}

// ExpireSecret makes a live secret of an app end at a time, unless its end so far is not later.
// WarnedDays is the last warning that it needs no more.
func (t *Tx) ExpireSecret(ctx context.Context, id, clientID string, end time.Time, warnedDays int) error {
	_, err := t.exec(ctx, "ExpireSecret",
		`UPDATE client_secrets
		SET expires_at = $3, warned_days = $5
		WHERE id = $1 AND client_id = $2 AND revoked_at = 0
			AND (expires_at = 0 OR expires_at > $3) AND (expires_at = 0 OR expires_at > $4)`,
		id, clientID, unix(end), unix(t.Now), warnedDays)
	return err
}

// SetSecretExpiry gives a live secret of an app another end, also a later one, or none (the zero
// time). One that is no longer live gives ErrNotFound.
func (t *Tx) SetSecretExpiry(ctx context.Context, id, clientID string, end time.Time, warnedDays int) error {
	return t.mustTouch(ctx, "SetSecretExpiry",
		`UPDATE client_secrets
		SET expires_at = $3, warned_days = $5
		WHERE id = $1 AND client_id = $2 AND revoked_at = 0 AND (expires_at = 0 OR expires_at > $4)`,
		id, clientID, unix(end), unix(t.Now), warnedDays)
}

// LabelSecret gives a secret of an app another label.
func (t *Tx) LabelSecret(ctx context.Context, id, clientID, label string) error {
	return t.mustTouch(ctx, "LabelSecret",
		`UPDATE client_secrets
		SET label = $3
		WHERE id = $1 AND client_id = $2`, id, clientID, label)
}

// MarkSaved notes that somebody showed that they have a secret; the first one stays noted.
func (t *Tx) MarkSaved(ctx context.Context, id, clientID, byName string) error {
	_, err := t.exec(ctx, "MarkSaved",
		`UPDATE client_secrets
		SET saved_at = $3, saved_by_name = $4
		WHERE id = $1 AND client_id = $2 AND saved_at = 0`,
		id, clientID, unix(t.Now), byName)
	return err
}

// ExpiringSecrets lists the live secrets that end within a time from now, of all teams or of
// one, the soonest first. Those of the playground are left out: an hour is their whole life.
func (r *Reader) ExpiringSecrets(ctx context.Context, teamID string, now time.Time, within time.Duration) ([]ClientSecret, error) {
	return all(ctx, r, "ExpiringSecrets", scanSecret,
		`SELECT `+secretColumns+`
		FROM client_secrets
		WHERE revoked_at = 0 AND NOT playground AND expires_at > $1 AND expires_at <= $2
			AND ($3 = '' OR client_id IN (SELECT client_id FROM apps WHERE team_id = $3))
		ORDER BY expires_at, id`,
		unix(now), unix(now.Add(within)), teamID)
}

// MarkWarned notes that a warning goes out so many days before a secret's end, unless one did
// that late already or the end was moved: then it says false.
func (t *Tx) MarkWarned(ctx context.Context, s ClientSecret, days int) (bool, error) {
	n, err := t.exec(ctx, "MarkWarned",
		`UPDATE client_secrets
		SET warned_days = $2
		WHERE id = $1 AND expires_at = $3 AND revoked_at = 0 AND (warned_days = 0 OR warned_days > $2)`,
		s.ID, days, unix(s.ExpiresAt))
	return n == 1, err
}
