package portal

import (
	"encoding/json"
	"net/http"
	"slices"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/playground"
)

// DocsIndex lists the pages of the documentation.
func (p *Portal) DocsIndex(w http.ResponseWriter, r *http.Request) error {
	return p.show(w, r, pages.DocsIndex{Page: p.base(r), Pages: p.docs.list})
}

// Docs is one page of the documentation, filled with the visitor's first app that its examples work with.
func (p *Portal) Docs(w http.ResponseWriter, r *http.Request) error {
	reader := docReader{Issuer: p.Issuer, Algorithm: p.Grant.Keys.Algorithm()}
	if v := web.VisitorOf(r); v != nil && v.Rights.Develop {
		apps, err := p.Hub.Apps(r.Context(), web.Actor(r), v.Team.ID)
		if err != nil {
			return err
		}
		works := func(f hub.AppFacts) bool { return f.Manage && docWorks(r.PathValue("page"), f) }
		if i := slices.IndexFunc(apps, works); i >= 0 {
			reader.ClientID = apps[i].ClientID
		}
	}
	page, ok := p.docs.page(r.PathValue("page"), reader)
	if !ok {
		return web.NotFound()
	}
	page.Page = p.base(r)
	return p.show(w, r, page)
}

// docWorks says whether the examples of a page work with an app.
func docWorks(page string, f hub.AppFacts) bool {
	flow := playground.FlowClient
	switch page {
	case "client-keys":
		return f.AuthMethod == db.AuthJWT
	case "authorization-code":
		flow = playground.FlowCode
	case "device":
		flow = playground.FlowDevice
	}
	why, _, _ := cantPlay(flow, f)
	return why == ""
}

// SwaggerStart leads to the page of the API reference.
func (p *Portal) SwaggerStart(w http.ResponseWriter, r *http.Request) error {
	return web.SeeOther(w, r, "/swagger-ui/index.html")
}

// SwaggerRedirect is where an authorization that Swagger UI started ends, in a window of its own.
func (p *Portal) SwaggerRedirect(w http.ResponseWriter, r *http.Request) error {
	return p.show(w, r, pages.SwaggerRedirect{Page: p.base(r)})
}

// Swagger is the API reference. Signed in, it offers the visitor's apps to authorize as.
func (p *Portal) Swagger(w http.ResponseWriter, r *http.Request) error {
	ways, err := json.Marshal(p.callWays(db.API{}))
	if err != nil {
		return err
	}
	page := pages.Swagger{Page: p.base(r), API: pages.SwaggerAPI{Document: "/openapi.json", Scheme: "bearer", Ways: string(ways)}}
	if v := web.VisitorOf(r); v != nil {
		page.CanCreate = v.Rights.Develop
	}
	if page.Apps, err = p.ownApps(r); err != nil {
		return err
	}
	if page.APIs, err = p.documented(r); err != nil {
		return err
	}
	return p.show(w, r, page)
}

// ownApps are the apps that the visitor may try: none for who is signed out or may not develop.
func (p *Portal) ownApps(r *http.Request) ([]playground.App, error) {
	if v := web.VisitorOf(r); v == nil || !v.Rights.Develop {
		return nil, nil
	}
	apps, err := p.playgroundApps(r, web.VisitorOf(r).Team.ID, playground.FlowClient)
	var own []playground.App
	for _, a := range apps {
		if a.CanSecret {
			own = append(own, a)
		}
	}
	return own, err
}
