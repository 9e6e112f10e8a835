package portal

import (
	"net/http"

	"gatepost/handlers/hub"
	"gatepost/handlers/hub/team"
	"gatepost/handlers/web"
	"gatepost/views/pages"
)

// Invite invites someone by email. Without mail the answer shows the link, once.
func (p *Portal) Invite(w http.ResponseWriter, r *http.Request) error {
	t, _, err := currentTeam(r)
	if err != nil {
		return err
	}
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	invited, err := p.Teams.Invite(r.Context(), web.Actor(r), t.ID, form.Get("email"), form.Get("role"))
	if faults, status := formFaults(err, "email"); status != 0 {
		page, err := p.membersPage(r, form.Get("role"))
		if err != nil {
			return err
		}
		page.Email, page.Errors = form.Get("email"), faults
		return web.Render(w, r, status, page)
	}
	return p.invited(w, r, invited, err)
}

// ResendInvitation makes a new link for a pending invitation.
func (p *Portal) ResendInvitation(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.PageForm(w, r); err != nil {
		return err
	}
	t, _, err := currentTeam(r)
	if err != nil {
		return err
	}
	invited, err := p.Teams.Resend(r.Context(), web.Actor(r), t.ID, r.PathValue("id"))
	return p.invited(w, r, invited, err)
}

func (p *Portal) invited(w http.ResponseWriter, r *http.Request, in team.Invited, err error) error {
	if err != nil {
		return err
	}
	if in.Mailed {
		return p.done(w, r, "/team/members", "An invitation went to "+in.Link.Email+". Its link works once and expires after 3 days.")
	}
	page, err := p.membersPage(r, hub.Developer)
	if err != nil {
		return err
	}
	page.Link = &pages.InviteLink{Email: in.Link.Email, URL: in.URL, Why: in.Why, Ends: in.Link.ExpiresAt}
	return p.show(w, r, page)
}

// CancelInvitation ends a pending invitation.
func (p *Portal) CancelInvitation(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.PageForm(w, r); err != nil {
		return err
	}
	t, _, err := currentTeam(r)
	if err != nil {
		return err
	}
	if err := p.Teams.CancelInvitation(r.Context(), web.Actor(r), t.ID, r.PathValue("id")); err != nil {
		return err
	}
	return p.done(w, r, "/team/members", "The invitation is cancelled. Its link no longer works.")
}
