package portal

import (
	"net/http"
	"slices"

	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
)

// PlaygroundStart leads to the flow that there is.
func (p *Portal) PlaygroundStart(w http.ResponseWriter, r *http.Request) error {
	return web.SeeOther(w, r, "/playground/client-credentials")
}

// Playground is the page of one flow. Its state stands in the address, without anything secret.
func (p *Portal) Playground(w http.ResponseWriter, r *http.Request) error {
	if r.PathValue("flow") != "client-credentials" {
		return web.NotFound()
	}
	t, rights, err := team(r)
	if err != nil {
		return err
	}
	page := pages.Playground{Page: p.base(r), Issuer: p.Issuer, Choice: pages.PlaygroundState(r.URL.Query()), CanCreate: rights.Develop}
	if !rights.Develop {
		if page.WhoCan, err = p.whoCan(r.Context(), t.ID, moreRights); err != nil {
			return err
		}
		return p.show(w, r, page)
	}
	// A link from the docs may name an app of another of the visitor's teams.
	if app, err := p.Hub.App(r.Context(), web.Actor(r), page.Choice.App); err == nil {
		t.ID = app.TeamID
	}
	if page.Apps, err = p.playgroundApps(r, t.ID); err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) playgroundApps(r *http.Request, teamID string) ([]pages.PlaygroundApp, error) {
	apps, err := p.Hub.Apps(r.Context(), web.Actor(r), teamID)
	if err != nil {
		return nil, err
	}
	catalogue, err := p.DB.Scopes(r.Context())
	if err != nil {
		return nil, err
	}
	var out []pages.PlaygroundApp
	for _, f := range apps {
		app := pages.PlaygroundApp{ClientID: f.ClientID, Name: f.Name, CanSecret: f.Manage}
		if !f.Manage {
			app.Reason = "Only the developer who made the app, or an admin of the team, can make one."
		}
		for _, s := range catalogue {
			if slices.Contains(f.Scopes, s.Name) {
				app.Scopes = append(app.Scopes, ui.Scope{Name: s.Name, Text: s.Sentence})
			}
		}
		out = append(out, app)
	}
	return out, nil
}
