package portal

import (
	"net/http"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/team"
	"gatepost/handlers/web"
	"gatepost/views/pages"
)

// Team leads to the members, or a viewer to the devices, which are all that a viewer sees of a team.
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

// TeamSettings shows the team's name and solution key.
func (p *Portal) TeamSettings(w http.ResponseWriter, r *http.Request) error {
	t, rights, err := currentTeam(r)
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
	t, _, err := currentTeam(r)
	if err != nil {
		return err
	}
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	name := form.Get("name")
	err = p.Teams.Change(r.Context(), web.Actor(r), t.ID, team.Change{Name: &name})
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

// teamSettings is the page of a team's name and rules.
func (p *Portal) teamSettings(r *http.Request, t db.Team) (pages.TeamSettings, error) {
	without, err := p.DB.WithoutSecondFactor(r.Context(), t.ID)
	return pages.TeamSettings{Page: p.base(r), Name: t.Name, SolutionKey: t.SolutionKey, ID: t.ID, MadeAt: t.CreatedAt, SecondFactor: pages.SecondFactorRule{
		Action: "/team/settings/second-factor", Whom: "every member of the team", Required: t.SecondFactor, Without: without,
	}}, err
}
