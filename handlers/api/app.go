package api

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/web"
)

// The scopes that the routes of apps require.
const (
	readApps  = "apps:read"
	writeApps = "apps:write"
)

type appJSON struct {
	ClientID      string     `json:"client_id"`
	TeamID        string     `json:"team_id"`
	Name          string     `json:"name"`
	Description   string     `json:"description"`
	Kind          string     `json:"kind"`
	RedirectURIs  []string   `json:"redirect_uris"`
	GrantTypes    []string   `json:"grant_types"`
	AuthMethod    string     `json:"auth_method"`
	JWKS          any        `json:"jwks"`
	JWKSURI       string     `json:"jwks_uri"`
	QueryParams   bool       `json:"query_parameters"`
	Introspection string     `json:"introspection"` // none, team or portal
	Scopes        []string   `json:"scopes"`
	TokenLifetime int64      `json:"token_lifetime"` // seconds
	RefreshGrace  int64      `json:"refresh_grace"`  // seconds
	MintBurst     int        `json:"mint_burst"`     // tokens in a burst
	MintRate      int        `json:"mint_rate"`      // tokens per second
	CreatedAt     time.Time  `json:"created_at"`
	UpdatedAt     time.Time  `json:"updated_at"`
	FirstCallAt   *time.Time `json:"first_call_at"`
}

func appOf(a db.App) appJSON {
	var jwks any
	if a.JWKS != "" {
		jwks = json.RawMessage(a.JWKS)
	}
	burst, rate := app.MintLimit(a)
	return appJSON{
		MintBurst: burst, MintRate: rate,
		JWKS: jwks, JWKSURI: a.JWKSURI, QueryParams: a.QueryParameters, Introspection: cmp.Or(a.Introspection, "none"),
		ClientID: a.ClientID, TeamID: a.TeamID, Name: a.Name, Description: a.Description, Kind: a.Kind,
		RedirectURIs: list(a.RedirectURIs), GrantTypes: list(a.Grants), AuthMethod: a.AuthMethod, Scopes: list(a.Scopes),
		TokenLifetime: int64(a.TokenLifetime / time.Second), RefreshGrace: int64(a.RefreshGrace / time.Second), CreatedAt: wholeSecond(a.CreatedAt), UpdatedAt: wholeSecond(a.UpdatedAt),
		FirstCallAt: moment(a.FirstCallAt),
	}
}

// wholeSecond returns t as the database keeps it, so that the response to a POST agrees with later
// ones.
func wholeSecond(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// ListApps answers GET /api/v1/apps with the apps that the token reaches: those of its app's
// team, or of every team where its person can see apps. The query can narrow them by team, name
// and kind.
func (h *Handlers) ListApps(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, readApps)
	if err != nil {
		return err
	}
	team, err := queryID(r, "team")
	if err != nil {
		return err
	}
	var name, kind string
	if err := queryTexts(r, map[string]*string{"name": &name, "kind": &kind}); err != nil {
		return err
	}
	after, limit, err := page(r, 2)
	if err != nil {
		return err
	}
	rows, err := h.Apps.List(r.Context(), by, team)
	if err != nil {
		return err
	}
	rows = slices.DeleteFunc(rows, func(a db.App) bool { return name != "" && a.Name != name || kind != "" && a.Kind != kind })
	rows, next := cut(rows, func(a db.App) []string { return []string{a.Name, a.ClientID} }, after, limit)
	out := struct {
		Apps []appJSON `json:"apps"`
		Next *string   `json:"next_cursor"`
	}{make([]appJSON, len(rows)), next}
	for i, row := range rows {
		out.Apps[i] = appOf(row)
	}
	return web.WriteJSON(w, http.StatusOK, out)
}

// App answers GET /api/v1/apps/{client_id}.
func (h *Handlers) App(w http.ResponseWriter, r *http.Request) error {
	_, row, err := h.callerOfApp(w, r, readApps)
	if err != nil {
		return err
	}
	return writeApp(w, row)
}

// writeApp answers with an app and the entity tag of its settings.
func writeApp(w http.ResponseWriter, a db.App) error {
	w.Header().Set("ETag", appTag(a))
	return web.WriteJSON(w, http.StatusOK, appOf(a))
}

