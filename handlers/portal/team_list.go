package portal

import (
	"net/http"

	"gatepost/handlers/web"
	"gatepost/views/pages"
)

// OwnerTeams lists all teams of the portal.
func (p *Portal) OwnerTeams(w http.ResponseWriter, r *http.Request) error {
	page, err := p.teamsPage(r)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) teamsPage(r *http.Request) (pages.OwnerTeams, error) {
	teams, err := p.Teams.All(r.Context(), web.Actor(r))
	if err != nil {
		return pages.OwnerTeams{}, err
	}
	page := pages.OwnerTeams{Page: p.base(r)}
	for _, t := range teams {
		page.Items = append(page.Items, pages.OwnerTeam{ID: t.ID, Name: t.Name, SolutionKey: t.SolutionKey, Members: t.Members, Apps: t.Apps, MadeAt: t.CreatedAt})
	}
	return page, nil
}

// AddTeam creates a team and makes it the visitor's current one.
func (p *Portal) AddTeam(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	made, err := p.Teams.Add(r.Context(), web.Actor(r), form.Get("name"))
	if faults, ok := fieldErrors(err); ok {
		page, err := p.teamsPage(r)
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
	return p.done(w, r, "/owner/teams", "The team "+made.Name+" is created. You are now working in it.")
}
