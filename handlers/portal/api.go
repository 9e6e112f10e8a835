package portal

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"gatepost/db"
	"gatepost/handlers/apidoc"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/catalogue"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
	"gatepost/views/words"
)

// shownVersions is how many versions of a document a page lists.
const shownVersions = 50

// OwnerAPI is the page of one API: its document, servers and scopes.
func (p *Portal) OwnerAPI(w http.ResponseWriter, r *http.Request) error {
	page, _, err := p.apiPage(r)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

// apiPage returns the page of an API, and the facts of its newest document.
func (p *Portal) apiPage(r *http.Request) (pages.OwnerAPI, apidoc.Facts, error) {
	ctx := r.Context()
	api, err := p.Catalogue.API(ctx, web.Actor(r), r.PathValue("id"))
	if err != nil {
		return pages.OwnerAPI{}, apidoc.Facts{}, err
	}
	page := pages.OwnerAPI{
		Page: p.base(r), ID: api.ID, Name: api.Name, Audience: api.Audience, Slug: api.Slug, Address: api.SourceURL, Direct: api.Direct,
		Fields: pages.APIFields{Name: api.Name, Audience: api.Audience, Slug: api.Slug, Access: api.Access}, AllScopes: api.Scopes,
	}
	open, err := p.Catalogue.APIApps(ctx, web.Actor(r), api.ID)
	if err != nil {
		return page, apidoc.Facts{}, err
	}
	for _, app := range open {
		team, err := p.DB.Team(ctx, app.TeamID)
		if err != nil {
			return page, apidoc.Facts{}, err
		}
		page.Open = append(page.Open, pages.APIApp{ClientID: app.ClientID, Name: app.Name, Team: team.Name})
		page.Fields.Apps += app.ClientID + "\n"
	}
	versions, err := p.DB.APIDocuments(ctx, api.ID, shownVersions)
	if err != nil || len(versions) == 0 {
		return page, apidoc.Facts{}, err
	}
	newest := versions[0]
	page.Title, page.Version = newest.Title, newest.Version
	facts, findings, err := readDocument(newest)
	if err != nil {
		return page, facts, err
	}
	page.Findings = findingRows(findings)
	for _, s := range facts.Servers {
		row := ui.Scope{Name: s, Checked: slices.Contains(api.Servers, s)}
		if !proxied(s) {
			row.Text = "Direct calls only: the portal forwards calls only to https on port 443."
		}
		page.Servers = append(page.Servers, row)
	}
	if page.Scopes, err = p.newScopes(r, facts); err != nil {
		return page, facts, err
	}
	names := map[string]string{}
	for _, v := range versions {
		if _, known := names[v.CreatedBy]; !known {
			if person, err := p.DB.Person(ctx, v.CreatedBy); err == nil {
				names[v.CreatedBy] = person.Name
			} else if !errors.Is(err, db.ErrNotFound) {
				return page, facts, err
			}
		}
		page.Versions = append(page.Versions, pages.APIVersion{Version: v.Version, Title: v.Title, By: names[v.CreatedBy], At: v.CreatedAt})
	}
	return page, facts, nil
}

// newScopes are the scopes of a document that the catalogue lacks.
func (p *Portal) newScopes(r *http.Request, facts apidoc.Facts) (out []ui.Scope, err error) {
	scopes, err := p.DB.Scopes(r.Context())
	if err != nil {
		return nil, err
	}
	for _, s := range facts.Scopes {
		if slices.ContainsFunc(scopes, func(c db.Scope) bool { return c.Name == s.Name }) {
			continue
		}
		row := ui.Scope{Name: s.Name, Text: s.Sentence}
		if !catalogue.ValidScope(s.Name) {
			row.Off, row.Reason = true, "A scope has visible ASCII characters only, without spaces, quotes and backslashes."
		}
		out = append(out, row)
	}
	return out, nil
}

// SaveAPI changes an API's name, audience, address and access.
func (p *Portal) SaveAPI(w http.ResponseWriter, r *http.Request) error {
	var seen catalogue.SeenAPI
	var changed db.API
	return saveEdit(p, w, r, edit[pages.OwnerAPI]{
		page: func() (pages.OwnerAPI, error) {
			page, _, err := p.seenAPIPage(r, &seen)
			return page, err
		},
		form: pages.OwnerAPI.Form,
		save: func(form url.Values) (err error) {
			in := catalogue.APIChange{Name: form.Get("name"), Audience: form.Get("audience"), Slug: form.Get("slug"), Seen: &seen}
			if access := form.Get("access"); access != "" {
				in.Access = &catalogue.APIAccess{By: access, Apps: strings.Fields(form.Get("apps"))}
			}
			changed, err = p.Catalogue.ChangeAPI(r.Context(), web.Actor(r), seen.API.ID, in)
			return err
		},
		again: func(page pages.OwnerAPI, back cameBack) (templ.Component, error) {
			page.Fields = pages.APIFields{Name: back.Get("name"), Audience: back.Get("audience"), Slug: back.Get("slug"), Access: back.Get("access"), Apps: back.Get("apps")}
			page.Errors, page.FieldsVersion = back.faults, back.version
			return page, nil
		},
		log:  changesOf(r.PathValue("id"), hub.ActionAPIChanged, hub.ActionAPIAccessChanged),
		done: func() error { return p.done(w, r, "/owner/apis/"+changed.ID, "The API "+changed.Name+" is saved.") },
	})
}

// seenAPIPage is apiPage; seen is the API that it shows.
func (p *Portal) seenAPIPage(r *http.Request, seen *catalogue.SeenAPI) (pages.OwnerAPI, apidoc.Facts, error) {
	api, err := p.Catalogue.API(r.Context(), web.Actor(r), r.PathValue("id"))
	if err != nil {
		return pages.OwnerAPI{}, apidoc.Facts{}, err
	}
	open, err := p.Catalogue.APIApps(r.Context(), web.Actor(r), api.ID)
	if err != nil {
		return pages.OwnerAPI{}, apidoc.Facts{}, err
	}
	*seen = catalogue.SeenAPI{API: api, Apps: catalogue.ClientIDs(open)}
	return p.apiPage(r)
}

// SaveAPICalls approves the servers that calls from the reference may reach.
func (p *Portal) SaveAPICalls(w http.ResponseWriter, r *http.Request) error {
	var seen catalogue.SeenAPI
	var facts apidoc.Facts
	return saveEdit(p, w, r, edit[pages.OwnerAPI]{
		page: func() (page pages.OwnerAPI, err error) {
			page, facts, err = p.seenAPIPage(r, &seen)
			return page, err
		},
		form: pages.OwnerAPI.CallsForm,
		save: func(form url.Values) error {
			version, _ := strconv.ParseInt(form.Get("version"), 10, 64)
			calls := catalogue.APICalls{Version: version, Declared: facts.Servers, Servers: form["servers"], Direct: form.Get("direct") != "", Seen: &seen}
			return p.Catalogue.SaveAPICalls(r.Context(), web.Actor(r), seen.API.ID, calls)
		},
		again: func(page pages.OwnerAPI, back cameBack) (templ.Component, error) {
			for i, s := range page.Servers {
				page.Servers[i].Checked = slices.Contains(back.Values["servers"], s.Name)
			}
			page.Direct, page.Errors, page.CallsVersion = back.Has("direct"), back.faults, back.version
			return page, nil
		},
		log:  changesOf(r.PathValue("id"), hub.ActionAPIChanged, hub.ActionAPIDocumented),
		done: func() error { return p.done(w, r, "/owner/apis/"+seen.API.ID, "The servers are saved.") },
	})
}

// AddAPIScopes adds scopes that the document names to the catalogue.
func (p *Portal) AddAPIScopes(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	page, facts, err := p.apiPage(r)
	if err != nil {
		return err
	}
	var chosen []db.Scope
	for _, s := range facts.Scopes {
		if slices.Contains(form["scopes"], s.Name) {
			chosen = append(chosen, db.Scope{Name: s.Name, Sentence: s.Sentence})
		}
	}
	err = p.Catalogue.AddScopes(r.Context(), web.Actor(r), chosen)
	if len(chosen) == 0 && err == nil {
		err = &hub.Invalid{Fields: []hub.FieldError{{Field: "scopes", Message: "Tick a scope that the document names."}}}
	}
	if faults, ok := fieldErrors(err); ok {
		faults.Move("name", "scopes") // the page's name is the API's
		page.Errors = faults
		return p.again(w, r, page)
	}
	if err != nil {
		return err
	}
	return p.done(w, r, "/owner/apis/"+page.ID, words.Count(len(chosen), "scope is", "scopes are")+" in the catalogue now.")
}

// RemoveAPIForm says what stops when the API is removed.
func (p *Portal) RemoveAPIForm(w http.ResponseWriter, r *http.Request) error {
	page, err := p.apisPage(r)
	if err != nil {
		return err
	}
	for _, row := range page.Rows {
		if row.ID == r.PathValue("id") {
			return p.show(w, r, pages.APIRemove{Page: page.Page, Row: row, Facts: []string{
				"Requests with resource=" + row.Audience + " are refused immediately.",
				"Tokens already issued for it stay valid until they expire; refreshing them fails.",
				"Its document is deleted with all its versions, and so is its page of the reference.",
			}})
		}
	}
	return web.NotFound()
}

// RemoveAPI removes an API.
func (p *Portal) RemoveAPI(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.PageForm(w, r); err != nil {
		return err
	}
	if err := p.Catalogue.RemoveAPI(r.Context(), web.Actor(r), r.PathValue("id")); err != nil {
		return err
	}
	return p.done(w, r, "/owner/apis", "The API is removed.")
}
