package portal

import (
	"fmt"
	"net/http"

	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/words"
)

// DeleteAppForm says what breaks, and asks for the app's name.
func (p *Portal) DeleteAppForm(w http.ResponseWriter, r *http.Request) error {
	page, err := p.deleteAppPage(r)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) deleteAppPage(r *http.Request) (pages.AppDelete, error) {
	facts, _, err := p.managed(r, "delete this app")
	if err != nil {
		return pages.AppDelete{}, err
	}
	now := p.Hub.Now()
	live, err := p.DB.CountTokens(r.Context(), facts.ClientID, now)
	if err != nil {
		return pages.AppDelete{}, err
	}
	page := pages.AppDelete{Page: p.base(r), App: appHead(facts)}
	for _, s := range facts.Live {
		page.Facts = append(page.Facts, fmt.Sprintf("The secret …%s stops working immediately. %s.", s.Hint, words.Capital(lastUse(s.Usage, now))))
	}
	page.Facts = append(page.Facts, words.Count(live, "live access token is", "live access tokens are")+" refused immediately by this portal. Services that verify tokens on their own accept them until they expire.")
	return page, nil
}

// DeleteApp deletes the app when its name was typed.
func (p *Portal) DeleteApp(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.deleteAppPage(r)
	if err != nil {
		return err
	}
	if faults := wrongName(form, "app", page.App.Name); faults != nil {
		page.Errors = faults
		return p.again(w, r, page)
	}
	if err := p.Apps.Delete(r.Context(), web.Actor(r), page.App.ClientID); err != nil {
		return err
	}
	return p.done(w, r, "/apps", "The app "+page.App.Name+" is deleted.")
}
