package portal

import (
	"net/http"
	"slices"

	"gatepost/db"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
	"gatepost/views/words"
)

// Authorizations lists what the visitor has allowed apps to do.
func (p *Portal) Authorizations(w http.ResponseWriter, r *http.Request) error {
	rows, err := p.authorizationRows(r)
	if err != nil {
		return err
	}
	return p.show(w, r, pages.Authorizations{Page: p.base(r), Rows: rows})
}

func (p *Portal) authorizationRows(r *http.Request) (out []pages.AuthorizationRow, err error) {
	list, err := p.Apps.Authorizations(r.Context(), web.Actor(r))
	if err != nil {
		return nil, err
	}
	catalogue, err := p.DB.Scopes(r.Context())
	for _, a := range list {
		var reaches []string
		for _, t := range a.Reaches {
			reaches = append(reaches, t.Name)
		}
		out = append(out, pages.AuthorizationRow{
			ID: a.ID, App: a.AppName, Team: a.TeamName, Reaches: reaches, Scopes: sentences(catalogue, a.Scopes), Since: a.CreatedAt, LastUsed: a.LastUsedAt, Live: a.LiveTokens,
		})
	}
	return out, err
}

// sentences are scopes with what they mean.
func sentences(catalogue []db.Scope, names []string) (out []ui.Scope) {
	for _, name := range names {
		i := slices.IndexFunc(catalogue, func(s db.Scope) bool { return s.Name == name })
		if i >= 0 {
			out = append(out, ui.Scope{Name: name, Text: catalogue[i].Sentence})
		}
	}
	return out
}

// RevokeAuthorizationForm says what stops when the visitor revokes an app's access.
func (p *Portal) RevokeAuthorizationForm(w http.ResponseWriter, r *http.Request) error {
	rows, err := p.authorizationRows(r)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.ID == r.PathValue("id") {
			return p.show(w, r, pages.AuthorizationRevoke{Page: p.base(r), Row: row, Facts: []string{
				words.Count(row.Live, "live token of "+row.App+" stops", "live tokens of "+row.App+" stop") + " working immediately.",
				row.App + " needs to ask you again before it can act for you.",
			}})
		}
	}
	return web.NotFound()
}

// RevokeAuthorization revokes an app's access.
func (p *Portal) RevokeAuthorization(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.PageForm(w, r); err != nil {
		return err
	}
	if err := p.Apps.RevokeAuthorization(r.Context(), web.Actor(r), r.PathValue("id")); err != nil {
		return err
	}
	return p.done(w, r, "/account/authorizations", "The app can no longer act for you.")
}
