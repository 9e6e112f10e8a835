package db

import (
	"context"
	"time"
)

// APIDocument is one version of the OpenAPI document of an API. Document is JSON as it is
// served; Findings and Facts are the JSON of package apidoc.
type APIDocument struct {
	APIID           string
	Version         int64 // 1, 2, 3 and so on
	Title           string
	Document        []byte
	Findings, Facts string
	CreatedBy       string // a person's id, or the name of what isn't a person
	CreatedAt       time.Time
}

const documentHead = `api_id, version, title, findings, facts, created_by, created_at`

func (d *APIDocument) head(created *int64) []any {
	return []any{&d.APIID, &d.Version, &d.Title, &d.Findings, &d.Facts, &d.CreatedBy, created}
}

func scanDocumentHead(s scanner) (d APIDocument, err error) {
	var created int64
	err = s.Scan(d.head(&created)...)
	d.CreatedAt = at(created)
	return d, err
}

// APIDocuments lists the versions of an API's document, newest first, up to limit, without the
// documents themselves.
func (r *Reader) APIDocuments(ctx context.Context, apiID string, limit int) ([]APIDocument, error) {
	return r.APIDocumentsBefore(ctx, apiID, 0, limit)
}

// APIDocumentsBefore is APIDocuments for the versions below one (0: all of them).
func (r *Reader) APIDocumentsBefore(ctx context.Context, apiID string, version int64, limit int) ([]APIDocument, error) {
	return all(ctx, r, "APIDocumentsBefore", scanDocumentHead,
		`SELECT `+documentHead+`
		FROM api_documents
		WHERE api_id = $1 AND (CAST($2 AS BIGINT) = 0 OR version < CAST($2 AS BIGINT))
		ORDER BY version DESC LIMIT $3`,
		apiID, version, limit)
}

// APIDocument returns one version of an API's document (0: the newest), or ErrNotFound.
func (r *Reader) APIDocument(ctx context.Context, apiID string, version int64) (APIDocument, error) {
	return one(ctx, r, "APIDocument", func(s scanner) (d APIDocument, err error) {
		var created int64
		err = s.Scan(append(d.head(&created), &d.Document)...)
		d.CreatedAt = at(created)
		return d, err
	},
		`SELECT `+documentHead+`, document
		FROM api_documents
		WHERE api_id = $1 AND (CAST($2 AS BIGINT) = 0 OR version = CAST($2 AS BIGINT))
		ORDER BY version DESC LIMIT 1`, apiID, version)
}

// InsertAPIDocument adds a document as its API's newest version and returns that version's
// number. Of two concurrent calls one may return ErrConflict.
func (t *Tx) InsertAPIDocument(ctx context.Context, d APIDocument) (version int64, err error) {
	err = t.tx.QueryRowContext(ctx,
		`INSERT INTO api_documents (api_id, version, title, document, findings, facts, created_by, created_at)
		VALUES ($1, (SELECT COALESCE(MAX(version), 0) + 1 FROM api_documents WHERE api_id = $1), $2, $3, $4, $5, $6, $7)
		RETURNING version`,
		d.APIID, d.Title, d.Document, d.Findings, d.Facts, d.CreatedBy, unix(t.Now)).Scan(&version)
	return version, t.fail("InsertAPIDocument", err)
}
