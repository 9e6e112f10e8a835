package catalogue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// Document is an OpenAPI document that was parsed without a fatal finding. Servers and Scopes are those
// that it declares. Findings and Facts are stored unchanged.
type Document struct {
	Title           string
	JSON            []byte
	Findings, Facts string
	Servers, Scopes []string
	SourceURL       string // where it was fetched; empty if it was pasted or uploaded
	Restores        int64  // the version that it restores; 0 for a new document
}

// SaveDocument adds a document as the newest version and returns that version's number. The first
// document gives the API its slug. Servers that the document no longer declares lose their approval, and
// apps that have none of its scopes can no longer request tokens for the API, unless it names its apps.
func (cs *Catalogue) SaveDocument(ctx context.Context, a hub.Actor, id string, d Document) (version int64, err error) {
	if err := cs.hub.MayOwn(ctx, a, "add a document to an API"); err != nil {
		return 0, err
	}
	err = cs.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		api, err := tx.API(ctx, id)
		if err != nil {
			return err
		}
		if api.Slug == "" {
			if api.Slug, err = freeSlug(ctx, tx, api.Name); err != nil {
				return err
			}
		}
		if d.Restores == 0 {
			api.SourceURL = d.SourceURL
		}
		api.Servers = slices.DeleteFunc(api.Servers, func(s string) bool { return !slices.Contains(d.Servers, s) })
		api.Scopes = slices.DeleteFunc(slices.Clone(d.Scopes), func(s string) bool { return !ValidScope(s) })
		if err := tx.UpdateAPI(ctx, api); err != nil {
			return err
		}
		version, err = tx.InsertAPIDocument(ctx, db.APIDocument{
			APIID: id, Title: d.Title, Document: d.JSON, Findings: d.Findings, Facts: d.Facts, CreatedBy: a.ID,
		})
		if err != nil {
			return err
		}
		detail := fmt.Sprintf("version %d", version)
		if d.Restores > 0 {
			detail += fmt.Sprintf(", which is version %d again", d.Restores)
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionAPIDocumented, Target: hub.OfAPI(api), Detail: detail})
	})
	return version, err
}

// RestoreDocument adds a copy of an older version as the newest one. declared returns the servers and
// scopes that a document declares.
func (cs *Catalogue) RestoreDocument(ctx context.Context, a hub.Actor, id string, old int64, declared func(db.APIDocument) (servers, scopes []string, err error)) (version int64, err error) {
	if err := cs.hub.MayOwn(ctx, a, "restore a document of an API"); err != nil {
		return 0, err
	}
	d, err := cs.hub.DB.APIDocument(ctx, id, old)
	if err != nil {
		return 0, err
	}
	servers, scopes, err := declared(d)
	if err != nil {
		return 0, err
	}
	return cs.SaveDocument(ctx, a, id, Document{Title: d.Title, JSON: d.Document, Findings: d.Findings, Facts: d.Facts, Servers: servers, Scopes: scopes, Restores: old})
}

// maxSlug is the longest slug that is made from a name, without a number at its end.
const maxSlug = 40

// freeSlug returns a slug made from an API's name that no other API has.
func freeSlug(ctx context.Context, tx *db.Tx, name string) (string, error) {
	var b strings.Builder
	for _, c := range strings.ToLower(name) {
		switch {
		case b.Len() >= maxSlug:
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			b.WriteRune(c)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	word := strings.Trim(b.String(), "-")
	if word == "" {
		word = "api"
	}
	for n := 1; ; n++ {
		slug := word
		if n > 1 {
			slug = fmt.Sprintf("%s-%d", word, n)
		}
		if slices.Contains(reservedSlugs, slug) {
			continue
		}
		if _, err := tx.APIBySlug(ctx, slug); errors.Is(err, db.ErrNotFound) {
			return slug, nil
		} else if err != nil {
			return "", err
		}
	}
}

// APICalls are the servers of an API that pages of the portal can call, and how.
type APICalls struct {
	Version  int64    // of the document, which must be the newest
	Declared []string // the servers that it declares
	Servers  []string // those of them that are approved
	Direct   bool
	Seen     *SeenAPI // nil: save them whatever the API is now
}

// SaveAPICalls approves servers of an API, and no others. If the API is no longer as in c.Seen, it returns
// *hub.Changed.
func (cs *Catalogue) SaveAPICalls(ctx context.Context, a hub.Actor, id string, c APICalls) error {
	if err := cs.hub.MayOwn(ctx, a, "approve an API's servers"); err != nil {
		return err
	}
	return cs.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		api, err := tx.LockAPI(ctx, id)
		if err == nil {
			err = c.Seen.check(ctx, tx, api)
		}
		if err != nil {
			return err
		}
		way, err := c.approve(ctx, tx, &api)
		if err != nil {
			return err
		}
		if err := tx.UpdateAPI(ctx, api); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionAPIChanged, Target: hub.OfAPI(api), Detail: way})
	})
}

// approve sets the servers of the API, and returns a text for the audit log.
func (c APICalls) approve(ctx context.Context, tx *db.Tx, api *db.API) (way string, err error) {
	for _, s := range c.Servers {
		if !slices.Contains(c.Declared, s) {
			return "", hub.BadField("servers", "The document doesn't declare this server. Load the page again.")
		}
	}
	newest, err := tx.APIDocuments(ctx, api.ID, 1)
	if err != nil {
		return "", err
	}
	if len(newest) == 0 || newest[0].Version != c.Version {
		return "", hub.BadField("servers", "The document was replaced in the meantime. Load the page again.")
	}
	if api.Servers, api.Direct = c.Servers, c.Direct; c.Direct {
		return "directly: " + strings.Join(c.Servers, " "), nil
	}
	return "by the proxy: " + strings.Join(c.Servers, " "), nil
}
