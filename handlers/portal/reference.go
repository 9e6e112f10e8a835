package portal

import (
	"net/http"

	"gatepost/handlers/web"
	"gatepost/views/pages"
)

// DocsIndex lists the pages of the documentation.
func (p *Portal) DocsIndex(w http.ResponseWriter, r *http.Request) error {
	return p.show(w, r, pages.DocsIndex{Page: p.base(r), Pages: p.docs.list})
}

// Docs is one page of the documentation, with the visitor's first app filled in.
func (p *Portal) Docs(w http.ResponseWriter, r *http.Request) error {
	apps, err := p.ownApps(r)
	if err != nil {
		return err
	}
	reader := docReader{Issuer: p.Issuer, Algorithm: p.Grant.Keys.Algorithm()}
	if len(apps) > 0 {
		reader.ClientID = apps[0].ClientID
	}
	page, ok := p.docs.page(r.PathValue("page"), reader)
	if !ok {
		return web.NotFound()
	}
	page.Page = p.base(r)
	return p.show(w, r, page)
}

// SwaggerStart leads to the page of the API reference.
func (p *Portal) SwaggerStart(w http.ResponseWriter, r *http.Request) error {
	return web.SeeOther(w, r, "/swagger-ui/index.html")
}

// Swagger is the API reference. Signed in, it offers the visitor's apps to authorize as.
func (p *Portal) Swagger(w http.ResponseWriter, r *http.Request) error {
	page := pages.Swagger{Page: p.base(r), Issuer: p.Issuer}
	if v := web.VisitorOf(r); v != nil {
		page.CanCreate = v.Rights.Develop
	}
	var err error
	if page.Apps, err = p.ownApps(r); err != nil {
		return err
	}
	return p.show(w, r, page)
}

// ownApps are the apps that the visitor may try: none for who is signed out or may not develop.
func (p *Portal) ownApps(r *http.Request) ([]pages.PlaygroundApp, error) {
	if v := web.VisitorOf(r); v == nil || !v.Rights.Develop {
		return nil, nil
	}
	apps, err := p.playgroundApps(r, web.VisitorOf(r).Team.ID)
	var own []pages.PlaygroundApp
	for _, a := range apps {
		if a.CanSecret {
			own = append(own, a)
		}
	}
	return own, err
}
