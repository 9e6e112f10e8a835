package portal

import (
	"net/http"

	"gatepost/handlers/hub/catalogue"
	"gatepost/handlers/hub/team"
	"gatepost/handlers/web"
	"gatepost/views/layout"
)

// SaveTeamSecondFactor says whether members of the team need a second factor.
func (p *Portal) SaveTeamSecondFactor(w http.ResponseWriter, r *http.Request) error {
	t, _, err := currentTeam(r)
	if err != nil {
		return err
	}
	return p.saveSecondFactorRule(w, r, "/team/settings", func(required bool) error {
		return p.Teams.Change(r.Context(), web.Actor(r), t.ID, team.Change{SecondFactor: &required})
	})
}

// SavePortalSecondFactor says whether everyone needs a second factor.
func (p *Portal) SavePortalSecondFactor(w http.ResponseWriter, r *http.Request) error {
	return p.saveSecondFactorRule(w, r, "/owner/settings", func(required bool) error {
		return p.Catalogue.ChangeSettings(r.Context(), web.Actor(r), catalogue.SettingsChange{SecondFactor: &required})
	})
}

func (p *Portal) saveSecondFactorRule(w http.ResponseWriter, r *http.Request, back string, save func(bool) error) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	required := form.Get("required") != ""
	err = save(required)
	if faults, ok := fieldErrors(err); ok {
		f := layout.Flash{Tone: "bad", Title: "Not changed", Text: faults[0].Text, Href: "/account/security", Action: "Go to your security page"}
		if err := p.Edge.Flash(w, r, f); err != nil {
			return err
		}
		return web.SeeOther(w, r, back)
	}
	if err != nil {
		return err
	}
	if required {
		return p.done(w, r, back, "A second factor is required from now on. For people without one, personal tokens, calendar addresses and the tokens of apps have ended.")
	}
	return p.done(w, r, back, "A second factor is no longer required.")
}
