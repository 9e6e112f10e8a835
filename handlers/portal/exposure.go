package portal

import (
	"net/http"
	"net/url"

	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/web"
	"gatepost/views/layout"
	"gatepost/views/pages"
	"gatepost/views/words"
)

// TeamExposure lists who knows live secrets of the team.
func (p *Portal) TeamExposure(w http.ResponseWriter, r *http.Request) error {
	t, _, err := currentTeam(r)
	if err != nil {
		return err
	}
	people, err := p.Apps.ExposedPeople(r.Context(), web.Actor(r), t.ID)
	if err != nil {
		return err
	}
	page := pages.TeamExposure{Page: p.base(r)}
	for _, x := range people {
		page.People = append(page.People, pages.ExposedPerson{ID: x.ID, Name: x.Name, Left: !x.Member, Secrets: x.Secrets, Last: x.LastAt})
	}
	return p.show(w, r, page)
}

// PersonExposure lists the live secrets that one person knows; for owners, with the parameter
// all, those of every team; with the parameter lost, those that they may no longer know.
func (p *Portal) PersonExposure(w http.ResponseWriter, r *http.Request) error {
	page, err := p.exposurePage(r, r.URL.Query())
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) exposurePage(r *http.Request, query url.Values) (pages.PersonExposure, error) {
	allTeams, lost := query.Get("all") != "", query.Get("lost") != ""
	teamID, err := exposureTeam(r, allTeams)
	if err != nil {
		return pages.PersonExposure{}, err
	}
	id := r.PathValue("person")
	list, err := p.Apps.Exposed(r.Context(), web.Actor(r), teamID, id)
	if err != nil {
		return pages.PersonExposure{}, err
	}
	page := pages.PersonExposure{Page: p.base(r), ID: id, AllTeams: allTeams, Lost: lost}
	if page.Name, err = p.exposedName(r, teamID, id, list); err != nil {
		return page, err
	}
	if lost {
		list = app.Lost(list)
	}
	page.Secrets = p.exposedRows(list)
	return page, nil
}

func (p *Portal) exposedRows(list []app.ExposedSecret) (out []pages.ExposedSecret) {
	for _, e := range list {
		item := pages.ExposedSecret{
			SecretRow: secretRow(app.SecretFacts{ClientSecret: e.Secret}, true, p.Hub.Now()),
			App:       e.App.Name, ClientID: e.App.ClientID, Team: e.TeamName, Since: e.At, Only: e.Only,
		}
		for _, how := range e.How {
			item.How = append(item.How, exposedHow[how])
		}
		out = append(out, item)
	}
	return out
}

// afterLostRole goes on to the secrets that somebody knows whose role has just been taken away or
// reduced, or to back if there are none. what says what has happened.
func (p *Portal) afterLostRole(w http.ResponseWriter, r *http.Request, teamID, id, what, back string) error {
	list, err := p.Apps.Exposed(r.Context(), web.Actor(r), teamID, id)
	if err != nil {
		return err
	}
	lost := len(app.Lost(list))
	if lost == 0 {
		return p.done(w, r, back, what)
	}
	err = p.Edge.Flash(w, r, layout.Flash{Tone: "warn", Title: what, Text: words.Count(lost, "secret that they know still works", "secrets that they know still work") + ". Rotate what they may no longer know."})
	if err != nil {
		return err
	}
	return web.SeeOther(w, r, "/team/exposure/"+id+"?lost=on")
}

// exposureTeam is the team whose secrets are meant; empty: all of them.
func exposureTeam(r *http.Request, allTeams bool) (string, error) {
	if allTeams {
		return "", nil
	}
	t, _, err := currentTeam(r)
	return t.ID, err
}

// exposedName is the name of a person who may have left, from the team or the ledger. Someone whom
// neither knows has no name here.
func (p *Portal) exposedName(r *http.Request, teamID, id string, list []app.ExposedSecret) (string, error) {
	ctx := r.Context()
	if teamID == "" {
		person, err := p.DB.Person(ctx, id)
		return person.Name, err
	}
	if m, err := p.DB.Member(ctx, teamID, id); err == nil {
		return m.Name, nil
	} else if !hub.IsMissing(err) {
		return "", err
	}
	for _, e := range list {
		known, err := p.DB.ExposuresOfApp(ctx, e.App.ClientID)
		if err != nil {
			return "", err
		}
		for _, x := range known {
			if x.PersonID == id {
				return x.PersonName, nil
			}
		}
	}
	// Who left and knows nothing: whoever removed them follows a link to here.
	if _, err := p.DB.Person(ctx, id); err != nil {
		return "", err
	}
	return "This person", nil
}

// RotateExposed sets when every secret that a person knows expires; each new one is created on its
// own page, since each is shown once.
func (p *Portal) RotateExposed(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.exposurePage(r, form)
	if err != nil {
		return err
	}
	teamID, err := exposureTeam(r, page.AllTeams)
	if err != nil {
		return err
	}
	now := p.Hub.Now()
	in := app.RotationRequest{}
	err = keepOld(&in, form.Get("keep_old"), "", now)
	if err == nil && !in.Until.IsZero() {
		err = hub.BadField("keep_old", "Choose when it expires.")
	}
	var done []app.ExposedSecret
	if err == nil {
		done, err = p.Apps.RotateExposed(r.Context(), web.Actor(r), teamID, page.ID, page.Lost, in.Keep)
	}
	if faults, ok := fieldErrors(err); ok {
		page.KeepOld, page.Errors = form.Get("keep_old"), faults
		return p.again(w, r, page)
	}
	if err != nil {
		return err
	}
	query := url.Values{}
	for name, on := range map[string]bool{"all": page.AllTeams, "lost": page.Lost} {
		if on {
			query.Set(name, "on")
		}
	}
	back := "/team/exposure/" + page.ID
	if len(query) > 0 {
		back += "?" + query.Encode()
	}
	if in.Keep == 0 {
		return p.done(w, r, back, words.Count(len(done), "secret that "+page.Name+" knew is", "secrets that "+page.Name+" knew are")+" revoked. Add a new one to each app that needs it.")
	}
	return p.done(w, r, back, words.Count(len(done), "secret expires ", "secrets expire ")+words.Relative(now.Add(in.Keep), now)+" at the latest. Rotate each one below: the new one is shown once.")
}
