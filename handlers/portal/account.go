package portal

import (
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
)

// Account is the user section: the person's fields, then Apps as cards.
func (p *Portal) Account(w http.ResponseWriter, r *http.Request) error {
	v := web.VisitorOf(r)
	page, err := p.accountPage(r, account.Profile{Name: v.Person.Name, Phone: v.Person.Phone, City: v.Person.City}, nil)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) accountPage(r *http.Request, in account.Profile, faults ui.Errors) (pages.Account, error) {
	v := web.VisitorOf(r)
	page := pages.Account{
		Page: p.base(r), Name: in.Name, Email: v.Person.Email, Phone: in.Phone, City: in.City, Errors: faults,
		RoleText: roleText(v), CanCreate: v.Rights.Develop,
	}
	var err error
	if v.Rights.Develop {
		page.Apps, err = p.cards(r)
	} else {
		page.WhoCan, err = p.whoCan(r.Context(), v.Team.ID, hub.GiveDeveloper)
	}
	return page, err
}

func roleText(v *web.Visitor) string {
	switch {
	case v.Person.Owner && v.Team.ID != "":
		return v.Rights.Role + " of " + v.Team.Name + ", owner of the portal"
	case v.Person.Owner:
		return "owner of the portal"
	case v.Team.ID != "":
		return v.Rights.Role + " of " + v.Team.Name
	}
	return "in no team"
}

// SaveAccount saves the person's profile.
func (p *Portal) SaveAccount(w http.ResponseWriter, r *http.Request) error {
	id := web.VisitorOf(r).Person.ID
	var seen account.Profile
	return saveEdit(p, w, r, edit[pages.Account]{
		page: func() (pages.Account, error) {
			person, err := p.DB.Person(r.Context(), id)
			if err != nil {
				return pages.Account{}, err
			}
			seen = account.Profile{Name: person.Name, Phone: person.Phone, City: person.City}
			return p.accountPage(r, seen, nil)
		},
		form: pages.Account.Form,
		save: func(form url.Values) error {
			return p.Accounts.SaveProfile(r.Context(), web.Actor(r), seen, readProfile(form))
		},
		again: func(_ pages.Account, back cameBack) (templ.Component, error) {
			page, err := p.accountPage(r, readProfile(back.Values), back.faults)
			page.Version = back.version
			return page, err
		},
		log:  changesOf(id, hub.ActionProfileChanged),
		done: func() error { return p.done(w, r, "/account", "Your profile is saved.") },
	})
}

func readProfile(form url.Values) account.Profile {
	return account.Profile{Name: form.Get("name"), Phone: form.Get("phone"), City: form.Get("city")}
}

// SetTheme keeps the choice of colours and goes back.
func (p *Portal) SetTheme(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	theme := form.Get("theme")
	if theme != "system" && theme != "light" && theme != "dark" {
		return web.BadRequest("Choose the theme system, light or dark.")
	}
	p.Edge.SetTheme(w, theme)
	return p.Edge.GoOn(w, r, web.LocalPath(form.Get("next"), "/dashboard"))
}
