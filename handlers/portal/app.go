package portal

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
)

// App is the settings tab of an app.
func (p *Portal) App(w http.ResponseWriter, r *http.Request) error {
	facts, _, err := p.Hub.AppFacts(r.Context(), web.Actor(r), r.PathValue("client_id"))
	if err != nil {
		return err
	}
	page, err := p.settingsPage(r, facts, settingsOf(facts.App), nil)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) settingsPage(r *http.Request, f hub.AppFacts, in hub.AppChange, faults ui.Errors) (pages.AppSettings, error) {
	rights, err := p.Hub.Rights(r.Context(), web.Actor(r), f.TeamID)
	if err != nil {
		return pages.AppSettings{}, err
	}
	names, err := p.names(r.Context(), f.TeamID)
	if err != nil {
		return pages.AppSettings{}, err
	}
	page := pages.AppSettings{
		Page: p.base(r), App: appHead(f), Name: in.Name, Description: in.Description, TokenLifetime: int(in.TokenLifetime / time.Second),
		MadeBy: names[f.CreatedBy], MadeAt: f.CreatedAt, Errors: faults, CanEdit: f.Manage, CanDelete: f.Manage, CanTransfer: rights.Manage,
		DeleteText:   deleteText(f, p.Hub.Now()),
		HasRedirects: f.Kind != "server", RedirectURIs: strings.Join(in.RedirectURIs, "\n"), Access: access(in.Refresh),
		Confidential: f.AuthMethod != db.AuthNone, AuthMethod: in.AuthMethod, JWKS: in.Keys, JWKSURI: in.JWKSURI, QueryParameters: in.QueryParameters,
		Introspection: in.Introspection, CanTeam: rights.Manage, CanPortal: web.VisitorOf(r).Person.Owner,
	}
	if !f.Manage {
		page.Reason = "Only the developer who made the app, or an admin of the team, can change it."
	}
	page.Scopes, err = p.scopeGroups(r, rights, in.Scopes, f.Scopes)
	return page, err
}

func deleteText(f hub.AppFacts, now time.Time) string {
	text := plural(len(f.Live), "live secret stops", "live secrets stop") + " working at once"
	if !f.LastUse.LastAt.IsZero() {
		text += "; " + lastUse(f.LastUse, now)
	}
	return text + "."
}

// SaveApp stores the settings of an app.
func (p *Portal) SaveApp(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	clientID := r.PathValue("client_id")
	seconds, _ := strconv.Atoi(form.Get("token_lifetime")) // 0 is refused by hub
	in := hub.AppChange{
		Name: form.Get("name"), Description: form.Get("description"), Scopes: form["scope"], TokenLifetime: time.Duration(min(max(seconds, 0), 1<<31)) * time.Second,
		RedirectURIs: strings.Fields(form.Get("redirect_uris")), Refresh: form.Get("access") != "once", AuthMethod: form.Get("auth_method"),
		Keys: form.Get("jwks"), JWKSURI: form.Get("jwks_uri"), QueryParameters: form.Get("query_parameters") != "", Introspection: form.Get("introspection"),
	}
	if !form.Has("introspection") { // a choice that the visitor may not make is not sent
		app, err := p.Hub.App(r.Context(), web.Actor(r), clientID)
		if err != nil {
			return err
		}
		in.Introspection = app.Introspection
	}
	if in.AuthMethod != db.AuthJWT { // fields that the page hides are sent all the same
		in.Keys, in.JWKSURI = "", ""
	}
	err = p.Hub.UpdateApp(r.Context(), web.Actor(r), clientID, in)
	if faults, ok := fieldErrors(err); ok {
		facts, _, err := p.Hub.AppFacts(r.Context(), web.Actor(r), clientID)
		if err != nil {
			return err
		}
		page, err := p.settingsPage(r, facts, in, faults)
		if err != nil {
			return err
		}
		return p.again(w, r, page)
	}
	if err != nil {
		return err
	}
	return p.done(w, r, "/apps/"+clientID, "The app's settings are saved. Tokens issued from now on follow them.")
}

// settingsOf are an app's settings as the form shows them.
func settingsOf(app db.App) hub.AppChange {
	return hub.AppChange{
		Name: app.Name, Description: app.Description, Scopes: app.Scopes, TokenLifetime: app.TokenLifetime,
		RedirectURIs: app.RedirectURIs, Refresh: slices.Contains(app.Grants, db.GrantRefresh), AuthMethod: app.AuthMethod, Keys: app.JWKS, JWKSURI: app.JWKSURI,
		QueryParameters: app.QueryParameters, Introspection: app.Introspection,
	}
}

func access(refresh bool) string {
	if refresh {
		return "unlimited"
	}
	return "once"
}

// AddRedirectURI registers one more redirect URI of an app and goes on with what asked for
// it: the authorization request that named it, or the playground.
func (p *Portal) AddRedirectURI(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	clientID := r.PathValue("client_id")
	app, err := p.Hub.AddRedirectURI(r.Context(), web.Actor(r), clientID, form.Get("redirect_uri"))
	if err != nil {
		return err
	}
	return p.done(w, r, web.LocalPath(form.Get("next"), "/apps/"+clientID), "The redirect URI is registered for "+app.Name+".")
}
