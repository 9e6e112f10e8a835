package portal

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/web"
	"gatepost/views/playground"
	"gatepost/views/ui"
)

// PlaygroundStart leads to the first flow; the page leads to the others.
func (p *Portal) PlaygroundStart(w http.ResponseWriter, r *http.Request) error {
	return web.SeeOther(w, r, "/playground/"+playground.FlowClient)
}

// PlaygroundCallback is where the authorization endpoint sends codes for the playground. Anyone may open it: a way by
// the sign-in page would put the code into one more address. Nothing on the page repeats the address, and no request
// of the page names it as its referrer.
func (p *Portal) PlaygroundCallback(w http.ResponseWriter, r *http.Request) error {
	page := playground.Callback{Page: p.base(r)}
	page.Path = playground.CallbackPath
	w.Header().Set("Referrer-Policy", "no-referrer")
	return p.show(w, r, page)
}

// Playground is the page of one flow. Its state is in the address, without anything secret.
func (p *Portal) Playground(w http.ResponseWriter, r *http.Request) error {
	flow := r.PathValue("flow")
	if !playground.IsFlow(flow) {
		return web.NotFound()
	}
	t, rights, err := currentTeam(r)
	if err != nil {
		return err
	}
	page := playground.Page{Page: p.base(r), Issuer: p.Issuer, Choice: playground.ReadChoice(flow, r.URL.Query()), CanCreate: rights.Develop}
	if !rights.Develop {
		if page.WhoCan, err = p.whoCan(r.Context(), t.ID, hub.GiveDeveloper); err != nil {
			return err
		}
		return p.show(w, r, page)
	}
	// A link from the docs may name an app of another of the visitor's teams.
	if app, err := p.Apps.App(r.Context(), web.Actor(r), page.Choice.App); err == nil {
		t.ID = app.TeamID
	} else if web.IsFault(err) {
		return err
	}
	if page.Apps, err = p.playgroundApps(r, t.ID, flow); err != nil {
		return err
	}
	list, err := p.DB.APIs(r.Context())
	if err != nil {
		return err
	}
	for _, api := range list {
		page.Audiences = append(page.Audiences, playground.Audience{Name: api.Name + " (" + api.Audience + ")", Audience: api.Audience})
	}
	return p.show(w, r, page)
}

// playgroundApps are a team's apps, with what each lacks for that flow.
func (p *Portal) playgroundApps(r *http.Request, teamID, flow string) ([]playground.App, error) {
	apps, err := p.Apps.ListFacts(r.Context(), web.Actor(r), teamID)
	if err != nil {
		return nil, err
	}
	catalogue, err := p.DB.Scopes(r.Context())
	if err != nil {
		return nil, err
	}
	var out []playground.App
	for _, f := range apps {
		out = append(out, playgroundApp(f, flow, catalogue))
	}
	return out, nil
}

func playgroundApp(f app.Facts, flow string, catalogue []db.Scope) playground.App {
	app := playground.App{
		ClientID: f.ClientID, Name: f.Name, Redirects: f.RedirectURIs, Public: f.AuthMethod == db.AuthNone,
		CanSecret: f.Manage && f.AuthMethod == db.AuthSecret, Refreshes: slices.Contains(f.Grants, db.GrantRefresh),
		Introspects: f.Introspection != "" && f.AuthMethod != db.AuthNone,
	}
	app.Cant, app.Fix, app.FixHref = cantPlay(flow, f)
	switch {
	case !f.Manage:
		app.Reason = whoCan(f, "make one")
		app.CantAdd = whoCan(f, "add it")
	case f.AuthMethod == db.AuthJWT:
		app.Reason = "The app authenticates with a signature and doesn't need a secret."
	}
	for _, s := range catalogue {
		if slices.Contains(f.Scopes, s.Name) {
			app.Scopes = append(app.Scopes, ui.Scope{Name: s.Name, Text: s.Sentence})
		}
	}
	return app
}

