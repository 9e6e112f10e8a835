package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/catalogue"
	"gatepost/handlers/web"
)

// api is an API that tokens can be for, apart from the portal's own.
type api struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Audience  string     `json:"audience"`
	Slug      string     `json:"slug"`       // of /apis/{slug}; empty until it has a document
	SourceURL string     `json:"source_url"` // of a fetched document; empty if it was uploaded
	Servers   []string   `json:"servers"`    // that calls from the reference can reach
	Direct    bool       `json:"direct"`     // browsers call the servers without the portal's proxy
	Scopes    []string   `json:"scopes"`     // of the newest document
	Access    string     `json:"access"`     // scopes or apps: who may request tokens for it
	Apps      []string   `json:"apps"`       // client ids, if access is apps
	CreatedAt time.Time  `json:"created_at"`
	UpdatedAt *time.Time `json:"updated_at"`
}

func apiOf(a db.API, open []db.App) api {
	ids := make([]string, len(open))
	for i, app := range open {
		ids[i] = app.ClientID
	}
	return api{
		a.ID, a.Name, a.Audience, a.Slug, a.SourceURL, list(a.Servers), a.Direct, list(a.Scopes), a.Access, ids, wholeSecond(a.CreatedAt), moment(a.UpdatedAt),
	}
}

// APIs answers GET /api/v1/apis.
func (h *Handlers) APIs(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, readPortal)
	if err != nil {
		return err
	}
	after, limit, err := page(r, 2)
	if err != nil {
		return err
	}
	rows, err := h.Catalogue.APIs(r.Context(), by)
	if err != nil {
		return err
	}
	rows, next := cut(rows, func(a db.API) []string { return []string{a.Name, a.ID} }, after, limit)
	out := struct {
		APIs []api   `json:"apis"`
		Next *string `json:"next_cursor"`
	}{make([]api, len(rows)), next}
	for i, a := range rows {
		open, err := h.Catalogue.APIApps(r.Context(), by, a.ID)
		if err != nil {
			return err
		}
		out.APIs[i] = apiOf(a, open)
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

// AddAPI answers POST /api/v1/apis.
func (h *Handlers) AddAPI(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, writePortal)
	if err != nil {
		return err
	}
	var in struct {
		Name     string    `json:"name"`
		Audience string    `json:"audience"`
		Access   *string   `json:"access"`
		Apps     *[]string `json:"apps" null:"clear"`
	}
	once, err := readOnce(w, r, &in)
	if err != nil {
		return err
	}
	var access *catalogue.APIAccess
	if in.Access != nil || in.Apps != nil {
		access = &catalogue.APIAccess{By: db.AccessByScopes}
		put(&access.By, in.Access)
		put(&access.Apps, in.Apps)
		if err := checkAccess(access); err != nil {
			return err
		}
	}
	added, err := h.Catalogue.AddAPIFor(r.Context(), by, in.Name, in.Audience, access, once)
	if err != nil {
		return madeBefore(w, err, apiAddress)
	}
	open, err := h.Catalogue.APIApps(r.Context(), by, added.ID)
	if err != nil {
		return err
	}
	w.Header().Set("Location", apiAddress(added.ID))
	return web.WriteJSON(w, http.StatusCreated, apiOf(added, open))
}

func apiAddress(id string) string { return "/api/v1/apis/" + id }

// API answers GET /api/v1/apis/{id}.
func (h *Handlers) API(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.callerAt(w, r, readPortal, "id")
	if err != nil {
		return err
	}
	return h.writeAPI(w, r, by, id)
}

func (h *Handlers) writeAPI(w http.ResponseWriter, r *http.Request, by hub.Actor, id string) error {
	row, err := h.Catalogue.API(r.Context(), by, id)
	if err != nil {
		return err
	}
	open, err := h.Catalogue.APIApps(r.Context(), by, id)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, apiOf(row, open))
}

// checkAccess refuses a list of apps for an API whose tokens are given by scopes, which would be lost.
func checkAccess(access *catalogue.APIAccess) error {
	if access.By == db.AccessByScopes && len(access.Apps) > 0 {
		return fault("apps", "Set access to apps as well: with scopes, the scopes of an app decide.")
	}
	return nil
}

// ChangeAPI answers PATCH /api/v1/apis/{id} with the changed API. Missing fields stay unchanged.
func (h *Handlers) ChangeAPI(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.callerAt(w, r, writePortal, "id")
	if err != nil {
		return err
	}
	var in struct {
		Name     *string   `json:"name"`
		Audience *string   `json:"audience"`
		Slug     *string   `json:"slug"`
		Servers  *[]string `json:"servers" null:"clear"`
		Direct   *bool     `json:"direct"`
		Access   *string   `json:"access"`
		Apps     *[]string `json:"apps" null:"clear"`
	}
	if err := web.ReadFields(w, r, &in); err != nil {
		return err
	}
	const attempts = 3 // what isn't in the request stays as another request leaves it
	for attempt := 1; ; attempt++ {
		row, err := h.Catalogue.API(r.Context(), by, id)
		if err != nil {
			return err
		}
		open, err := h.Catalogue.APIApps(r.Context(), by, id)
		if err != nil {
			return err
		}
		change := catalogue.APIChange{Name: row.Name, Audience: row.Audience, Slug: row.Slug, Seen: &catalogue.SeenAPI{API: row, Apps: catalogue.ClientIDs(open)}}
		put(&change.Name, in.Name)
		put(&change.Audience, in.Audience)
		put(&change.Slug, in.Slug)
		if in.Servers != nil || in.Direct != nil {
			if change.Calls, err = h.declaredCalls(r.Context(), id); err != nil {
				return err
			}
			change.Calls.Servers, change.Calls.Direct = row.Servers, row.Direct
			put(&change.Calls.Servers, in.Servers)
			put(&change.Calls.Direct, in.Direct)
		}
		if in.Access != nil || in.Apps != nil {
			change.Access = &catalogue.APIAccess{By: row.Access, Apps: apiOf(row, open).Apps}
			put(&change.Access.By, in.Access)
			put(&change.Access.Apps, in.Apps)
			if in.Apps != nil {
				if err := checkAccess(change.Access); err != nil {
					return err
				}
			}
		}
		_, err = h.Catalogue.ChangeAPI(r.Context(), by, id, change)
		if errors.Is(err, hub.ErrChanged) && attempt < attempts {
			continue
		}
		if err != nil {
			return err
		}
		return h.writeAPI(w, r, by, id)
	}
}

// declaredCalls returns the servers that the latest document of an API declares, none of them
// approved.
func (h *Handlers) declaredCalls(ctx context.Context, id string) (*catalogue.APICalls, error) {
	newest, err := h.DB.APIDocumentHead(ctx, id, 0)
	if errors.Is(err, db.ErrNotFound) {
		return nil, fault("servers", "The API has no document yet, and only a document declares servers.")
	}
	if err != nil {
		return nil, err
	}
	servers, _, err := declared(newest)
	return &catalogue.APICalls{Version: newest.Version, Declared: servers}, err
}

// RemoveAPI answers DELETE /api/v1/apis/{id}.
func (h *Handlers) RemoveAPI(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.callerAt(w, r, writePortal, "id")
	if err != nil {
		return err
	}
	if err := h.Catalogue.RemoveAPI(r.Context(), by, id); err != nil {
		return err
	}
	return noContent(w)
}
