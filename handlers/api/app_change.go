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

// appChange is the body of PATCH /api/v1/apps/{client_id}. Fields that are missing or
// null stay unchanged.
type appChange struct {
	Name          *string          `json:"name"`
	Description   *string          `json:"description"`
	Scopes        *[]string        `json:"scopes"`
	TokenLifetime *int64           `json:"token_lifetime"` // seconds
	RefreshGrace  *int64           `json:"refresh_grace"`  // seconds
	RedirectURIs  *[]string        `json:"redirect_uris"`
	Refresh       *bool            `json:"refresh"`
	AuthMethod    *string          `json:"auth_method"`
	JWKS          *json.RawMessage `json:"jwks"`
	JWKSURI       *string          `json:"jwks_uri"`
	QueryParams   *bool            `json:"query_parameters"`
	Introspection *string          `json:"introspection"`
	MintBurst     *int             `json:"mint_burst"`
	MintRate      *int             `json:"mint_rate"`
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
	if err := web.ReadJSON(w, r, &in); err != nil {
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
		err = h.Apps.Update(r.Context(), by, row.ClientID, in.of(row))
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
