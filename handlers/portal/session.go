package portal

import (
	"gatepost/handlers/hub/account"
	"net/http"

	"gatepost/handlers/web"
	"gatepost/views/pages"
)

// Sessions lists the person's own sessions.
func (p *Portal) Sessions(w http.ResponseWriter, r *http.Request) error {
	list, err := p.Accounts.Sessions(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	page := pages.Sessions{Page: p.base(r)}
	for _, s := range list {
		page.Items = append(page.Items, pages.Session{
			ID: s.ID, Browser: account.Browser(s.UserAgent), Address: s.Address, SignedIn: s.CreatedAt, LastSeen: s.LastSeenAt,
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
	if err := p.Accounts.EndSession(r.Context(), web.Actor(r), r.PathValue("id")); err != nil {
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
	if err := p.Accounts.EndOtherSessions(r.Context(), web.Actor(r), web.VisitorOf(r).Session.ID, appsToo); err != nil {
		return err
	}
	if appsToo {
		return p.done(w, r, "/account/sessions", "Your other sessions have ended, and the tokens of apps you authorized are revoked.")
	}
	return p.done(w, r, "/account/sessions", "Your other sessions have ended.")
}
