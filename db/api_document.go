package db

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"time"
)

// APIDocument is one version of the OpenAPI document of an API. Document is JSON as it is
// served, and stored compressed; Findings and Facts are the JSON of package apidoc.
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

// whichDocument is the condition of one version (0: the newest).
const whichDocument = `
		WHERE api_id = $1 AND (CAST($2 AS BIGINT) = 0 OR version = CAST($2 AS BIGINT))
		ORDER BY version DESC LIMIT 1`

// APIDocument returns one version of an API's document (0: the newest), or ErrNotFound.
func (r *Reader) APIDocument(ctx context.Context, apiID string, version int64) (APIDocument, error) {
	d, packed, err := r.PackedAPIDocument(ctx, apiID, version)
	if err != nil {
		return d, err
	}
	d.Document, err = unpack(packed)
	return d, r.fail("APIDocument", err)
}

// APIDocumentHead is APIDocument without the document itself.
func (r *Reader) APIDocumentHead(ctx context.Context, apiID string, version int64) (APIDocument, error) {
	return one(ctx, r, "APIDocumentHead", scanDocumentHead, `SELECT `+documentHead+` FROM api_documents`+whichDocument, apiID, version)
}

// PackedAPIDocument is APIDocumentHead with the document as it is stored: compressed by gzip, or as it is if an older
// release stored it.
func (r *Reader) PackedAPIDocument(ctx context.Context, apiID string, version int64) (d APIDocument, packed []byte, err error) {
	d, err = one(ctx, r, "PackedAPIDocument", func(s scanner) (d APIDocument, err error) {
		var created int64
		err = s.Scan(append(d.head(&created), &packed)...)
		d.CreatedAt = at(created)
		return d, err
	}, `SELECT `+documentHead+`, document FROM api_documents`+whichDocument, apiID, version)
	return d, packed, err
}

// maxUnpacked bounds what a stored document unpacks to, in bytes: more than any that can be stored.
const maxUnpacked = 64 << 20

// IsPacked says whether a stored document is compressed. JSON can't start like that.
func IsPacked(document []byte) bool { return bytes.HasPrefix(document, []byte{0x1f, 0x8b}) }

func pack(document []byte) ([]byte, error) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(document); err != nil {
		return nil, err
	}
	err := w.Close()
	return out.Bytes(), err
}

func unpack(document []byte) ([]byte, error) {
	if !IsPacked(document) {
		return document, nil
	}
	r, err := gzip.NewReader(bytes.NewReader(document))
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	return io.ReadAll(io.LimitReader(r, maxUnpacked))
}

// InsertAPIDocument adds a document as its API's newest version and returns that version's
// number. Of two concurrent calls one may return ErrConflict.
func (t *Tx) InsertAPIDocument(ctx context.Context, d APIDocument) (version int64, err error) {
	packed, err := pack(d.Document)
	if err != nil {
		return 0, t.fail("InsertAPIDocument", err)
	}
	err = t.tx.QueryRowContext(ctx,
		`INSERT INTO api_documents (api_id, version, title, document, findings, facts, created_by, created_at)
		VALUES ($1, (SELECT COALESCE(MAX(version), 0) + 1 FROM api_documents WHERE api_id = $1), $2, $3, $4, $5, $6, $7)
		RETURNING version`,
		d.APIID, d.Title, packed, d.Findings, d.Facts, d.CreatedBy, unix(t.Now)).Scan(&version)
	return version, t.fail("InsertAPIDocument", err)
}
