package portal

import (
	"net/http"

	"gatepost/handlers/hub"
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
	list, err := p.Hub.APIs(r.Context(), web.Actor(r))
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
	_, err = p.Hub.AddAPI(r.Context(), web.Actor(r), form.Get("name"), form.Get("audience"), "")
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
	return p.done(w, r, "/owner/apis", "The API is added. Clients can ask for tokens for it.")
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
				"Requests with resource=" + row.Audience + " are refused from now on.",
				"Tokens that were issued for it stay valid until they expire; refreshing them gives an error.",
				"Its document goes with all its versions, and its page of the reference.",
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
	if err := p.Hub.RemoveAPI(r.Context(), web.Actor(r), r.PathValue("id")); err != nil {
		return err
	}
	return p.done(w, r, "/owner/apis", "The API is removed.")
}

// OwnerSettings are the portal's settings that need no restart.
func (p *Portal) OwnerSettings(w http.ResponseWriter, r *http.Request) error {
	s, err := p.Hub.PortalSettings(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	without, err := p.DB.WithoutSecondFactor(r.Context(), "")
	if err != nil {
		return err
	}
	return p.show(w, r, pages.OwnerSettings{Page: p.base(r), NoEnd: s.NoEnd, LoginOff: s.VendorLoginOff, LongPasswords: s.LongPasswords, SecondFactor: pages.SecondFactorRule{
		Action: "/owner/settings/second-factor", Whom: "everyone on this portal", Required: s.SecondFactor, Without: without,
	}})
}

// SaveOwnerSettings stores them.
func (p *Portal) SaveOwnerSettings(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	ticked := func(name string) *bool { return new(form.Get(name) != "") }
	if err := p.Hub.ChangePortal(r.Context(), web.Actor(r), hub.PortalChange{
		NoEnd: ticked("personal_tokens_without_end"), VendorLoginOff: ticked("iotconnect_off"), LongPasswords: ticked("password_long"),
	}); err != nil {
		return err
	}
	return p.done(w, r, "/owner/settings", "The portal's settings are saved.")
}
