package catalogue

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
)

// APIs lists the APIs that tokens can be for, beside the portal's own.
func (cs *Catalogue) APIs(ctx context.Context, a hub.Actor) ([]db.API, error) {
	if err := hub.MayOwn(a, "see the portal's APIs"); err != nil {
		return nil, err
	}
	return cs.hub.DB.APIs(ctx)
}

// AddAPI lets clients ask for tokens whose audience is this API (RFC 8707). The same Once
// again gives *AlreadyDone with the API's id.
func (cs *Catalogue) AddAPI(ctx context.Context, a hub.Actor, name, audience, once string) (db.API, error) {
	if err := hub.MayOwn(a, "add an API"); err != nil {
		return db.API{}, err
	}
	if err := cs.hub.FirstTime(ctx, a, once); err != nil {
		return db.API{}, err
	}
	bad := &hub.Invalid{}
	api := db.API{ID: secret.JTI(), CreatedAt: cs.hub.Now()}
	cs.nameAPI(bad, &api, name, audience)
	if err := bad.OrNil(); err != nil {
		return api, err
	}
	err := cs.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := hub.UseOnce(ctx, tx, a, once, api.ID); err != nil {
			return err
		}
		if err := tx.InsertAPI(ctx, api); err != nil {
			return audienceTaken(err)
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionAPIAdded, Target: hub.OfAPI(api), Detail: api.Audience})
	})
	return api, cs.hub.DoneBefore(ctx, a, once, err)
}

func audienceTaken(err error) error {
	if errors.Is(err, db.ErrConflict) {
		return hub.BadField("audience", "There is an API with this audience already.")
	}
	return err
}

func (cs *Catalogue) nameAPI(bad *hub.Invalid, api *db.API, name, audience string) {
	api.Name = hub.CleanName(bad, "name", "a name for the API", name, 100)
	if api.Audience = strings.TrimSpace(audience); !ValidAudience(api.Audience) {
		bad.Add("audience", "Write an absolute URI without a fragment, such as https://api.example.")
	} else if api.Audience == cs.hub.Issuer {
		bad.Add("audience", "This is the portal's own address, which tokens are for anyway.")
	}
}

// APIChange is what an API is to be, beside its document.
type APIChange struct {
	Name, Audience string
	Slug           string    // of one with a document; else empty
	Calls          *APICalls // nil: as they are
}

var slugForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$`)

// ChangeAPI changes an API's name, audience, address and servers, all that is told or nothing.
// From then on no token comes with the audience that it had, nor a page from the address;
// tokens that were issued live on.
func (cs *Catalogue) ChangeAPI(ctx context.Context, a hub.Actor, id string, in APIChange) (db.API, error) {
	if err := hub.MayOwn(a, "change an API"); err != nil {
		return db.API{}, err
	}
	var api db.API
	err := cs.hub.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		if api, err = tx.API(ctx, id); err != nil {
			return err
		}
		had, bad := api, &hub.Invalid{}
		cs.nameAPI(bad, &api, in.Name, in.Audience)
		if api.Slug = strings.TrimSpace(in.Slug); api.Slug != had.Slug {
			if err := cs.checkSlug(ctx, tx, bad, had.Slug, api.Slug); err != nil {
				return err
			}
		}
		if err := bad.OrNil(); err != nil {
			return err
		}
		var words []string
		for _, c := range [][3]string{{"name", had.Name, api.Name}, {"audience", had.Audience, api.Audience}, {"address /apis/", had.Slug, api.Slug}} {
			if c[1] != c[2] {
				words = append(words, c[0]+" was "+c[1]+", is "+c[2])
			}
		}
		if in.Calls != nil {
			way, err := in.Calls.approve(ctx, tx, &api)
			if err != nil {
				return err
			}
			words = append(words, way)
		}
		if len(words) == 0 {
			return nil
		}
		if err := tx.UpdateAPI(ctx, api); err != nil {
			return audienceTaken(err) // of the two that must not come twice the slug was looked for
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionAPIChanged, Target: hub.OfAPI(api), Detail: strings.Join(words, "; ")})
	})
	return api, err
}

// reservedSlugs are words of addresses below /apis that no API can have.
var reservedSlugs = []string{"oauth2-redirect"}

func (cs *Catalogue) checkSlug(ctx context.Context, tx *db.Tx, bad *hub.Invalid, had, slug string) error {
	switch {
	case had == "":
		bad.Add("slug", "The API gets its address with its first document.")
		return nil
	case !slugForm.MatchString(slug) || slices.Contains(reservedSlugs, slug):
		bad.Add("slug", "Write up to 50 small letters, digits and hyphens, such as meters.")
		return nil
	}
	_, err := tx.APIBySlug(ctx, slug)
	if hub.IsMissing(err) {
		return nil
	}
	if err == nil {
		bad.Add("slug", "Another API has this address.")
	}
	return err
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
func (cs *Catalogue) RemoveAPI(ctx context.Context, a hub.Actor, id string) error {
	if err := hub.MayOwn(a, "remove an API"); err != nil {
		return err
	}
	return cs.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		apis, err := tx.APIs(ctx)
		if err != nil {
			return err
		}
		for _, api := range apis {
			if api.ID == id {
				if err := tx.DeleteAPI(ctx, id); err != nil {
					return err
				}
				return a.Record(ctx, tx, hub.Event{Action: hub.ActionAPIRemoved, Target: hub.OfAPI(api), Detail: api.Audience})
			}
		}
		return db.ErrNotFound
	})
}

// API gives one API for its owner.
func (cs *Catalogue) API(ctx context.Context, a hub.Actor, id string) (db.API, error) {
	if err := hub.MayOwn(a, "see the portal's APIs"); err != nil {
		return db.API{}, err
	}
	return cs.hub.DB.API(ctx, id)
}
