package portal

import (
	"net/http"

	"gatepost/handlers/web"
	"gatepost/views/pages"
)

// OwnerAPIs lists the APIs that tokens can be for.
func (p *Portal) OwnerAPIs(w http.ResponseWriter, r *http.Request) error {
	page, err := p.apisPage(r)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) apisPage(r *http.Request) (pages.OwnerAPIs, error) {
	page := pages.OwnerAPIs{Page: p.base(r), Issuer: p.Issuer}
	list, err := p.Catalogue.APIs(r.Context(), web.Actor(r))
	for _, a := range list {
		page.Rows = append(page.Rows, pages.APIRow{ID: a.ID, Name: a.Name, Audience: a.Audience, Documented: a.Slug != "", Made: a.CreatedAt})
	}
	return page, err
}

// AddAPI adds an API.
func (p *Portal) AddAPI(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	_, err = p.Catalogue.AddAPI(r.Context(), web.Actor(r), form.Get("name"), form.Get("audience"), "")
	if faults, ok := fieldErrors(err); ok {
		page, err := p.apisPage(r)
		if err != nil {
			return err
		}
		page.Name, page.Audience, page.Errors = form.Get("name"), form.Get("audience"), faults
		return p.again(w, r, page)
	}
	if err != nil {
		return err
	}
	return p.done(w, r, "/owner/apis", "The API is added. Clients can now get tokens for it.")
}