// appTag returns an entity tag that changes with the fields that a PATCH can change.
func appTag(a db.App) string {
	out := appOf(a)
	out.UpdatedAt, out.FirstCallAt = time.Time{}, nil
	text, err := json.Marshal(out)
	if err != nil {
		panic(err) // the set of keys was checked when it was stored
	}
	return entityTag(text)
}

// newApp is the body of POST /api/v1/apps: whatever a PATCH can change, and what is chosen once.
type newApp struct {
	appChange
	Team            string     `json:"team"`
	Kind            string     `json:"kind"`
	GrantTypes      []string   `json:"grant_types"`
	SecretExpiresAt *time.Time `json:"secret_expires_at" null:"clear"`
}

// app returns the app to create. Its further settings are added to those of its kind.
func (in newApp) app(team, once string) app.NewApp {
	out := app.NewApp{
		TeamID: team, Kind: in.Kind, Grants: in.GrantTypes, SecretExpiresAt: orZero(in.SecretExpiresAt), Once: once, Settings: in.settings,
	}
	put(&out.Name, in.Name)
	put(&out.Description, in.Description)
	put(&out.RedirectURIs, in.RedirectURIs)
	put(&out.Refresh, in.Refresh)
	put(&out.Scopes, in.Scopes)
	return out
}

// CreateApp answers POST /api/v1/apps with the new app and, shown once, its first secret if it has
// one.
func (h *Handlers) CreateApp(w http.ResponseWriter, r *http.Request) error {
	by, err := h.caller(w, r, writeApps)
	if err != nil {
		return err
	}
	var in newApp
	once, err := readOnce(w, r, &in)
	if err != nil {
		return err
	}
	if in.Refresh != nil && !*in.Refresh && slices.Contains(in.GrantTypes, db.GrantRefresh) {
		return fault("refresh", "Set refresh to true, or leave refresh_token out of grant_types.")
	}
	team, err := h.teamFor(r.Context(), by, in.Team, "create apps")
	if err != nil {
		return err
	}
	made, err := h.Apps.Create(r.Context(), by, in.app(team, once))
	if err != nil {
		return madeBefore(w, err, appAddress)
	}
	out := struct {
		appJSON
		ClientSecret string        `json:"client_secret,omitempty"`
		Secret       *clientSecret `json:"secret,omitempty"`
	}{appJSON: appOf(made.App), ClientSecret: made.Secret.Plain}
	if made.Secret.Plain != "" {
		secret := newSecret(made.Secret, by.Name)
		out.Secret = &secret
	}
	w.Header().Set("Location", appAddress(made.App.ClientID))
	return web.WriteJSON(w, http.StatusCreated, out)
}

// wholeSeconds returns a number of seconds as a duration, and nil for none. The rules refuse what is beyond
// their bounds.
func wholeSeconds(n *int64) *time.Duration {
	if n == nil {
		return nil
	}
	d := time.Duration(min(max(*n, -1), 1<<31)) * time.Second
	return &d
}

func appAddress(clientID string) string { return "/api/v1/apps/" + clientID }

// DeleteApp answers DELETE /api/v1/apps/{client_id}.
func (h *Handlers) DeleteApp(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.callerAt(w, r, writeApps, "client_id")
	if err != nil {
		return err
	}
	if err := h.Apps.Delete(r.Context(), by, id); err != nil {
		return err
	}
	return noContent(w)
}

// TransferApp answers POST /api/v1/apps/{client_id}/transfer with the app, which then belongs to
// another team. The caller manages both.
func (h *Handlers) TransferApp(w http.ResponseWriter, r *http.Request) error {
	by, id, err := h.callerAt(w, r, writeApps, "client_id")
	if err != nil {
		return err
	}
	var in struct {
		Team string `json:"team"`
	}
	if err := web.ReadFields(w, r, &in); err != nil {
		return err
	}
	if in.Team != "" && !idForm.MatchString(in.Team) {
		return fault("team", "This token has no access to a team with this id.")
	}
	err = h.Apps.Transfer(r.Context(), by, id, in.Team)
	if err != nil {
		return err
	}
	row, err := h.Apps.App(r.Context(), by, id)
	if err != nil {
		return err
	}
	return writeApp(w, row)
}

func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
