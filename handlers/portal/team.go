package portal

import (
	"net/http"

	"gatepost/handlers/hub"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
)

// Team leads to the members, and a viewer to the devices: there is no more of a team for one.
func (p *Portal) Team(w http.ResponseWriter, r *http.Request) error {
	if !web.VisitorOf(r).Rights.Develop {
		return web.SeeOther(w, r, "/team/devices")
	}
	return web.SeeOther(w, r, "/team/members")
}

// SwitchTeam makes another of the visitor's teams the one that they work in.
func (p *Portal) SwitchTeam(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	for _, t := range web.VisitorOf(r).Teams {
		if t.ID == form.Get("team") {
			if err := p.Edge.SwitchTeam(w, r, t.ID); err != nil {
				return err
			}
			return web.SeeOther(w, r, web.LocalPath(form.Get("next"), "/dashboard"))
		}
	}
	return web.NotFound()
}

// Members lists the team's people and its pending invitations.
func (p *Portal) Members(w http.ResponseWriter, r *http.Request) error {
	page, err := p.membersPage(r, hub.Developer)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) membersPage(r *http.Request, role string) (pages.TeamMembers, error) {
	t, rights, err := team(r)
	if err != nil {
		return pages.TeamMembers{}, err
	}
	ctx, actor := r.Context(), web.Actor(r)
	members, err := p.Hub.Members(ctx, actor, t.ID)
	if err != nil {
		return pages.TeamMembers{}, err
	}
	page := pages.TeamMembers{Page: p.base(r), CanInvite: rights.Manage, CanSettings: rights.Manage, Roles: roleChoices(role)}
	admins := 0
	for _, m := range members {
		if m.Role == hub.Admin && m.Active {
			admins++
		}
	}
	for _, m := range members {
		page.Members = append(page.Members, pages.Member{
			ID: m.PersonID, Name: m.Name, Email: m.Email, Initials: web.Initials(m.Name), Role: m.Role, Owner: m.Owner,
			You: m.PersonID == actor.ID, Joined: m.CreatedAt, Active: m.Active,
			LastAdmin: m.Role == hub.Admin && (admins == 0 || admins == 1 && m.Active),
		})
	}
	if !rights.Manage {
		page.WhoCan, err = p.whoCan(ctx, t.ID, "invite people")
		return page, err
	}
	pending, err := p.Hub.Invitations(ctx, actor, t.ID)
	if err != nil {
		return page, err
	}
	names, err := p.names(ctx, t.ID)
	if err != nil {
		return page, err
	}
	now := p.Hub.Now()
	for _, l := range pending {
		item := pages.Invitation{ID: l.ID, Email: l.Email, Role: l.Role, InvitedBy: names[l.CreatedBy], State: "pending", SentAt: l.CreatedAt, Ends: l.ExpiresAt}
		if !now.Before(l.ExpiresAt) {
			item.State = "expired"
		}
		page.Invitations = append(page.Invitations, item)
	}
	return page, nil
}

func roleChoices(checked string) []ui.Choice {
	out := []ui.Choice{
		{Value: hub.Admin, Title: "Admin", Text: "Everything in this team: people, every app's secrets, settings."},
		{Value: hub.Developer, Title: "Developer", Text: "Creates apps, rotates the secrets of own apps, uses the playground."},
		{Value: hub.Viewer, Title: "Viewer", Text: "Sees the docs and the devices granted to them; no apps."},
	}
	for i := range out {
		out[i].Checked = out[i].Value == checked
	}
	return out
}

// Invite invites somebody by e-mail. Without mail the answer shows the link, once.
func (p *Portal) Invite(w http.ResponseWriter, r *http.Request) error {
	t, _, err := team(r)
	if err != nil {
		return err
	}
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	invited, err := p.Hub.Invite(r.Context(), web.Actor(r), t.ID, form.Get("email"), form.Get("role"))
	if faults, ok := fieldErrors(err); ok {
		page, err := p.membersPage(r, form.Get("role"))
		if err != nil {
			return err
		}
		page.Email, page.Errors = form.Get("email"), faults
		return p.again(w, r, page)
	}
	return p.invited(w, r, invited, err)
}

