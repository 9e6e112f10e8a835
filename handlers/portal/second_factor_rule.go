package portal

import (
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/catalogue"
	"gatepost/handlers/hub/team"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
)

// SaveTeamSecondFactor says whether members of the team need a second factor.
func (p *Portal) SaveTeamSecondFactor(w http.ResponseWriter, r *http.Request) error {
	var seen db.Team
	required := false
	return saveEdit(p, w, r, edit[pages.TeamSettings]{
		page: func() (pages.TeamSettings, error) { return p.managedTeamSettings(r, &seen) },
		form: func(page pages.TeamSettings) ui.Form { return page.SecondFactor.Form() },
		save: func(form url.Values) error {
			required = form.Get("required") != ""
			return p.Teams.Change(r.Context(), web.Actor(r), seen.ID, team.Change{SecondFactor: &required, Seen: new(team.SettingsOf(seen))})
		},
		again: func(page pages.TeamSettings, back cameBack) (templ.Component, error) {
			page.SecondFactor = ruleAgain(page.SecondFactor, back)
			return page, nil
		},
		log:  changesOf(web.VisitorOf(r).Team.ID, hub.ActionTeamChanged),
		done: func() error { return p.secondFactorDone(w, r, "/team/settings", required) },
	})
}

// SavePortalSecondFactor says whether everyone needs a second factor.
func (p *Portal) SavePortalSecondFactor(w http.ResponseWriter, r *http.Request) error {
	required := false
	e := p.editSettings(r, func(form url.Values) catalogue.SettingsChange {
		required = form.Get("required") != ""
		return catalogue.SettingsChange{SecondFactor: &required}
	})
	e.form = func(page pages.PortalSettings) ui.Form { return page.SecondFactor.Form() }
	e.again = func(page pages.PortalSettings, back cameBack) (templ.Component, error) {
		page.SecondFactor = ruleAgain(page.SecondFactor, back)
		return page, nil
	}
	e.done = func() error { return p.secondFactorDone(w, r, "/owner/settings", required) }
	return saveEdit(p, w, r, e)
}

func ruleAgain(rule pages.SecondFactorRule, back cameBack) pages.SecondFactorRule {
	rule.Required, rule.Version = back.Has("required"), back.version
	if len(back.faults) > 0 {
		rule.Error = back.faults[0].Text
	}
	return rule
}

func (p *Portal) secondFactorDone(w http.ResponseWriter, r *http.Request, back string, required bool) error {
	if required {
		return p.done(w, r, back, "A second factor is required from now on. For people without one, personal tokens, calendar addresses and the tokens of apps have ended.")
	}
	return p.done(w, r, back, "A second factor is no longer required.")
}
