package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/web"
)

// appChange is the body of PATCH /api/v1/apps/{client_id}, and a part of that of POST /api/v1/apps. Missing
// fields stay as they are, or as the kind of app has them; null empties a field, where that is possible.
type appChange struct {
	Name          *string          `json:"name"`
	Description   *string          `json:"description" null:"clear"`
	Scopes        *[]string        `json:"scopes"`
	TokenLifetime *int64           `json:"token_lifetime"` // seconds
	RefreshGrace  *int64           `json:"refresh_grace"`  // seconds
	RedirectURIs  *[]string        `json:"redirect_uris" null:"clear"`
	Refresh       *bool            `json:"refresh"`
	AuthMethod    *string          `json:"auth_method"`
	JWKS          *json.RawMessage `json:"jwks" null:"clear"`
	JWKSURI       *string          `json:"jwks_uri" null:"clear"`
	QueryParams   *bool            `json:"query_parameters"`
	Introspection *string          `json:"introspection" null:"clear"`
	MintBurst     *int             `json:"mint_burst" null:"clear"`
	MintRate      *int             `json:"mint_rate" null:"clear"`
}

// of returns the app's settings with the change applied.
func (c appChange) of(a db.App) app.Change {
	out := app.Change{
		Name: a.Name, Description: a.Description, Scopes: a.Scopes, TokenLifetime: a.TokenLifetime, RedirectURIs: a.RedirectURIs,
		Refresh: slices.Contains(a.Grants, db.GrantRefresh), AuthMethod: a.AuthMethod, Keys: a.JWKS, JWKSURI: a.JWKSURI,
		QueryParameters: a.QueryParameters, Introspection: a.Introspection, MintBurst: a.MintBurst, MintRate: a.MintRate, RefreshGrace: a.RefreshGrace, Seen: &a,
	}
	put(&out.Name, c.Name)
	put(&out.Description, c.Description)
	put(&out.Scopes, c.Scopes)
	put(&out.RedirectURIs, c.RedirectURIs)
	put(&out.Refresh, c.Refresh)
	put(&out.AuthMethod, c.AuthMethod)
	put(&out.QueryParameters, c.QueryParams)
	put(&out.Introspection, c.Introspection)
	put(&out.MintBurst, c.MintBurst)
	put(&out.MintRate, c.MintRate)
	put(&out.RefreshGrace, wholeSeconds(c.RefreshGrace))
	if out.Introspection == "none" {
		out.Introspection = ""
	}
	if c.TokenLifetime != nil {
		out.TokenLifetime = time.Duration(min(max(*c.TokenLifetime, 0), 1<<31)) * time.Second // hub refuses values beyond these bounds
	}
	if c.JWKS != nil || c.JWKSURI != nil { // one replaces the other
		out.Keys, out.JWKSURI = "", ""
		if c.JWKS != nil {
			out.Keys = string(*c.JWKS)
		}
		put(&out.JWKSURI, c.JWKSURI)
	}
	return out
}

// settings is of, for a change that says nothing that the app can't do: such a field would be lost.
func (c appChange) settings(a db.App) (app.Change, error) {
	out, bad := c.of(a), &hub.Invalid{}
	keys := c.JWKS != nil && len(*c.JWKS) > 0 || c.JWKSURI != nil && *c.JWKSURI != ""
	switch native := a.AuthMethod == db.AuthNone; {
	case native && c.AuthMethod != nil && *c.AuthMethod != db.AuthNone:
		bad.Add("auth_method", "A native app can't keep a secret or a key, so its method is none.")
	case keys && (native || out.AuthMethod != db.AuthJWT):
		bad.Add("auth_method", "Only an app with the method private_key_jwt has public keys.")
	}
	if c.QueryParams != nil && *c.QueryParams && a.AuthMethod == db.AuthNone {
		bad.Add("query_parameters", "A native app sends no secret, so it doesn't need its parameters in the query string.")
	}
	forPeople := func(grant string) bool { return grant != db.GrantClient }
	if c.Refresh != nil && *c.Refresh && !slices.ContainsFunc(a.Grants, forPeople) {
		bad.Add("refresh", "Only an app that people authorize gets refresh tokens.")
	}
	return out, bad.OrNil()
}

func put[T any](to *T, value *T) {
	if value != nil {
		*to = *value
	}
}

// ChangeApp answers PATCH /api/v1/apps/{client_id} with the changed app. Tokens issued before are not
// affected.
func (h *Handlers) ChangeApp(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.callerAt(w, r, writeApps, "client_id")
	if err != nil {
		return err
	}
	var in appChange
	if err := web.ReadFields(w, r, &in); err != nil {
		return err
	}
	const attempts = 3 // for a change without If-Match
	for attempt := 1; ; attempt++ {
		row, err := h.Apps.App(r.Context(), by, id)
		if err != nil {
			return err
		}
		if !fits(r, appTag(row)) {
			return hub.ErrAppChanged
		}
		change, err := in.settings(row)
		if err != nil {
			return err
		}
		err = h.Apps.Update(r.Context(), by, row.ClientID, change)
		if errors.Is(err, hub.ErrAppChanged) && attempt < attempts && r.Header.Get("If-Match") == "" {
			continue
		}
		if err != nil {
			return err
		}
		if row, err = h.Apps.App(r.Context(), by, id); err != nil {
			return err
		}
		return writeApp(w, row)
	}
}

// fits reports whether the If-Match header (RFC 9110 section 13.1.1) matches a tag. Without the header
// every tag does.
func fits(r *http.Request, tag string) bool {
	values := r.Header.Values("If-Match")
	if len(values) == 0 {
		return true
	}
	for one := range strings.SplitSeq(strings.Join(values, ","), ",") {
		if one = strings.TrimSpace(one); one == "*" || one == tag {
			return true
		}
	}
	return false
}
