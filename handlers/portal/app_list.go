package portal

import (
	"net/http"

	"gatepost/handlers/hub"
	"gatepost/handlers/web"
	"gatepost/views/pages"
)

// cards are the apps of the visitor's team.
func (p *Portal) cards(r *http.Request) ([]pages.AppCard, error) {
	t, _, err := currentTeam(r)
	if err != nil {
		return nil, err
	}
	names, err := p.names(r.Context(), t.ID)
	if err != nil {
		return nil, err
	}
	apps, err := p.Apps.ListFacts(r.Context(), web.Actor(r), t.ID)
	if err != nil {
		return nil, err
	}
	return appCards(apps, names), nil
}

// AppList lists the team's apps.
func (p *Portal) AppList(w http.ResponseWriter, r *http.Request) error {
	t, rights, err := currentTeam(r)
	if err != nil {
		return err
	}
	page := pages.Apps{Page: p.base(r), CanCreate: rights.Develop}
	if !rights.Develop {
		if page.WhoCan, err = p.whoCan(r.Context(), t.ID, hub.GiveDeveloper); err != nil {
			return err
		}
		return p.show(w, r, page)
	}
	if page.Apps, err = p.cards(r); err != nil {
		return err
	}
	return p.show(w, r, page)
}
