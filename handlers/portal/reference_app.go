package portal

import (
	"net/http"
	"slices"

	"gatepost/db"
	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/web"
	"gatepost/views/playground"
)

// ownApps are the apps that the visitor may try with an API, and the names of those that can't request tokens for it. There
// are none for someone who is signed out or may not develop. The portal's own API is open to all.
func (p *Portal) ownApps(r *http.Request, api db.API) (own []playground.App, closed []string, err error) {
	v := web.VisitorOf(r)
	if v == nil || !v.Rights.Develop {
		return nil, nil, nil
	}
	apps, err := p.Apps.ListFacts(r.Context(), web.Actor(r), v.Team.ID)
	if err != nil {
		return nil, nil, err
	}
	catalogue, err := p.DB.Scopes(r.Context())
	if err != nil {
		return nil, nil, err
	}
	var listed []db.App
	if api.ID != "" {
		if listed, err = p.DB.AppsOfAPI(r.Context(), api.ID); err != nil {
			return nil, nil, err
		}
	}
	for _, f := range apps {
		one := playgroundApp(f, playground.FlowClient, catalogue)
		named := slices.ContainsFunc(listed, func(a db.App) bool { return a.ClientID == f.ClientID })
		switch {
		case !one.CanSecret:
		case api.ID == "" || grant.Open(api, f.Scopes, named):
			own = append(own, one)
		default:
			closed = append(closed, f.Name)
		}
	}
	return own, closed, nil
}
