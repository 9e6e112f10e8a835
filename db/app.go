package db

import (
	"cmp"
	"context"
	"database/sql"
	"strings"
	"time"
)

// How an app authenticates: the methods of RFC 7591 section 2, where a secret may come by HTTP
// Basic or in the body.
const (
	AuthSecret = "client_secret"
	AuthJWT    = "private_key_jwt"
	AuthNone   = "none"
)

// Grant types, as in App.Grants and in requests (RFC 6749 section 4, RFC 8628 section 3.4).
const (
	GrantClient     = "client_credentials"
	GrantCode       = "authorization_code"
	GrantRefresh    = "refresh_token"
	GrantDeviceCode = "urn:ietf:params:oauth:grant-type:device_code"
)

// App is an OAuth client. Grants are grant types (RFC 6749), TokenLifetime is how long its
// access tokens live. CreatedBy is a person's id or, when the API made it, a client_id.
type App struct {
	ClientID, TeamID  string
	Name, Description string
	Kind              string // server, web or native
	Grants, Scopes    []string
	TokenLifetime     time.Duration
	RefreshGrace      time.Duration // for which a used refresh token still answers
	RedirectURIs      []string
	AuthMethod        string // client_secret, private_key_jwt or none
	JWKS, JWKSURI     string // the public keys of private_key_jwt: a JWK set, or where to fetch it
	QueryParameters   bool   // accepts token requests in the query string (Netrex's document)
	Introspection     string // whose tokens it may introspect: none (empty), the team's or the portal's (team, portal)
	// Its own limit of tokens: in a burst, and per second. Zero means the portal's.
	MintBurst, MintRate int

	CreatedBy   string
	CreatedAt   time.Time
	UpdatedAt   time.Time
	FirstCallAt time.Time // when one of its tokens first reached the API
}

const appColumns = `client_id, team_id, name, description, kind, grants, scopes, token_lifetime,
	redirect_uris, auth_method, jwks, jwks_uri, query_parameters, introspection, created_by, created_at, updated_at, first_call_at,
	mint_burst, mint_rate, refresh_grace`

func scanApp(s scanner) (a App, err error) {
	var grants, scopes, redirects string
	var lifetime, grace, created, updated, called int64
	var burst, rate sql.NullInt64
	err = s.Scan(&a.ClientID, &a.TeamID, &a.Name, &a.Description, &a.Kind, &grants, &scopes, &lifetime,
		&redirects, &a.AuthMethod, &a.JWKS, &a.JWKSURI, &a.QueryParameters, &a.Introspection,
		&a.CreatedBy, &created, &updated, &called, &burst, &rate, &grace)
	a.Grants, a.Scopes, a.RedirectURIs = strings.Fields(grants), strings.Fields(scopes), strings.Fields(redirects)
	a.TokenLifetime, a.RefreshGrace = time.Duration(lifetime)*time.Second, time.Duration(grace)*time.Second
	a.MintBurst, a.MintRate = int(burst.Int64), int(rate.Int64)
	a.CreatedAt, a.UpdatedAt, a.FirstCallAt = at(created), at(updated), at(called)
	return a, err
}

// App returns the app with this client id, or ErrNotFound.
func (r *Reader) App(ctx context.Context, clientID string) (App, error) {
	return one(ctx, r, "App", scanApp, `SELECT `+appColumns+` FROM apps WHERE client_id = $1`, clientID)
}

// Apps lists a team's apps by name.
func (r *Reader) Apps(ctx context.Context, teamID string) ([]App, error) {
	return all(ctx, r, "Apps", scanApp, `SELECT `+appColumns+` FROM apps WHERE team_id = $1 ORDER BY name, client_id`, teamID)
}

// AppsOf lists by name the apps of every team where the person is not a viewer; an owner's are
// all apps.
func (r *Reader) AppsOf(ctx context.Context, personID string) ([]App, error) {
	return all(ctx, r, "AppsOf", scanApp,
		`SELECT `+appColumns+`
		FROM apps
		WHERE team_id IN (SELECT team_id FROM memberships WHERE person_id = $1 AND role <> 'viewer'
			UNION SELECT t.id FROM teams t JOIN people p ON p.id = $1 AND p.is_owner)
		ORDER BY name, client_id`, personID)
}

