package db

import (
	"context"
	"fmt"
	"time"
)

// AccessToken is the record of an issued access token; the token itself is not stored.
// JTI is its id (RFC 7519 section 4.1.7). SecretID is empty if a signed-in person got it from
// the portal; PersonID is empty if the app acts for itself.
type AccessToken struct {
	JTI, ClientID, SecretID, PersonID string
	Scope, Audience, Dialect          string
	IssuedAt, ExpiresAt               time.Time
	RevokedAt                         time.Time
	FamilyID                          string    // empty unless a person allowed the token
	LastSeenAt                        time.Time // when introspection last asked for it
}

const tokenColumns = `jti, client_id, secret_id, person_id, scope, audience, dialect, issued_at,
	expires_at, revoked_at, family_id, last_seen_at`

func scanToken(s scanner) (a AccessToken, err error) {
	var issued, expires, revoked, seen int64
	err = s.Scan(&a.JTI, &a.ClientID, &a.SecretID, &a.PersonID, &a.Scope, &a.Audience, &a.Dialect, &issued, &expires, &revoked, &a.FamilyID, &seen)
	a.IssuedAt, a.ExpiresAt, a.RevokedAt, a.LastSeenAt = at(issued), at(expires), at(revoked), at(seen)
	return a, err
}

// AccessToken returns the record of a token, or ErrNotFound (also if its app is gone).
func (r *Reader) AccessToken(ctx context.Context, jti string) (AccessToken, error) {
	return one(ctx, r, "AccessToken", scanToken, `SELECT `+tokenColumns+` FROM access_tokens WHERE jti = $1`, jti)
}

// CountTokens counts the access tokens of an app that are live at now.
func (r *Reader) CountTokens(ctx context.Context, clientID string, now time.Time) (int, error) {
	return one(ctx, r, "CountTokens", value[int],
		`SELECT COUNT(*)
		FROM access_tokens
		WHERE client_id = $1 AND expires_at > $2 AND revoked_at = 0`, clientID, unix(now))
}

// RevokeTokensOfSecret revokes every live token that was issued to a secret, with the families
// of its refresh tokens, and returns how many further access tokens there were.
func (t *Tx) RevokeTokensOfSecret(ctx context.Context, clientID, secretID string) (int64, error) {
	if _, err := t.revokeFamilies(ctx,
		`client_id = $2 AND id IN (SELECT family_id FROM refresh_tokens WHERE secret_id = $3 AND consumed_at = 0)`, clientID, secretID); err != nil {
		return 0, err
	}
	return t.exec(ctx, "RevokeTokensOfSecret",
		`UPDATE access_tokens
		SET revoked_at = $3
		WHERE client_id = $1 AND secret_id = $2 AND revoked_at = 0 AND expires_at > $3`, clientID, secretID, unix(t.Now))
}

// RecordToken stores the record of a token inside a transaction, and counts the use of its
// secret. It returns ErrNotFound if the secret is no longer live or the app is gone; the
// transaction must end then.
func (t *Tx) RecordToken(ctx context.Context, a AccessToken, caller Caller) error {
	if err := t.mustTouch(ctx, "RecordToken", insertToken(t.eng), a.values()...); err != nil {
		return err
	}
	t.tokens = append(t.tokens, recordedToken{a, caller})
	return nil
}

// recordedToken is counted once its transaction has committed.
type recordedToken struct {
	token  AccessToken
	caller Caller
}

// values returns the values of tokenColumns.
func (a AccessToken) values() []any {
	return []any{a.JTI, a.ClientID, a.SecretID, a.PersonID, a.Scope, a.Audience, a.Dialect,
		unix(a.IssuedAt), unix(a.ExpiresAt), unix(a.RevokedAt), a.FamilyID, unix(a.LastSeenAt)}
}

// insertToken returns the INSERT of a token, which applies only while its app exists and, if a
// secret got the token, while that secret is live: a token is never recorded after the commit
// that revoked its secret. For that the secret's row is shared (engine.sharing) until the token
// is committed.
func insertToken(e engine) string {
	return `INSERT INTO access_tokens (` + tokenColumns + `)
		SELECT $1, $2, $3, $4, $5, $6, $7, CAST($8 AS BIGINT), CAST($9 AS BIGINT), CAST($10 AS BIGINT), $11, CAST($12 AS BIGINT)
		WHERE CASE WHEN $3 = '' THEN EXISTS (SELECT 1 FROM apps WHERE client_id = $2)
			ELSE EXISTS (SELECT 1 FROM client_secrets
				WHERE id = $3 AND client_id = $2 AND revoked_at = 0
					AND (expires_at = 0 OR expires_at > CAST($8 AS BIGINT))` + e.sharing() + `) END`
}

// RevokeToken revokes one token of an app: an access token by its jti, along with its family if
// it has one, or a family by its id. It returns ErrNotFound if the token isn't live.
func (t *Tx) RevokeToken(ctx context.Context, clientID, id string) error {
	families, err := all(ctx, &t.Reader, "RevokeToken", value[string],
		`UPDATE access_tokens
		SET revoked_at = $3
		WHERE jti = $1 AND client_id = $2 AND revoked_at = 0 AND expires_at > $3
		RETURNING family_id`,
		id, clientID, unix(t.Now))
	if err != nil {
		return err
	}
	family, wasAccess := id, len(families) == 1
	if wasAccess {
		family = families[0]
	}
	if family == "" && wasAccess {
		return nil
	}
	n, err := t.revokeFamilies(ctx, `id = $2 AND client_id = $3`, family, clientID)
	if err == nil && n == 0 && !wasAccess {
		return fmt.Errorf("db: RevokeToken: %w", ErrNotFound)
	}
	return err
}

// RevokeTokensOfApp revokes every code and token of an app.
func (t *Tx) RevokeTokensOfApp(ctx context.Context, clientID string) error {
	if _, err := t.revokeFamilies(ctx, `client_id = $2`, clientID); err != nil {
		return err
	}
	_, err := t.exec(ctx, "RevokeTokensOfApp",
		`UPDATE access_tokens
		SET revoked_at = $2
		WHERE client_id = $1 AND revoked_at = 0 AND expires_at > $2`, clientID, unix(t.Now))
	return err
}

// RevokeTokensOfPeople revokes every code and token of an app that a person is behind; those that the
// app got for itself stay valid.
func (t *Tx) RevokeTokensOfPeople(ctx context.Context, clientID string) error {
	if _, err := t.revokeFamilies(ctx, `client_id = $2`, clientID); err != nil {
		return err
	}
	_, err := t.exec(ctx, "RevokeTokensOfPeople",
		`UPDATE access_tokens
		SET revoked_at = $2
		WHERE client_id = $1 AND person_id <> '' AND revoked_at = 0 AND expires_at > $2`, clientID, unix(t.Now))
	return err
}

// SeeToken records that introspection asked about a token, at most once a minute and never
// backwards.
func (t *Tx) SeeToken(ctx context.Context, jti string) error {
	_, err := t.exec(ctx, "SeeToken",
		`UPDATE access_tokens
		SET last_seen_at = $2
		WHERE jti = $1 AND last_seen_at <= $3`, jti, unix(t.Now), unix(t.Now.Add(-SeenEvery)))
	return err
}
