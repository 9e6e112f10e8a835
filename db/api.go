package db

import (
	"context"
	"time"
)

// API is one that tokens can be for, beside the portal's own. Audience is the URI that
// clients name as resource (RFC 8707) and that stands as aud in their tokens.
type API struct {
	ID, Name, Audience string
	CreatedAt          time.Time
}

// APIs lists the APIs by name.
func (r *Reader) APIs(ctx context.Context) ([]API, error) {
	return all(ctx, r, "APIs", func(s scanner) (a API, err error) {
		var created int64
		err = s.Scan(&a.ID, &a.Name, &a.Audience, &created)
		a.CreatedAt = at(created)
		return a, err
	}, `SELECT id, name, audience, created_at FROM apis ORDER BY name, id`)
}

// InsertAPI adds an API; an audience that another has gives ErrConflict.
func (t *Tx) InsertAPI(ctx context.Context, a API) error {
	_, err := t.exec(ctx, "InsertAPI", `INSERT INTO apis (id, name, audience, created_at) VALUES ($1, $2, $3, $4)`, a.ID, a.Name, a.Audience, unix(a.CreatedAt))
	return err
}

// DeleteAPI removes an API. Tokens that were issued for it live on.
func (t *Tx) DeleteAPI(ctx context.Context, id string) error {
	return t.mustTouch(ctx, "DeleteAPI", `DELETE FROM apis WHERE id = $1`, id)
}
