package db

import (
	"context"
	"strings"
	"time"
)

// API is an API that tokens can be issued for, besides the portal's own. Audience is the URI
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
	Direct    bool
	UpdatedAt time.Time // zero: never
}

const apiColumns = `id, name, audience, created_at, slug, source_url, servers, direct, updated_at`

func scanAPI(s scanner) (a API, err error) {
	var created, updated int64
	var servers string
	err = s.Scan(&a.ID, &a.Name, &a.Audience, &created, &a.Slug, &a.SourceURL, &servers, &a.Direct, &updated)
	a.CreatedAt, a.UpdatedAt, a.Servers = at(created), at(updated), strings.Fields(servers)
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

// UpdateAPI stores an API's name, audience, slug, source, servers and way of calling them. It
// returns ErrConflict if the slug or the audience is taken, and ErrNotFound if the API is gone.
func (t *Tx) UpdateAPI(ctx context.Context, a API) error {
	return t.mustTouch(ctx, "UpdateAPI",
		`UPDATE apis
		SET slug = $1, source_url = $2, servers = $3, direct = $4, updated_at = $5, name = $6, audience = $7
		WHERE id = $8`,
		a.Slug, a.SourceURL, strings.Join(a.Servers, " "), a.Direct, unix(t.Now), a.Name, a.Audience, a.ID)
}

// DeleteAPI removes an API with its documents. Tokens that were issued for it stay valid.
func (t *Tx) DeleteAPI(ctx context.Context, id string) error {
	return t.mustTouch(ctx, "DeleteAPI", `DELETE FROM apis WHERE id = $1`, id)
}
