package portal

import (
	"net/http"

	"gatepost/handlers/web"
	"gatepost/views/pages"
)

// Calendar is a team's calendar at a person's private address, for programs that subscribe
// to it: the address is all that they show.
func (p *Portal) Calendar(w http.ResponseWriter, r *http.Request) error {
	calendar, err := p.Apps.Calendar(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Content-Disposition", `inline; filename="gatepost.ics"`)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Robots-Tag", "noindex")
	_, _ = w.Write(ics(calendar, p.Issuer, p.Edge.Brand, p.Hub.Now())) // a program that is gone can't be told
	return nil
}

// MakeCalendar answers with the one page that shows the new address of a team's calendar.
func (p *Portal) MakeCalendar(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.PageForm(w, r); err != nil {
		return err
	}
	address, err := p.Apps.MakeCalendar(r.Context(), web.Actor(r), r.PathValue("team"))
	if err != nil {
		return err
	}
	team, err := p.DB.Team(r.Context(), r.PathValue("team"))
	if err != nil {
		return err
	}
	return p.show(w, r, pages.CalendarMade{Page: p.base(r), TeamName: team.Name, Address: address})
}

// RevokeCalendar revokes the address of a team's calendar.
func (p *Portal) RevokeCalendar(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.PageForm(w, r); err != nil {
		return err
	}
	if err := p.Apps.RevokeCalendar(r.Context(), web.Actor(r), r.PathValue("team")); err != nil {
		return err
	}
	return p.done(w, r, "/team/rotation", "The calendar address is revoked. Programs that use it get nothing from now on.")
}
