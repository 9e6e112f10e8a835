package db

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Authorization is everything that a person has allowed an app.
type Authorization struct {
	ID, PersonID, ClientID string
	Scopes                 []string
	CreatedAt, UpdatedAt   time.Time
}

// AuthorizedApp is an authorization with what its page shows about it.
type AuthorizedApp struct {
	Authorization
	AppName, TeamName string
	LiveTokens        int // access and refresh tokens
	LastUsedAt        time.Time
}

const authorizationColumns = `id, person_id, client_id, scopes, created_at, updated_at`

func scanAuthorization(s scanner) (a Authorization, err error) {
	var scopes string
	var created, updated int64
	err = s.Scan(&a.ID, &a.PersonID, &a.ClientID, &scopes, &created, &updated)
	a.Scopes, a.CreatedAt, a.UpdatedAt = strings.Fields(scopes), at(created), at(updated)
	return a, err
}

// Authorization returns what a person has allowed an app, or ErrNotFound.
func (r *Reader) Authorization(ctx context.Context, personID, clientID string) (Authorization, error) {
	return one(ctx, r, "Authorization", scanAuthorization,
		`SELECT `+authorizationColumns+`
		FROM authorizations
		WHERE person_id = $1 AND client_id = $2`, personID, clientID)
}

// AuthorizationsOf lists what a person has allowed, the latest first.
func (r *Reader) AuthorizationsOf(ctx context.Context, personID string, now time.Time) ([]AuthorizedApp, error) {
	scan := func(s scanner) (x AuthorizedApp, err error) {
		var scopes string
		var created, updated, used int64
		err = s.Scan(&x.ID, &x.PersonID, &x.ClientID, &scopes, &created, &updated, &x.AppName, &x.TeamName, &x.LiveTokens, &used)
		x.Scopes, x.CreatedAt, x.UpdatedAt, x.LastUsedAt = strings.Fields(scopes), at(created), at(updated), at(used)
		return x, err
	}
	return all(ctx, r, "AuthorizationsOf", scan,
		`SELECT a.id, a.person_id, a.client_id, a.scopes, a.created_at, a.updated_at, apps.name, teams.name,
			(SELECT COUNT(*) FROM access_tokens t JOIN families f ON f.id = t.family_id
				WHERE f.person_id = a.person_id AND f.client_id = a.client_id
					AND t.revoked_at = 0 AND t.expires_at > $2)
			+ (SELECT COUNT(*) FROM refresh_tokens r JOIN families f ON f.id = r.family_id
				WHERE f.person_id = a.person_id AND f.client_id = a.client_id
					AND r.consumed_at = 0 AND r.expires_at > $2 AND f.expires_at > $2),
			(SELECT COALESCE(MAX(last_used_at), 0) FROM families f WHERE f.person_id = a.person_id AND f.client_id = a.client_id)
		FROM authorizations a
		JOIN apps ON apps.client_id = a.client_id
		JOIN teams ON teams.id = apps.team_id
		WHERE a.person_id = $1
		ORDER BY a.updated_at DESC, a.id`, personID, unix(now))
}

// KeepAuthorization adds scopes to what a person has allowed an app. A new row gets this id.
func (t *Tx) KeepAuthorization(ctx context.Context, personID, clientID string, scopes []string, id string) (Authorization, error) {
	// The upsert ensures that the row exists and locks it before it is read.
	if _, err := t.exec(ctx, "KeepAuthorization",
		`INSERT INTO authorizations (`+authorizationColumns+`)
		VALUES ($1, $2, $3, '', $4, $4)
		ON CONFLICT (person_id, client_id) DO UPDATE SET updated_at = excluded.updated_at`,
		id, personID, clientID, unix(t.Now)); err != nil {
		return Authorization{}, err
	}
	a, err := t.Authorization(ctx, personID, clientID)
	if err != nil {
		return a, err
	}
	for _, s := range scopes {
		if !slices.Contains(a.Scopes, s) {
			a.Scopes = append(a.Scopes, s)
		}
	}
	return a, t.mustTouch(ctx, "KeepAuthorization",
		`UPDATE authorizations
		SET scopes = $2
		WHERE id = $1`, a.ID, strings.Join(a.Scopes, " "))
}

// RevokeAuthorization deletes what a person has allowed an app, and revokes every code and token
// issued under it.
func (t *Tx) RevokeAuthorization(ctx context.Context, id, personID string) (Authorization, error) {
	a, err := one(ctx, &t.Reader, "RevokeAuthorization", scanAuthorization,
		`DELETE FROM authorizations
		WHERE id = $1 AND person_id = $2
		RETURNING `+authorizationColumns, id, personID)
	if err != nil {
		return a, err
	}
	_, err = t.revokeFamilies(ctx, `person_id = $2 AND client_id = $3`, a.PersonID, a.ClientID)
	return a, err
}
