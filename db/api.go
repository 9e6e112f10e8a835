package db

import (
	"cmp"
	"context"
	"strings"
	"time"
)

// API is an API that tokens can be issued for, apart from the portal's own. Audience is the URI
// that clients name as resource (RFC 8707), and the aud claim of their tokens.
type API struct {
	ID, Name, Audience string
	CreatedAt          time.Time
	// Slug is the last part of its address /apis/{slug}; empty while it has no document.
	Slug string
	// SourceURL is where its document was fetched from; empty if it was pasted or uploaded.
	SourceURL string
	// Servers are the document's servers that the portal's pages may call.
	Servers []string
	// Direct says that its servers accept calls from the portal's origin; otherwise calls go
	// through the portal's proxy.
	Direct bool
	// Scopes are those that its newest document names.
	Scopes []string
	// Access says which apps may request tokens for it: AccessByScopes or AccessByApps.
	Access    string
	UpdatedAt time.Time // zero: never
}

// Which apps may request tokens for an API, as in API.Access.
const (
	AccessByScopes = "scopes" // those that have one of the API's scopes
	AccessByApps   = "apps"   // those of SetAppsOfAPI, whatever their scopes
)

const apiColumns = `id, name, audience, created_at, slug, source_url, servers, direct, scopes, access, updated_at`

func scanAPI(s scanner) (a API, err error) {
	var created, updated int64
	var servers, scopes string
	err = s.Scan(&a.ID, &a.Name, &a.Audience, &created, &a.Slug, &a.SourceURL, &servers, &a.Direct, &scopes, &a.Access, &updated)
	a.CreatedAt, a.UpdatedAt, a.Servers, a.Scopes = at(created), at(updated), strings.Fields(servers), strings.Fields(scopes)
	return a, err
}

// APIs lists the APIs by name.
func (r *Reader) APIs(ctx context.Context) ([]API, error) {
	return all(ctx, r, "APIs", scanAPI, `SELECT `+apiColumns+` FROM apis ORDER BY name, id`)
}

// API returns one API, or ErrNotFound.
func (r *Reader) API(ctx context.Context, id string) (API, error) {
	return one(ctx, r, "API", scanAPI, `SELECT `+apiColumns+` FROM apis WHERE id = $1`, id)
}

// LockAPI returns one API, or ErrNotFound, and locks it until the transaction ends.
func (t *Tx) LockAPI(ctx context.Context, id string) (API, error) {
	return lock(ctx, t, "LockAPI", scanAPI, `SELECT `+apiColumns+` FROM apis WHERE id = $1`, id)
}

// APIBySlug returns the API whose document is at /apis/{slug}, or ErrNotFound.
func (r *Reader) APIBySlug(ctx context.Context, slug string) (API, error) {
	return one(ctx, r, "APIBySlug", scanAPI, `SELECT `+apiColumns+` FROM apis WHERE slug = $1 AND slug <> ''`, slug)
}

// InsertAPI adds an API without a document. It returns ErrConflict if the audience is taken.
func (t *Tx) InsertAPI(ctx context.Context, a API) error {
	_, err := t.exec(ctx, "InsertAPI",
		`INSERT INTO apis (id, name, audience, created_at)
		VALUES ($1, $2, $3, $4)`, a.ID, a.Name, a.Audience, unix(a.CreatedAt))
	return err
}

// UpdateAPI stores an API's name, audience, slug, source, servers, way of calling them, scopes and
// access. It returns ErrConflict if the slug or the audience is taken, and ErrNotFound if the API is gone.
func (t *Tx) UpdateAPI(ctx context.Context, a API) error {
	return t.mustTouch(ctx, "UpdateAPI",
		`UPDATE apis
		SET slug = $1, source_url = $2, servers = $3, direct = $4, updated_at = $5, name = $6, audience = $7,
			scopes = $8, access = $9
		WHERE id = $10`,
		a.Slug, a.SourceURL, strings.Join(a.Servers, " "), a.Direct, unix(t.Now), a.Name, a.Audience,
		strings.Join(a.Scopes, " "), cmp.Or(a.Access, AccessByScopes), a.ID)
}

// AppsOfAPI lists by name the apps that an API with AccessByApps is for.
func (r *Reader) AppsOfAPI(ctx context.Context, apiID string) ([]App, error) {
	return all(ctx, r, "AppsOfAPI", scanApp,
		`SELECT `+appColumns+`
		FROM apps
		WHERE client_id IN (SELECT client_id FROM api_apps WHERE api_id = $1)
		ORDER BY name, client_id`, apiID)
}

// APIsOfApp lists the ids of the APIs that name an app in AppsOfAPI.
func (r *Reader) APIsOfApp(ctx context.Context, clientID string) ([]string, error) {
	return all(ctx, r, "APIsOfApp", value[string], `SELECT api_id FROM api_apps WHERE client_id = $1 ORDER BY api_id`, clientID)
}

// SetAppsOfAPI replaces the apps that an API with AccessByApps is for. It returns ErrNotFound if one
// of them doesn't exist.
func (t *Tx) SetAppsOfAPI(ctx context.Context, apiID string, clientIDs []string) error {
	if _, err := t.exec(ctx, "SetAppsOfAPI", `DELETE FROM api_apps WHERE api_id = $1`, apiID); err != nil {
		return err
	}
	for _, id := range clientIDs {
		if err := t.mustTouch(ctx, "SetAppsOfAPI",
			`INSERT INTO api_apps (api_id, client_id)
			SELECT $1, client_id FROM apps WHERE client_id = $2
			ON CONFLICT (api_id, client_id) DO UPDATE SET client_id = excluded.client_id`, apiID, id); err != nil {
			return err
		}
	}
	return nil
}

// DeleteAPI removes an API with its documents. Tokens that were issued for it stay valid.
func (t *Tx) DeleteAPI(ctx context.Context, id string) error {
	return t.mustTouch(ctx, "DeleteAPI", `DELETE FROM apis WHERE id = $1`, id)
}
