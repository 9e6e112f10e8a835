package db

import (
	"context"
	"time"
)

// LiveToken is an access or refresh token that works now, with what its page shows about it. The
// JTI of a refresh token is its family's id. A family may have several (see Grace), which are
// listed and counted as one: the latest.
type LiveToken struct {
	AccessToken
	Refresh                bool
	PersonName, SecretHint string // empty if there is none
}

// LiveTokens lists an app's tokens that are live at now, latest first: limit of them after the
// first offset.
func (r *Reader) LiveTokens(ctx context.Context, clientID string, now time.Time, limit, offset int) ([]LiveToken, error) {
	return all(ctx, r, "LiveTokens", scanLive,
		liveTokens+` ORDER BY live.issued_at DESC, live.refresh, live.id LIMIT $3 OFFSET $4`, clientID, unix(now), limit, offset)
}

// TokenKey is a token's place in the list of LiveTokensFrom.
type TokenKey struct {
	IssuedAt time.Time
	ID       string
}

// LiveTokensFrom lists up to limit of an app's tokens that are live at now, latest first, from
// after a place in the list (the zero key: from its start). Unlike an offset, a place doesn't
// move as tokens come and go.
func (r *Reader) LiveTokensFrom(ctx context.Context, clientID string, now time.Time, after TokenKey, limit int) ([]LiveToken, error) {
	return all(ctx, r, "LiveTokensFrom", scanLive,
		liveTokens+` WHERE $3 = '' OR (live.issued_at, live.id) < ($4, $3) ORDER BY live.issued_at DESC, live.id DESC LIMIT $5`,
		clientID, unix(now), after.ID, unix(after.IssuedAt), limit)
}

// LiveToken returns one of LiveTokens by its JTI (the access token if there are both), or
// ErrNotFound.
func (r *Reader) LiveToken(ctx context.Context, clientID, id string, now time.Time) (LiveToken, error) {
	return one(ctx, r, "LiveToken", scanLive, liveTokens+` WHERE live.id = $3 ORDER BY live.refresh LIMIT 1`, clientID, unix(now), id)
}

func scanLive(s scanner) (x LiveToken, err error) {
	var issued, expires, seen int64
	err = s.Scan(&x.Refresh, &x.ClientID, &x.JTI, &x.SecretID, &x.PersonID, &x.Scope, &x.Audience, &x.Dialect, &x.FamilyID,
		&issued, &expires, &seen, &x.PersonName, &x.SecretHint)
	x.IssuedAt, x.ExpiresAt, x.LastSeenAt = at(issued), at(expires), at(seen)
	return x, err
}

const liveTokens = `SELECT live.refresh, live.client_id, live.id, live.secret_id, live.person_id,
		live.scope, live.audience, live.dialect, live.family_id,
		live.issued_at, live.expires_at, live.last_seen_at, COALESCE(p.name, ''), COALESCE(s.hint, '')
	FROM (
		SELECT FALSE AS refresh, client_id, jti AS id, secret_id, person_id, scope, audience, dialect, family_id,
			issued_at, expires_at, last_seen_at
		FROM access_tokens WHERE client_id = $1 AND revoked_at = 0 AND expires_at > $2
		UNION ALL
		SELECT TRUE, f.client_id, f.id, r.secret_id, f.person_id, f.scope, f.audience, f.dialect, f.id, r.issued_at, r.expires_at, 0
		FROM families f JOIN refresh_tokens r ON r.family_id = f.id
		WHERE f.client_id = $1 AND f.revoked_at = 0 AND f.expires_at > $2 AND r.consumed_at = 0 AND r.expires_at > $2
			AND NOT EXISTS (SELECT 1 FROM refresh_tokens n
				WHERE n.family_id = f.id AND n.consumed_at = 0 AND n.expires_at > $2 AND (n.issued_at, n.hash) > (r.issued_at, r.hash))
		) live
	LEFT JOIN people p ON p.id = live.person_id
	LEFT JOIN client_secrets s ON s.id = live.secret_id`

// CountLiveTokens counts an app's access and refresh tokens that are live at now; with a
// secret's id, only those issued to that secret.
func (r *Reader) CountLiveTokens(ctx context.Context, clientID, secretID string, now time.Time) (int, error) {
	return one(ctx, r, "CountLiveTokens", value[int],
		`SELECT (SELECT COUNT(*) FROM access_tokens
				WHERE client_id = $1 AND ($2 = '' OR secret_id = $2) AND revoked_at = 0 AND expires_at > $3)
			+ (SELECT COUNT(DISTINCT f.id) FROM families f JOIN refresh_tokens r ON r.family_id = f.id
				WHERE f.client_id = $1 AND ($2 = '' OR r.secret_id = $2)
					AND f.revoked_at = 0 AND f.expires_at > $3 AND r.consumed_at = 0 AND r.expires_at > $3)`,
		clientID, secretID, unix(now))
}

// LiveTokensBySecret counts the access and refresh tokens that are live at now by the secret
// they were issued to, of a team's apps, or only of the app with this clientID.
func (r *Reader) LiveTokensBySecret(ctx context.Context, teamID, clientID string, now time.Time) (map[string]int, error) {
	type row struct {
		secretID string
		tokens   int
	}
	rows, err := all(ctx, r, "LiveTokensBySecret", func(s scanner) (x row, err error) { return x, s.Scan(&x.secretID, &x.tokens) },
		`SELECT secret_id, COUNT(*)
		FROM access_tokens
		WHERE client_id IN (SELECT client_id FROM apps WHERE `+ofTeam+`)
			AND revoked_at = 0 AND expires_at > $3 AND secret_id <> ''
		GROUP BY secret_id
		UNION ALL
		SELECT t.secret_id, COUNT(DISTINCT t.family_id)
		FROM refresh_tokens t
		JOIN families f ON f.id = t.family_id
		WHERE f.client_id IN (SELECT client_id FROM apps WHERE `+ofTeam+`)
			AND f.revoked_at = 0 AND f.expires_at > $3 AND t.consumed_at = 0 AND t.expires_at > $3 AND t.secret_id <> ''
		GROUP BY t.secret_id`, teamID, clientID, unix(now))
	out := map[string]int{}
	for _, x := range rows {
		out[x.secretID] += x.tokens
	}
	return out, err
}
