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

// APIs lists the APIs that tokens can be for, apart from the portal's own.
func (cs *Catalogue) APIs(ctx context.Context, a hub.Actor) ([]db.API, error) {
	if err := cs.hub.MayOwn(ctx, a, "see the portal's APIs"); err != nil {
		return nil, err
	}
	return cs.hub.DB.APIs(ctx)
}

// AddAPI adds an API, so that clients can request tokens with its audience (RFC 8707). It returns
// *AlreadyDone with the API's id if the one-time key once was used before.
func (cs *Catalogue) AddAPI(ctx context.Context, a hub.Actor, name, audience, once string) (db.API, error) {
	return cs.AddAPIFor(ctx, a, name, audience, nil, once)
}

// AddAPIFor is AddAPI with a choice of the apps that may request tokens for the API; nil means those with
// its scopes.
func (cs *Catalogue) AddAPIFor(ctx context.Context, a hub.Actor, name, audience string, access *APIAccess, once string) (db.API, error) {
	if err := cs.hub.MayOwn(ctx, a, "add an API"); err != nil {
		return db.API{}, err
	}
	if err := cs.hub.CheckOnce(ctx, a, once); err != nil {
		return db.API{}, err
	}
	bad := &hub.Invalid{}
	api := db.API{ID: secret.JTI(), Access: db.AccessByScopes, CreatedAt: cs.hub.Now()}
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
		if err := a.Record(ctx, tx, hub.Event{Action: hub.ActionAPIAdded, Target: hub.OfAPI(api), Detail: api.Audience}); err != nil || access == nil {
			return err
		}
		opened, err := access.apply(ctx, tx, &api)
		if err != nil || opened == "" {
			return err
		}
		if err := tx.UpdateAPI(ctx, api); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionAPIAccessChanged, Target: hub.OfAPI(api), Detail: opened})
	})
	return api, cs.hub.ResolveOnce(ctx, a, once, err)
}

func audienceTaken(err error) error {
	if errors.Is(err, db.ErrConflict) {
		return hub.BadField("audience", "There is already an API with this audience.")
	}
	return err
}

func (cs *Catalogue) nameAPI(bad *hub.Invalid, api *db.API, name, audience string) {
	api.Name = hub.CleanName(bad, "name", "a name for the API", name, 100)
	if api.Audience = strings.TrimSpace(audience); !ValidAudience(api.Audience) {
		bad.Add("audience", "Write an absolute URI without a fragment, such as https://api.example.")
	} else if api.Audience == cs.hub.Issuer {
		bad.Add("audience", "This is the portal's own address, which is the audience of tokens by default.")
	}
}

// APIChange is a change of an API. Its document changes by SaveDocument.
type APIChange struct {
	Name, Audience string
	Slug           string     // empty for an API without a document
	Calls          *APICalls  // nil: unchanged
	Access         *APIAccess // nil: unchanged
	Seen           *SeenAPI   // nil: change it whatever it is now
}

// SeenAPI is an API as the caller of a change read it, with the client ids of the apps that it is open to by name.
type SeenAPI struct {
	API  db.API
	Apps []string
}

// check returns *hub.Changed if the API, which the transaction has locked, is another one by now.
func (s *SeenAPI) check(ctx context.Context, tx *db.Tx, now db.API) error {
	if s == nil {
		return nil
	}
	open, err := tx.AppsOfAPI(ctx, now.ID)
	if err != nil {
		return err
	}
	return hub.CheckSeen(s, SeenAPI{now, ClientIDs(open)}, hub.ErrChanged)
}

// ClientIDs returns the client ids of apps, in their order.
func ClientIDs(apps []db.App) (ids []string) {
	for _, app := range apps {
		ids = append(ids, app.ClientID)
	}
	return ids
}

var slugForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$`)

// ChangeAPI changes an API's name, audience, slug, servers and access: either everything or nothing. From then
// on no token is issued for the old audience, and the old address is not found. Tokens already issued
// stay valid until they expire. If the API is no longer as in in.Seen, it returns *hub.Changed.
func (cs *Catalogue) ChangeAPI(ctx context.Context, a hub.Actor, id string, in APIChange) (db.API, error) {
	if err := cs.hub.MayOwn(ctx, a, "change an API"); err != nil {
		return db.API{}, err
	}
	var api db.API
	err := cs.hub.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		if api, err = tx.LockAPI(ctx, id); err != nil {
			return err
		}
		if err := in.Seen.check(ctx, tx, api); err != nil {
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
		opened := ""
		if in.Access != nil {
			if opened, err = in.Access.apply(ctx, tx, &api); err != nil {
				return err
			}
		}
		if len(words) == 0 && opened == "" {
			return nil
		}
		if err := tx.UpdateAPI(ctx, api); err != nil {
			return audienceTaken(err) // audience and slug are unique, and checkSlug has covered the slug
		}
		if opened != "" {
			if err := a.Record(ctx, tx, hub.Event{Action: hub.ActionAPIAccessChanged, Target: hub.OfAPI(api), Detail: opened}); err != nil {
				return err
			}
		}
		if len(words) == 0 {
			return nil
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionAPIChanged, Target: hub.OfAPI(api), Detail: strings.Join(words, "; ")})
	})
	return api, err
}

// reservedSlugs are names below /apis that no API can have.
var reservedSlugs = []string{"oauth2-redirect"}

// checkSlug adds an error if an API can't change its slug from had to slug.
func (cs *Catalogue) checkSlug(ctx context.Context, tx *db.Tx, bad *hub.Invalid, had, slug string) error {
	switch {
	case had == "":
		bad.Add("slug", "The API gets its address with its first document.")
		return nil
	case !slugForm.MatchString(slug) || slices.Contains(reservedSlugs, slug):
		bad.Add("slug", "Write up to 50 lowercase letters, digits and hyphens, such as meters.")
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

// ValidAudience says whether a URI can be an audience: absolute, and without a fragment (RFC 8707
// section 2).
func ValidAudience(s string) bool {
	u, err := url.Parse(s)
	if err != nil || !u.IsAbs() || strings.Contains(s, "#") || len(s) > 500 || u.Host == "" && u.Opaque == "" {
		return false
	}
	return !strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c > '~' || c == '"' || c == '\\' })
}

// RemoveAPI removes an API and its documents. No more tokens are issued for it; those already issued stay
// valid until they expire.
func (cs *Catalogue) RemoveAPI(ctx context.Context, a hub.Actor, id string) error {
	if err := cs.hub.MayOwn(ctx, a, "remove an API"); err != nil {
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

// API returns one API to an owner.
func (cs *Catalogue) API(ctx context.Context, a hub.Actor, id string) (db.API, error) {
	if err := cs.hub.MayOwn(ctx, a, "see the portal's APIs"); err != nil {
		return db.API{}, err
	}
	return cs.hub.DB.API(ctx, id)
}
