package portal

import (
	"net/http"

	"gatepost/handlers/hub/app"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
	"gatepost/views/words"
)

// TransferAppForm says what changes when another team gets the app.
func (p *Portal) TransferAppForm(w http.ResponseWriter, r *http.Request) error {
	page, err := p.transferPage(r)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) transferPage(r *http.Request) (pages.Transfer, error) {
	app, targets, err := p.Apps.TransferTargets(r.Context(), web.Actor(r), r.PathValue("client_id"))
	if err != nil {
		return pages.Transfer{}, err
	}
	facts, _, err := p.Apps.Facts(r.Context(), web.Actor(r), app.ClientID)
	if err != nil {
		return pages.Transfer{}, err
	}
	page := pages.Transfer{Page: p.base(r), App: appHead(facts), Facts: transferFacts(facts)}
	if len(targets) > 0 {
		page.Teams = []ui.Option{{Label: "Choose a team"}}
	}
	for _, t := range targets {
		page.Teams = append(page.Teams, ui.Option{Value: t.ID, Label: t.Name})
	}
	return page, nil
}

func transferFacts(f app.Facts) []string {
	facts := []string{"The people of this team no longer see the app; the admins of the new team manage it. The person who made it manages it only if they are a developer there too."}
	if len(f.Live) > 0 {
		facts = append(facts, words.Count(len(f.Live), "live secret keeps working, and people of this team may have it: rotate it", "live secrets keep working, and people of this team may have them: rotate them")+" once the app has moved.")
	}
	return append(facts, "Tokens of the app itself keep working. From the next request on they reach the new team's devices, and none of this team's.",
		"Tokens for people who authorized the app are revoked immediately, refresh tokens included. Each of them is asked again.", "The new team's rules for secrets apply to it. Hand-overs that aren't opened yet are cancelled.")
}

// TransferApp transfers the app to the chosen team when its name was typed.
func (p *Portal) TransferApp(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.transferPage(r)
	if err != nil {
		return err
	}
	page.To = form.Get("team")
	if page.To == "" {
		page.Errors = append(page.Errors, ui.FieldError{Field: "team", Text: "Choose the team that gets the app."})
	}
	page.Errors = append(page.Errors, wrongName(form, "app", page.App.Name)...)
	if len(page.Errors) > 0 {
		return p.again(w, r, page)
	}
	err = p.Apps.Transfer(r.Context(), web.Actor(r), page.App.ClientID, page.To)
	if faults, ok := fieldErrors(err); ok {
		page.Errors = faults
		return p.again(w, r, page)
	}
	if err != nil {
		return err
	}
	to := ""
	for _, t := range page.Teams {
		if t.Value == page.To {
			to = t.Label
		}
	}
	return p.done(w, r, "/apps/"+page.App.ClientID, page.App.Name+" belongs to the team "+to+" now. Its client id and its secrets are the same.")
}