// cantPlay says why an app can't do a flow, and which setting changes that. All three are empty when it can.
func cantPlay(flow string, f app.Facts) (why, fix, href string) {
	has := func(grantType string) bool { return slices.Contains(f.Grants, grantType) }
	settings, another := "/apps/"+f.ClientID, "/apps/new"
	switch {
	case flow == playground.FlowPersonal:
		return "", "", ""
	case flow == playground.FlowClient && !has(db.GrantClient):
		return "It acts for people. Client credentials are for apps that act for themselves: server apps.", "Add a server app", another
	case flow == playground.FlowCode && !has(db.GrantCode):
		return "It acts for itself and asks nobody. The authorization code flow is for web and native apps.", "Add a web or native app", another
	case flow == playground.FlowRefresh && !has(db.GrantRefresh) && has(db.GrantCode):
		return "It has one-time access, so it gets no refresh tokens. Unlimited access in its settings changes that.", "Open its settings", settings
	case flow == playground.FlowRefresh && !has(db.GrantRefresh):
		return "It acts for itself and gets no refresh tokens: it asks for a new access token instead.", "Add a web or native app", another
	case flow == playground.FlowDevice && !has(grant.DeviceCode):
		return "The device flow is for native apps, such as cameras and command lines.", "Add a native app", another
	case flow == playground.FlowIntrospect && f.AuthMethod == db.AuthNone:
		return "It has no secret to authenticate with, so it can't ask about tokens. That is for server and web apps.", "Add a server app", another
	case flow == playground.FlowIntrospect && f.Introspection == "":
		return "Introspection is off for it. Turn it on in its settings.", "Open its settings", settings
	case f.AuthMethod == db.AuthJWT:
		return "It authenticates with a signature (private_key_jwt), and a private key doesn't belong in a browser. A client secret in its settings changes that.", "Open its settings", settings
	}
	return "", "", ""
}

// PlaygroundSecret returns to the playground's page a new secret of the app, which expires after an hour.
func (p *Portal) PlaygroundSecret(w http.ResponseWriter, r *http.Request) error {
	if err := web.NoFields(w, r); err != nil {
		return err
	}
	revealed, err := p.Apps.PlaygroundSecret(r.Context(), web.Actor(r), r.PathValue("client_id"))
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, struct {
		ClientID     string    `json:"client_id"`
		ClientSecret string    `json:"client_secret"`
		Hint         string    `json:"hint"`
		ExpiresAt    time.Time `json:"expires_at"`
	}{revealed.ClientID, revealed.Plain, revealed.Hint, revealed.ExpiresAt.UTC().Truncate(time.Second)})
}

// tryTokenLife is the lifetime of a token that a signed-in person gets without a secret.
const tryTokenLife = 5 * time.Minute

// TryToken returns to a signed-in person a short-lived token of an app that they may change: for the portal's own API, or for the
// one whose slug the query names.
func (p *Portal) TryToken(w http.ResponseWriter, r *http.Request) error {
	if err := web.NoFields(w, r); err != nil {
		return err
	}
	facts, _, err := p.managed(r, "get a token of this app")
	if err != nil {
		return err
	}
	audience := ""
	if slug := r.URL.Query().Get("api"); slug != "" {
		api, err := p.DB.APIBySlug(r.Context(), slug)
		if err != nil {
			return err
		}
		audience = api.Audience
	}
	token, err := p.Grant.ForPerson(r.Context(), facts.App, web.Actor(r), facts.Scopes, audience, tryTokenLife, web.Caller(r))
	var refused *grant.Error
	if errors.As(err, &refused) && refused.Code == grant.InvalidTarget {
		return &hub.Forbidden{What: "get a token of this app for this API", WhoCan: "An owner of the portal decides which apps can request tokens for an API."}
	}
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"`
		TokenType   string `json:"token_type"`
		Scope       string `json:"scope"`
	}{token.AccessToken, int(tryTokenLife / time.Second), "Bearer", strings.Join(facts.Scopes, " ")})
}
