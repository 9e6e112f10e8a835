package portal

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
	"gatepost/views/words"
)

// App is the settings tab of an app.
func (p *Portal) App(w http.ResponseWriter, r *http.Request) error {
	facts, _, err := p.Apps.Facts(r.Context(), web.Actor(r), r.PathValue("client_id"))
	if err != nil {
		return err
	}
	page, err := p.settingsPage(r, facts, settingsOf(facts.App), nil)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) settingsPage(r *http.Request, f app.Facts, in app.Change, faults ui.Errors) (pages.AppSettings, error) {
	rights, err := p.Hub.Rights(r.Context(), web.Actor(r), f.TeamID)
	if err != nil {
		return pages.AppSettings{}, err
	}
	names, err := p.names(r.Context(), f.TeamID)
	if err != nil {
		return pages.AppSettings{}, err
	}
	page := pages.AppSettings{
		Page: p.base(r), App: appHead(f), Name: in.Name, Description: in.Description, TokenLifetime: int(in.TokenLifetime / time.Second), RefreshGrace: int(in.RefreshGrace / time.Second),
		MadeBy: names[f.CreatedBy], MadeAt: f.CreatedAt, Errors: faults, CanEdit: f.Manage, CanDelete: f.Manage, CanTransfer: rights.Manage,
		DeleteText:   deleteText(f, p.Hub.Now()),
		HasRedirects: f.Kind != "server", RedirectURIs: strings.Join(in.RedirectURIs, "\n"), Access: access(in.Refresh),
		Confidential: f.AuthMethod != db.AuthNone, AuthMethod: in.AuthMethod, JWKS: in.Keys, JWKSURI: in.JWKSURI, QueryParameters: in.QueryParameters,
		Introspection: in.Introspection, CanTeam: rights.Manage, CanPortal: web.VisitorOf(r).Person.Owner,
	}
	page.MintBurst, page.MintRate = app.MintLimit(db.App{MintBurst: in.MintBurst, MintRate: in.MintRate})
	if !f.Manage {
		page.Reason = whoCan(f, "change it")
	}
	page.Scopes, err = p.scopeGroups(r, rights, in.Scopes, f.Scopes)
	return page, err
}

func deleteText(f app.Facts, now time.Time) string {
	text := words.Count(len(f.Live), "live secret stops", "live secrets stop") + " working immediately"
	if !f.LastUse.LastAt.IsZero() {
		text += "; " + lastUse(f.LastUse, now)
	}
	return text + "."
}

// SaveApp stores the settings of an app.
func (p *Portal) SaveApp(w http.ResponseWriter, r *http.Request) error {
	clientID := r.PathValue("client_id")
	var facts app.Facts
	return saveEdit(p, w, r, edit[pages.AppSettings]{
		page: func() (page pages.AppSettings, err error) {
			if facts, _, err = p.managed(r, "change this app"); err != nil {
				return page, err
			}
			return p.settingsPage(r, facts, settingsOf(facts.App), nil)
		},
		form: pages.AppSettings.Form,
		save: func(form url.Values) error {
			in := readApp(form, facts.App)
			in.Seen = &facts.App
			return p.Apps.Update(r.Context(), web.Actor(r), clientID, in)
		},
		again: func(_ pages.AppSettings, back cameBack) (templ.Component, error) {
			page, err := p.settingsPage(r, facts, readApp(back.Values, facts.App), back.faults)
			page.Version = back.version
			return page, err
		},
		log: changesOf(clientID, hub.ActionAppChanged, hub.ActionAppReachChanged, hub.ActionAppMintLimitChanged, hub.ActionAppRedirectAdded, hub.ActionAppTransferred),
		done: func() error {
			return p.done(w, r, "/apps/"+clientID, "The app's settings are saved. They apply to tokens issued from now on.")
		},
	})
}

// readApp reads the form of an app's settings.
func readApp(form url.Values, client db.App) app.Change {
	seconds, _ := strconv.Atoi(form.Get("token_lifetime")) // 0 is refused by hub
	in := app.Change{
		Name: form.Get("name"), Description: form.Get("description"), Scopes: form["scopes"], TokenLifetime: time.Duration(min(max(seconds, 0), 1<<31)) * time.Second,
		RedirectURIs: strings.Fields(form.Get("redirect_uris")), Refresh: form.Get("access") != "once", AuthMethod: form.Get("auth_method"),
		Keys: form.Get("jwks"), JWKSURI: form.Get("jwks_uri"), QueryParameters: form.Get("query_parameters") != "", Introspection: form.Get("introspection"),
	}
	if !form.Has("introspection") { // a choice that the visitor may not make is not sent
		in.Introspection = client.Introspection
	}
	in.MintBurst, in.MintRate, in.RefreshGrace = client.MintBurst, client.MintRate, client.RefreshGrace
	if form.Has("refresh_grace") {
		in.RefreshGrace = -1 // which hub refuses
		if seconds, err := strconv.ParseUint(form.Get("refresh_grace"), 10, 31); err == nil {
			in.RefreshGrace = time.Duration(seconds) * time.Second
		}
	}
	for name, value := range map[string]*int{"mint_burst": &in.MintBurst, "mint_rate": &in.MintRate} {
		if form.Has(name) {
			*value = numberOr(form.Get(name), -1) // -1 is refused by hub
		}
	}
	if in.AuthMethod != db.AuthJWT { // fields that the page hides are sent all the same
		in.Keys, in.JWKSURI = "", ""
	}
	return in
}

// numberOr returns the number that a field holds, 0 if it is empty, or other if it isn't one.
func numberOr(text string, other int) int {
	text = strings.ReplaceAll(strings.TrimSpace(text), ",", "")
	if text == "" {
		return 0
	}
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return n
	}
	return other
}

// settingsOf are an app's settings as the form shows them.
func settingsOf(client db.App) app.Change {
	return app.Change{
		Name: client.Name, Description: client.Description, Scopes: client.Scopes, TokenLifetime: client.TokenLifetime,
		RedirectURIs: client.RedirectURIs, Refresh: slices.Contains(client.Grants, db.GrantRefresh), AuthMethod: client.AuthMethod, Keys: client.JWKS, JWKSURI: client.JWKSURI,
		QueryParameters: client.QueryParameters, Introspection: client.Introspection, MintBurst: client.MintBurst, MintRate: client.MintRate,
		RefreshGrace: client.RefreshGrace,
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
	client, err := p.Apps.AddRedirectURI(r.Context(), web.Actor(r), clientID, form.Get("redirect_uri"))
	if err != nil {
		return err
	}
	return p.done(w, r, web.LocalPath(form.Get("next"), "/apps/"+clientID), "The redirect URI is registered for "+client.Name+".")
}