// LockApp locks an app until the transaction ends and returns it, or ErrNotFound.
func (t *Tx) LockApp(ctx context.Context, clientID string) (App, error) {
	return lock(ctx, t, "LockApp", scanApp, `SELECT `+appColumns+` FROM apps WHERE client_id = $1`, clientID)
}

// InsertApp adds an app. It returns ErrConflict if the team already has an app of that name.
func (t *Tx) InsertApp(ctx context.Context, a App) error {
	_, err := t.exec(ctx, "InsertApp",
		`INSERT INTO apps (`+appColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`,
		a.ClientID, a.TeamID, a.Name, a.Description, a.Kind, strings.Join(a.Grants, " "), strings.Join(a.Scopes, " "),
		int64(a.TokenLifetime/time.Second), strings.Join(a.RedirectURIs, " "), authMethod(a), a.JWKS, a.JWKSURI,
		a.QueryParameters, a.Introspection, a.CreatedBy, unix(a.CreatedAt), unix(a.UpdatedAt), unix(a.FirstCallAt), orNull(a.MintBurst), orNull(a.MintRate),
		int64(a.RefreshGrace/time.Second))
	return err
}

// UpdateApp stores the settings of an app. It returns ErrConflict if the team already has an app
// of that name.
func (t *Tx) UpdateApp(ctx context.Context, a App) error {
	return t.mustTouch(ctx, "UpdateApp",
		`UPDATE apps
		SET name = $2, description = $3, scopes = $4, token_lifetime = $5, updated_at = $6, grants = $7,
			redirect_uris = $8, auth_method = $9, jwks = $10, jwks_uri = $11, query_parameters = $12, introspection = $13, mint_burst = $14, mint_rate = $15,
			refresh_grace = $16
		WHERE client_id = $1`,
		a.ClientID, a.Name, a.Description, strings.Join(a.Scopes, " "), int64(a.TokenLifetime/time.Second), unix(t.Now),
		strings.Join(a.Grants, " "), strings.Join(a.RedirectURIs, " "), authMethod(a),
		a.JWKS, a.JWKSURI, a.QueryParameters, a.Introspection, orNull(a.MintBurst), orNull(a.MintRate), int64(a.RefreshGrace/time.Second))
}

// orNull returns a number, or NULL for zero.
func orNull(n int) sql.NullInt64 { return sql.NullInt64{Int64: int64(n), Valid: n != 0} }

// authMethod is the app's method, client_secret by default.
func authMethod(a App) string { return cmp.Or(a.AuthMethod, AuthSecret) }

// MoveApp moves an app to another team. It returns ErrConflict if that team already has an app
// of that name. Secrets of the app that are being handed over are cancelled: their recipients
// were teammates.
func (t *Tx) MoveApp(ctx context.Context, clientID, teamID string) error {
	if err := t.mustTouch(ctx, "MoveApp",
		`UPDATE apps
		SET team_id = $2, updated_at = $3
		WHERE client_id = $1`, clientID, teamID, unix(t.Now)); err != nil {
		return err
	}
	_, err := t.exec(ctx, "MoveApp",
		`UPDATE handovers
		SET ciphertext = '', cancelled_at = $2
		WHERE client_id = $1 AND opened_at = 0 AND cancelled_at = 0`, clientID, unix(t.Now))
	return err
}

// NoteFirstCall stores when an app first called the API, once.
func (t *Tx) NoteFirstCall(ctx context.Context, clientID string) error {
	_, err := t.exec(ctx, "NoteFirstCall",
		`UPDATE apps SET first_call_at = $2 WHERE client_id = $1 AND first_call_at = 0`, clientID, unix(t.Now))
	return err
}

// DeleteApp removes an app with its secrets, its tokens and their usage.
func (t *Tx) DeleteApp(ctx context.Context, clientID string) error {
	return t.mustTouch(ctx, "DeleteApp", `DELETE FROM apps WHERE client_id = $1`, clientID)
}
