package api

import (
	"net/http"
	"regexp"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/web"
)

// The scopes that the addresses of apps ask for.
const (
	readApps  = "apps:read"
	writeApps = "apps:write"
)

type app struct {
	ClientID      string     `json:"client_id"`
	Name          string     `json:"name"`
	Description   string     `json:"description"`
	Kind          string     `json:"kind"`
	GrantTypes    []string   `json:"grant_types"`
	Scopes        []string   `json:"scopes"`
	TokenLifetime int64      `json:"token_lifetime"` // seconds
	CreatedAt     time.Time  `json:"created_at"`
	UpdatedAt     time.Time  `json:"updated_at"`
	FirstCallAt   *time.Time `json:"first_call_at"`
}

func appOf(a db.App) app {
	return app{
		ClientID: a.ClientID, Name: a.Name, Description: a.Description, Kind: a.Kind, GrantTypes: list(a.Grants), Scopes: list(a.Scopes),
		TokenLifetime: int64(a.TokenLifetime / time.Second), CreatedAt: wholeSecond(a.CreatedAt), UpdatedAt: wholeSecond(a.UpdatedAt),
		FirstCallAt: moment(a.FirstCallAt),
	}
}

// wholeSecond is t as the database keeps it, so that the answer to a POST and later ones agree.
func wholeSecond(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// Apps answers GET /api/v1/apps with the apps of the token's team.
func (h *Handlers) Apps(w http.ResponseWriter, r *http.Request) error {
	a, err := h.access(r, readApps)
	if err != nil {
		return err
	}
	rows, err := h.DB.Apps(r.Context(), a.App.TeamID)
	if err != nil {
		return err
	}
	apps := make([]app, len(rows))
	for i, row := range rows {
		apps[i] = appOf(row)
	}
	return web.WriteJSON(w, http.StatusOK, map[string]any{"apps": apps})
}

// App answers GET /api/v1/apps/{client_id}.
func (h *Handlers) App(w http.ResponseWriter, r *http.Request) error {
	a, err := h.access(r, readApps)
	if err != nil {
		return err
	}
	row, err := h.ownApp(r, a)
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, appOf(row))
}

// ownApp gives the app that the address names. One of another team is not found, as one that does not exist.
func (h *Handlers) ownApp(r *http.Request, a grant.Access) (db.App, error) {
	id, err := pathID(r, "client_id")
	if err != nil {
		return db.App{}, err
	}
	row, err := h.DB.App(r.Context(), id)
	if err == nil && row.TeamID != a.App.TeamID {
		return db.App{}, web.NotFound()
	}
	return row, err
}

var idForm = regexp.MustCompile(`^[0-9a-z-]{1,64}$`)

// pathID is an id in the address. What can't be one is not looked up: not every database takes any bytes for text.
func pathID(r *http.Request, name string) (string, error) {
	id := r.PathValue(name)
	if !idForm.MatchString(id) {
		return "", web.NotFound()
	}
	return id, nil
}

// CreateApp answers POST /api/v1/apps with the new app and, this once, its first secret.
func (h *Handlers) CreateApp(w http.ResponseWriter, r *http.Request) error {
	a, err := h.access(r, writeApps)
	if err != nil {
		return err
	}
	var in struct {
		Name            string     `json:"name"`
		Description     string     `json:"description"`
		Kind            string     `json:"kind"`
		Scopes          []string   `json:"scopes"`
		SecretExpiresAt *time.Time `json:"secret_expires_at"`
	}
	if err := web.ReadJSON(w, r, &in); err != nil {
		return err
	}
	made, err := h.Hub.CreateApp(r.Context(), actor(r, a), hub.NewApp{
		TeamID: a.App.TeamID, Name: in.Name, Description: in.Description, Kind: in.Kind, Scopes: in.Scopes, SecretExpiresAt: orZero(in.SecretExpiresAt),
	})
	if err != nil {
		return renamed(err, map[string]string{"scope": "scopes", "secret_expires": "secret_expires_at"})
	}
	w.Header().Set("Location", "/api/v1/apps/"+made.App.ClientID)
	return web.WriteJSON(w, http.StatusCreated, struct {
		app
		ClientSecret string       `json:"client_secret"`
		Secret       clientSecret `json:"secret"`
	}{appOf(made.App), made.Secret.Plain, newSecret(made.Secret, a.App.Name)})
}

// DeleteApp answers DELETE /api/v1/apps/{client_id}.
func (h *Handlers) DeleteApp(w http.ResponseWriter, r *http.Request) error {
	a, err := h.access(r, writeApps)
	if err != nil {
		return err
	}
	id, err := pathID(r, "client_id")
	if err != nil {
		return err
	}
	if err := h.Hub.DeleteApp(r.Context(), actor(r, a), id); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
