package portal

import (
	"net/http"

	"gatepost/handlers/hub/app"
	"gatepost/handlers/web"
	"gatepost/views/pages"
)

// CheckSecretForm asks for a secret, to say whether it is the right one.
func (p *Portal) CheckSecretForm(w http.ResponseWriter, r *http.Request) error {
	facts, _, err := p.managed(r, "check a secret of this app")
	if err != nil {
		return err
	}
	return p.show(w, r, pages.SecretCheck{Page: p.base(r), App: appHead(facts)})
}

// CheckSecret says whether the pasted text is a live secret of the app, and marks that one as saved.
func (p *Portal) CheckSecret(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	facts, _, err := p.managed(r, "check a secret of this app")
	if err != nil {
		return err
	}
	page := pages.SecretCheck{Page: p.base(r), App: appHead(facts)}
	s, err := p.Apps.CheckSecret(r.Context(), web.Actor(r), facts.ClientID, form.Get("client_secret"))
	if faults, ok := fieldErrors(err); ok {
		page.Errors = faults
		return p.again(w, r, page)
	}
	if err != nil {
		return err
	}
	row := secretRow(app.SecretFacts{ClientSecret: s}, true, p.Hub.Now())
	page.Saved = &row
	return p.show(w, r, page)
}
