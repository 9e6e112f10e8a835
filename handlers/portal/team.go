package portal

import (
	"net/http"
	"net/url"

	"github.com/a-h/templ"

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
			return p.Edge.GoOn(w, r, web.LocalPath(form.Get("next"), "/dashboard"))
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
	var seen db.Team
	return saveEdit(p, w, r, edit[pages.TeamSettings]{
		page: func() (pages.TeamSettings, error) { return p.managedTeamSettings(r, &seen) },
		form: pages.TeamSettings.Form,
		save: func(form url.Values) error {
			return p.Teams.Change(r.Context(), web.Actor(r), seen.ID, team.Change{Name: new(form.Get("name")), Seen: new(team.SettingsOf(seen))})
		},
		again: func(page pages.TeamSettings, back cameBack) (templ.Component, error) {
			page.Name, page.Errors, page.Version = back.Get("name"), back.faults, back.version
			return page, nil
		},
		log:  changesOf(web.VisitorOf(r).Team.ID, hub.ActionTeamRenamed),
		done: func() error { return p.done(w, r, "/team/settings", "The team's name is saved.") },
	})
}

// managedTeamSettings is the page for somebody who may save it; seen is the team that it shows.
func (p *Portal) managedTeamSettings(r *http.Request, seen *db.Team) (pages.TeamSettings, error) {
	t, _, err := currentTeam(r)
	if err != nil {
		return pages.TeamSettings{}, err
	}
	if *seen, err = p.Teams.ManagedTeam(r.Context(), web.Actor(r), t.ID); err != nil {
		return pages.TeamSettings{}, err
	}
	return p.teamSettings(r, *seen)
}

// teamSettings is the page of a team's name and rules.
func (p *Portal) teamSettings(r *http.Request, t db.Team) (pages.TeamSettings, error) {
	without, err := p.DB.WithoutSecondFactor(r.Context(), t.ID)
	return pages.TeamSettings{Page: p.base(r), Name: t.Name, SolutionKey: t.SolutionKey, ID: t.ID, MadeAt: t.CreatedAt, SecondFactor: pages.SecondFactorRule{
		Action: "/team/settings/second-factor", Whom: "every member of the team", Required: t.SecondFactor, Without: without, Of: t.ID,
	}}, err
}
