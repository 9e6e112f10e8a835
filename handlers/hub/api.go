package hub

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// APIs lists the APIs that tokens can be for, beside the portal's own.
func (h *Hub) APIs(ctx context.Context, a Actor) ([]db.API, error) {
	if err := mayOwn(a, "see the portal's APIs"); err != nil {
		return nil, err
	}
	return h.DB.APIs(ctx)
}

// AddAPI lets clients ask for tokens whose audience is this API (RFC 8707).
func (h *Hub) AddAPI(ctx context.Context, a Actor, name, audience string) error {
	if err := mayOwn(a, "add an API"); err != nil {
		return err
	}
	bad := &Invalid{}
	api := db.API{ID: secret.JTI(), Name: cleanName(bad, "name", "a name for the API", name, 100), Audience: strings.TrimSpace(audience), CreatedAt: h.Now()}
	if !ValidAudience(api.Audience) {
		bad.add("audience", "Write an absolute URI without a fragment, such as https://api.example.")
	} else if api.Audience == h.Issuer {
		bad.add("audience", "This is the portal's own address, which tokens are for anyway.")
	}
	if err := bad.orNil(); err != nil {
		return err
	}
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.InsertAPI(ctx, api); errors.Is(err, db.ErrConflict) {
			return invalid("audience", "There is an API with this audience already.")
		} else if err != nil {
			return err
		}
		return a.record(ctx, tx, "api.added", "", "api", api.ID, api.Name, api.Audience)
	})
}

// ValidAudience says whether a URI can name an API: absolute, and without a fragment
// (RFC 8707 section 2).
func ValidAudience(s string) bool {
	u, err := url.Parse(s)
	if err != nil || !u.IsAbs() || strings.Contains(s, "#") || len(s) > 500 || u.Host == "" && u.Opaque == "" {
		return false
	}
	return !strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c > '~' || c == '"' || c == '\\' })
}

// RemoveAPI ends the issuing of tokens for an API. Those that were issued live on.
func (h *Hub) RemoveAPI(ctx context.Context, a Actor, id string) error {
	if err := mayOwn(a, "remove an API"); err != nil {
		return err
	}
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		apis, err := tx.APIs(ctx)
		if err != nil {
			return err
		}
		for _, api := range apis {
			if api.ID == id {
				if err := tx.DeleteAPI(ctx, id); err != nil {
					return err
				}
				return a.record(ctx, tx, "api.removed", "", "api", id, api.Name, api.Audience)
			}
		}
		return db.ErrNotFound
	})
}
