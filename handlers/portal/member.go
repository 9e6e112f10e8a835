package portal

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/hub/team"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
	"gatepost/views/words"
)

// ChangeRole changes a member's role.
func (p *Portal) ChangeRole(w http.ResponseWriter, r *http.Request) error {
	t, _, err := currentTeam(r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	var role, before string
	member := func(page pages.Members) *pages.Member {
		for i := range page.Members {
			if page.Members[i].ID == id {
				return &page.Members[i]
			}
		}
		return &pages.Member{}
	}
	return saveEdit(p, w, r, edit[pages.Members]{
		page: func() (page pages.Members, err error) {
			if err = p.Hub.MayManageTeam(r.Context(), web.Actor(r), t.ID, "change roles"); err != nil {
				return page, err
			}
			if page, err = p.membersPage(r, hub.Developer); err == nil && member(page).ID == "" {
				err = db.ErrNotFound
			}
			before = member(page).Role
			return page, err
		},
		form: func(page pages.Members) ui.Form { return member(page).Form() },
		save: func(form url.Values) error {
			role = form.Get("role")
			return p.Teams.ChangeRoleFrom(r.Context(), web.Actor(r), t.ID, id, &before, role)
		},
		again: func(page pages.Members, back cameBack) (templ.Component, error) {
			m := member(page)
			if m.LastAdmin { // whose role has no form
				return nil, hub.ErrLastAdmin
			}
			m.Role, m.Version, page.RoleErrors = back.Get("role"), back.version, back.faults
			return page, nil
		},
		log: changesOf(id, hub.ActionMemberRoleChanged),
		done: func() error {
			const done = "The role is changed. It applies from the person's next page on."
			if before == role || role == hub.Admin || before == hub.Viewer || id == web.VisitorOf(r).Person.ID {
				return p.done(w, r, "/team/members", done)
			}
			return p.afterLostRole(w, r, t.ID, id, done, "/team/members")
		},
	})
}

// RemoveMemberForm says what ends when the person is removed from the team.
func (p *Portal) RemoveMemberForm(w http.ResponseWriter, r *http.Request) error {
	page, err := p.memberRemovePage(r, r.PathValue("id"))
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) memberRemovePage(r *http.Request, id string) (pages.MemberRemove, error) {
	t, _, err := currentTeam(r)
	if err != nil {
		return pages.MemberRemove{}, err
	}
	m, err := p.Teams.Membership(r.Context(), web.Actor(r), t.ID, id)
	if err != nil {
		return pages.MemberRemove{}, err
	}
	page := pages.MemberRemove{Page: p.base(r), ID: id, Name: m.Name, Email: m.Email, Facts: removeFacts(m)}
	if m.LastAdmin {
		page.Blocked = hub.ErrLastAdmin.Error()
	}
	return page, nil
}

// removeFacts say what happens to what a person made, holds and has seen.
func removeFacts(m team.Membership) []string {
	facts := []string{words.Count(m.Reach.Apps, "app that they made stays", "apps that they made stay") + " with the team."}
	if m.Reach.Apps == 0 {
		facts = []string{"They made no app of the team."}
	}
	if n := m.Reach.Authorizations; n > 0 {
		facts = append(facts, words.Count(n, "app of the team that they authorized loses", "apps of the team that they authorized lose")+" access to their data immediately: the tokens are revoked.")
	}
	switch n := m.Reach.PersonalTokens; {
	case n == 0:
	case m.OtherTeams == 0 && !m.Owner:
		facts = append(facts, "It is their only team: "+words.Count(n, "of their API tokens stops", "of their API tokens stop")+" working, and so does every app that acts for them.")
	default:
		facts = append(facts, words.Count(n, "of their API tokens keeps", "of their API tokens keep")+" working for their other teams, but no longer for this one from the next request on.")
	}
	if n := m.Reach.DeviceGrants; n > 0 {
		facts = append(facts, words.Count(n, "device that was granted to them is", "devices that were granted to them are")+" revoked.")
	}
	if m.Role != hub.Viewer {
		facts = append(facts, "Secrets that they created, were handed or may have seen keep working until someone rotates them. The next page lists them.")
	}
	if m.Owner {
		facts = append(facts, "They are an owner of the portal, so they can still see the team.")
	}
	return facts
}

// RemoveMember removes the person when their name was typed.
func (p *Portal) RemoveMember(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	t, _, err := currentTeam(r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	page, err := p.memberRemovePage(r, id)
	if err != nil {
		return err
	}
	if faults := wrongName(form, "person", page.Name); page.Blocked == "" && faults != nil {
		page.Errors = faults
		return p.again(w, r, page)
	}
	if _, err := p.Teams.RemoveMember(r.Context(), web.Actor(r), t.ID, id); err != nil {
		return err
	}
	if id == web.VisitorOf(r).Person.ID {
		return web.SeeOther(w, r, "/dashboard")
	}
	return p.afterLostRole(w, r, t.ID, id, page.Name+" is removed from the team.", "/team/members")
}

// LeaveForm says what ends when the visitor leaves the team.
func (p *Portal) LeaveForm(w http.ResponseWriter, r *http.Request) error {
	page, err := p.leavePage(r)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) leavePage(r *http.Request) (pages.MemberRemove, error) {
	t, _, err := currentTeam(r)
	if err != nil {
		return pages.MemberRemove{}, err
	}
	m, err := p.Teams.Membership(r.Context(), web.Actor(r), t.ID, web.VisitorOf(r).Person.ID)
	if errors.Is(err, db.ErrNotFound) {
		err = team.NotAMember()
	}
	if err != nil {
		return pages.MemberRemove{}, err
	}
	page := pages.MemberRemove{Page: p.base(r), Self: true, Facts: leaveFacts(m)}
	if m.LastAdmin {
		page.Blocked = "You are the team's last admin. Make someone else an admin first."
	}
	return page, nil
}

func leaveFacts(m team.Membership) []string {
	facts := []string{"You can no longer see anything of the team. Only a new invitation brings you back."}
	if n := m.Reach.Apps; n > 0 {
		facts = append(facts, words.Count(n, "app that you made stays", "apps that you made stay")+" with the team.")
	}
	if n := m.Reach.Authorizations; n > 0 {
		facts = append(facts, words.Count(n, "app of the team that you authorized loses", "apps of the team that you authorized lose")+" access to your data immediately.")
	}
	if n := m.Reach.PersonalTokens; n > 0 && m.OtherTeams == 0 && !m.Owner {
		facts = append(facts, "It is your only team: "+words.Count(n, "of your API tokens stops", "of your API tokens stop")+" working, and so does every app that acts for you.")
	}
	if m.Role == hub.Viewer {
		return append(facts, "The team's admins get a mail.")
	}
	return append(facts, "The team's admins get a mail, and are shown which secrets you could have seen.")
}

// Leave takes the visitor out of the team when its name was typed.
func (p *Portal) Leave(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.leavePage(r)
	if err != nil {
		return err
	}
	t := web.VisitorOf(r).Team
	if faults := wrongName(form, "team", t.Name); page.Blocked == "" && faults != nil {
		page.Errors = faults
		return p.again(w, r, page)
	}
	if _, err := p.Teams.Leave(r.Context(), web.Actor(r), t.ID); err != nil {
		return err
	}
	return p.done(w, r, "/dashboard", "You have left "+t.Name+".")
}

// Members lists the team's people and its pending invitations.
func (p *Portal) Members(w http.ResponseWriter, r *http.Request) error {
	page, err := p.membersPage(r, hub.Developer)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) membersPage(r *http.Request, role string) (pages.Members, error) {
	t, rights, err := currentTeam(r)
	if err != nil {
		return pages.Members{}, err
	}
	ctx, actor := r.Context(), web.Actor(r)
	members, err := p.Teams.Members(ctx, actor, t.ID)
	if err != nil {
		return pages.Members{}, err
	}
	page := pages.Members{Page: p.base(r), CanInvite: rights.Manage, CanSettings: rights.Manage, Roles: roleChoices(role)}
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
	pending, err := p.Teams.Invitations(ctx, actor, t.ID)
	if err != nil {
		return page, err
	}
	names, err := p.names(ctx, t.ID)
	if err != nil {
		return page, err
	}
	known, err := p.Apps.ExposedPeople(ctx, actor, t.ID)
	if err != nil {
		return page, err
	}
	for i := range page.Members {
		page.Members[i].Knows = slices.ContainsFunc(known, func(x app.ExposedPerson) bool { return x.ID == page.Members[i].ID })
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
		{Value: hub.Developer, Title: "Developer", Text: "Creates apps, rotates the secrets of their own apps, uses the playground."},
		{Value: hub.Viewer, Title: "Viewer", Text: "Sees the docs and the devices granted to them; no apps."},
	}
	for i := range out {
		out[i].Checked = out[i].Value == checked
	}
	return out
}
