package db

import (
	"context"
	"slices"
	"strings"
	"time"
)

// Why the person is asked again although an authorization exists, as in Authorization.Ended: what
// changed about the app.
const (
	EndedTeam         = "team"          // it moved to another team
	EndedRedirectURIs = "redirect_uris" // it has other redirect URIs
	EndedScopes       = "scopes"        // it has more scopes
)

// Authorization is everything that a person has allowed an app: scopes, in the teams with the ids
// in Teams, with answers sent to RedirectURIs. Ended is empty while it counts without asking again.
type Authorization struct {
	ID, PersonID, ClientID string
	Scopes                 []string
	Teams                  []string
	RedirectURIs           []string
	Ended                  string
	CreatedAt, UpdatedAt   time.Time
}

// AuthorizedApp is an authorization with what its page shows about it.
type AuthorizedApp struct {
	Authorization
	AppName, TeamName string
	LiveTokens        int // access and refresh tokens
	LastUsedAt        time.Time
}

const authorizationColumns = `id, person_id, client_id, scopes, teams, redirect_uris, ended, created_at, updated_at`

func scanAuthorization(s scanner) (a Authorization, err error) {
	var scopes, teams, redirects string
	var created, updated int64
	err = s.Scan(&a.ID, &a.PersonID, &a.ClientID, &scopes, &teams, &redirects, &a.Ended, &created, &updated)
	a.Scopes, a.Teams, a.RedirectURIs = strings.Fields(scopes), strings.Fields(teams), strings.Fields(redirects)
	a.CreatedAt, a.UpdatedAt = at(created), at(updated)
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
		var scopes, teams string
		var created, updated, used int64
		err = s.Scan(&x.ID, &x.PersonID, &x.ClientID, &scopes, &teams, &created, &updated, &x.AppName, &x.TeamName, &x.LiveTokens, &used)
		x.Scopes, x.Teams = strings.Fields(scopes), strings.Fields(teams)
		x.CreatedAt, x.UpdatedAt, x.LastUsedAt = at(created), at(updated), at(used)
		return x, err
	}
	return all(ctx, r, "AuthorizationsOf", scan,
		`SELECT a.id, a.person_id, a.client_id, a.scopes, a.teams, a.created_at, a.updated_at, apps.name, teams.name,
			(SELECT COUNT(*) FROM access_tokens t JOIN families f ON f.id = t.family_id
				WHERE f.person_id = a.person_id AND f.client_id = a.client_id
					AND t.revoked_at = 0 AND t.expires_at > $2)
			+ (SELECT COUNT(DISTINCT f.id) FROM refresh_tokens r JOIN families f ON f.id = r.family_id
				WHERE f.person_id = a.person_id AND f.client_id = a.client_id
					AND r.consumed_at = 0 AND r.expires_at > $2 AND f.expires_at > $2),
			(SELECT COALESCE(MAX(last_used_at), 0) FROM families f WHERE f.person_id = a.person_id AND f.client_id = a.client_id)
		FROM authorizations a
		JOIN apps ON apps.client_id = a.client_id
		JOIN teams ON teams.id = apps.team_id
		WHERE a.person_id = $1
		ORDER BY a.updated_at DESC, a.id`, personID, unix(now))
}

// LockAuthorization locks what a person has allowed an app until the transaction ends, and returns
// it. If there is nothing yet, it adds a row with this id that allows nothing.
func (t *Tx) LockAuthorization(ctx context.Context, personID, clientID, id string) (Authorization, error) {
	if _, err := t.exec(ctx, "LockAuthorization",
		`INSERT INTO authorizations (`+authorizationColumns+`)
		VALUES ($1, $2, $3, '', '', '', '', $4, $4)
		ON CONFLICT (person_id, client_id) DO UPDATE SET updated_at = excluded.updated_at`,
		id, personID, clientID, unix(t.Now)); err != nil {
		return Authorization{}, err
	}
	return t.Authorization(ctx, personID, clientID)
}

// UpdateAuthorization stores the scopes, teams and redirect URIs of an authorization, and why it has
// ended.
func (t *Tx) UpdateAuthorization(ctx context.Context, a Authorization) error {
	return t.mustTouch(ctx, "UpdateAuthorization",
		`UPDATE authorizations
		SET scopes = $2, teams = $3, redirect_uris = $4, ended = $5
		WHERE id = $1`, a.ID, strings.Join(a.Scopes, " "), strings.Join(a.Teams, " "), strings.Join(a.RedirectURIs, " "), a.Ended)
}

// EndAuthorizations has everybody who authorized an app asked again before it gets another code,
// for a reason such as EndedTeam. Consent pages that are open can no longer be answered.
func (t *Tx) EndAuthorizations(ctx context.Context, clientID, why string) error {
	if _, err := t.exec(ctx, "EndAuthorizations", `UPDATE authorizations SET ended = $2 WHERE client_id = $1`, clientID, why); err != nil {
		return err
	}
	_, err := t.exec(ctx, "EndAuthorizations",
		`UPDATE consent_requests SET answered_at = $2 WHERE client_id = $1 AND answered_at = 0`, clientID, unix(t.Now))
	return err
}

// unbindTeam takes a team from everything that a person has allowed apps.
func (t *Tx) unbindTeam(ctx context.Context, teamID, personID string) error {
	other := func(id string) bool { return id != teamID }
	if err := t.rebindFamilies(ctx, other, `person_id = $1 AND revoked_at = 0`, personID); err != nil {
		return err
	}
	list, err := all(ctx, &t.Reader, "unbindTeam", scanAuthorization,
		`SELECT `+authorizationColumns+` FROM authorizations WHERE person_id = $1`, personID)
	for _, a := range list {
		if err == nil && slices.Contains(a.Teams, teamID) {
			a.Teams = slices.DeleteFunc(a.Teams, func(id string) bool { return id == teamID })
			err = t.UpdateAuthorization(ctx, a)
		}
	}
	return err
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