// Resend makes a new link for a pending invitation.
func (p *Portal) Resend(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.PageForm(w, r); err != nil {
		return err
	}
	t, _, err := team(r)
	if err != nil {
		return err
	}
	invited, err := p.Hub.Resend(r.Context(), web.Actor(r), t.ID, r.PathValue("id"))
	return p.invited(w, r, invited, err)
}

func (p *Portal) invited(w http.ResponseWriter, r *http.Request, in hub.Invited, err error) error {
	if err != nil {
		return err
	}
	if in.Mailed {
		return p.done(w, r, "/team/members", "An invitation went to "+in.Link.Email+". Its link works once, for 72 hours.")
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
	t, _, err := team(r)
	if err != nil {
		return err
	}
	if err := p.Hub.CancelInvitation(r.Context(), web.Actor(r), t.ID, r.PathValue("id")); err != nil {
		return err
	}
	return p.done(w, r, "/team/members", "The invitation is cancelled. Its link no longer works.")
}

// TeamSettings shows the team's name and solution key.
func (p *Portal) TeamSettings(w http.ResponseWriter, r *http.Request) error {
	t, rights, err := team(r)
	if err != nil {
		return err
	}
	if !rights.Manage {
		return &hub.Forbidden{What: "change the team's settings", WhoCan: "An admin of the team can do it."}
	}
	page, err := p.teamSettings(r, t)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

// SaveTeam renames the team.
func (p *Portal) SaveTeam(w http.ResponseWriter, r *http.Request) error {
	t, _, err := team(r)
	if err != nil {
		return err
	}
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	name := form.Get("name")
	err = p.Hub.ChangeTeam(r.Context(), web.Actor(r), t.ID, hub.TeamChange{Name: &name})
	if faults, ok := fieldErrors(err); ok {
		page, err := p.teamSettings(r, t)
		if err != nil {
			return err
		}
		page.Name, page.Errors = name, faults
		return p.again(w, r, page)
	}
	if err != nil {
		return err
	}
	return p.done(w, r, "/team/settings", "The team's name is saved.")
}

// OwnerTeams lists all teams of the portal.
func (p *Portal) OwnerTeams(w http.ResponseWriter, r *http.Request) error {
	page, err := p.ownerPage(r)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) ownerPage(r *http.Request) (pages.OwnerTeams, error) {
	teams, err := p.Hub.AllTeams(r.Context(), web.Actor(r))
	if err != nil {
		return pages.OwnerTeams{}, err
	}
	page := pages.OwnerTeams{Page: p.base(r)}
	for _, t := range teams {
		page.Items = append(page.Items, pages.OwnerTeam{ID: t.ID, Name: t.Name, SolutionKey: t.SolutionKey, Members: t.Members, Apps: t.Apps, MadeAt: t.CreatedAt})
	}
	return page, nil
}

// AddTeam makes a team and works in it from then on.
func (p *Portal) AddTeam(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	made, err := p.Hub.AddTeam(r.Context(), web.Actor(r), form.Get("name"))
	if faults, ok := fieldErrors(err); ok {
		page, err := p.ownerPage(r)
		if err != nil {
			return err
		}
		page.Name, page.Errors = form.Get("name"), faults
		return p.again(w, r, page)
	}
	if err != nil {
		return err
	}
	if err := p.Edge.SwitchTeam(w, r, made.ID); err != nil {
		return err
	}
	return p.done(w, r, "/owner/teams", "The team "+made.Name+" is made. You work in it now.")
}

// Components shows every part of the design system in every state.
func (p *Portal) Components(w http.ResponseWriter, r *http.Request) error {
	if !web.VisitorOf(r).Person.Owner {
		return &hub.Forbidden{What: "see the components", WhoCan: "It is for owners of the portal."}
	}
	return p.show(w, r, pages.Components{Page: p.base(r)})
}
