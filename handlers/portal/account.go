package portal

import (
	"net/http"

	"gatepost/handlers/hub"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
)

// Account is the user section: the person's fields, then Apps as cards.
func (p *Portal) Account(w http.ResponseWriter, r *http.Request) error {
	v := web.VisitorOf(r)
	page, err := p.accountPage(r, hub.Profile{Name: v.Person.Name, Phone: v.Person.Phone, City: v.Person.City}, nil)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) accountPage(r *http.Request, in hub.Profile, faults ui.Errors) (pages.Account, error) {
	v := web.VisitorOf(r)
	page := pages.Account{
		Page: p.base(r), Name: in.Name, Email: v.Person.Email, Phone: in.Phone, City: in.City, Errors: faults,
		RoleText: roleText(v), CanCreate: v.Rights.Develop,
	}
	var err error
	if v.Rights.Develop {
		page.Apps, err = p.cards(r)
	} else {
		page.WhoCan, err = p.whoCan(r.Context(), v.Team.ID, moreRights)
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

// SaveAccount stores the person's own fields.
func (p *Portal) SaveAccount(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	in := hub.Profile{Name: form.Get("name"), Phone: form.Get("phone"), City: form.Get("city")}
	err = p.Hub.ChangeProfile(r.Context(), web.Actor(r), func(has *hub.Profile) { *has = in })
	if faults, ok := fieldErrors(err); ok {
		page, err := p.accountPage(r, in, faults)
		if err != nil {
			return err
		}
		return p.again(w, r, page)
	}
	if err != nil {
		return err
	}
	return p.done(w, r, "/account", "Your fields are saved.")
}

// Sessions lists the person's own sessions.
func (p *Portal) Sessions(w http.ResponseWriter, r *http.Request) error {
	list, err := p.Hub.Sessions(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	page := pages.Sessions{Page: p.base(r)}
	for _, s := range list {
		page.Items = append(page.Items, pages.Session{
			ID: s.ID, Device: hub.Browser(s.UserAgent), Address: s.Address, SignedIn: s.CreatedAt, LastSeen: s.LastSeenAt,
			Until: s.ExpiresAt, Current: s.ID == web.VisitorOf(r).Session.ID, Method: s.Method,
		})
	}
	return p.show(w, r, page)
}

// EndSession ends one of the person's own sessions.
func (p *Portal) EndSession(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.PageForm(w, r); err != nil {
		return err
	}
	if err := p.Hub.EndSession(r.Context(), web.Actor(r), r.PathValue("id")); err != nil {
		return err
	}
	if r.PathValue("id") == web.VisitorOf(r).Session.ID {
		return web.SeeOther(w, r, "/login")
	}
	return p.done(w, r, "/account/sessions", "The session has ended.")
}

// EndOtherSessions ends all the person's sessions but this one.
func (p *Portal) EndOtherSessions(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	appsToo := form.Get("apps") != ""
	if err := p.Hub.EndOtherSessions(r.Context(), web.Actor(r), web.VisitorOf(r).Session.ID, appsToo); err != nil {
		return err
	}
	if appsToo {
		return p.done(w, r, "/account/sessions", "Your other sessions have ended, and the tokens of the apps that you authorized.")
	}
	return p.done(w, r, "/account/sessions", "Your other sessions have ended.")
}
