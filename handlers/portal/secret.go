package portal

import (
	"errors"
	"net/http"

	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
)

// Secrets is the tab with an app's secrets and the form that adds one.
func (p *Portal) Secrets(w http.ResponseWriter, r *http.Request) error {
	page, err := p.secretsPage(r)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) secretsPage(r *http.Request) (pages.Secrets, error) {
	facts, secrets, err := p.Apps.Facts(r.Context(), web.Actor(r), r.PathValue("client_id"))
	if err != nil {
		return pages.Secrets{}, err
	}
	now := p.Hub.Now()
	page := pages.Secrets{Page: p.base(r), App: appHead(facts), CanAdd: true, Once: once()}
	client, err := p.Apps.Rotation(r.Context(), web.Actor(r), facts.ClientID)
	if err != nil {
		return page, err
	}
	page.Board = board(client, now)
	hints := map[string]string{}
	for _, s := range secrets {
		hints[s.ID] = s.Hint
		if !s.Live(now) {
			page.Ended = append(page.Ended, secretRow(s, facts.Manage, now))
		}
	}
	for _, d := range client.Drills {
		page.Drills = append(page.Drills, drillRow(d, hints[d.SecretID], now))
	}
	if page.Receipts, err = p.receipts(r, facts, ""); err != nil {
		return page, err
	}
	switch {
	case !facts.Manage:
		page.CanAdd, page.AddReason = false, whoCan(facts, "add a secret")
	case len(facts.Live) >= app.MaxLiveSecrets:
		page.CanAdd, page.AddReason = false, hub.ErrSecretLimit.Error()
	}
	return page, nil
}

// AddSecret adds a secret and answers with the one page that shows it.
func (p *Portal) AddSecret(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	clientID := r.PathValue("client_id")
	ends, err := expiry(form.Get("expires_at"), "expires_at", p.Hub.Now())
	if err == nil {
		client, revealed, addErr := p.Apps.AddSecret(r.Context(), web.Actor(r), clientID, app.NewSecret{Label: form.Get("label"), ExpiresAt: ends, Once: form.Get("once")})
		if addErr == nil {
			return p.reveal(w, r, client.Name, revealed, pages.SecretReveal{Added: true})
		}
		err = addErr
	}
	faults, ok := fieldErrors(err)
	status := http.StatusUnprocessableEntity
	if errors.Is(err, hub.ErrSecretLimit) {
		faults, ok, status = ui.Errors{{Text: "No secret was added: this app already has as many as it can have."}}, true, http.StatusConflict
	}
	if ok {
		page, err := p.secretsPage(r)
		if err != nil {
			return err
		}
		page.Label, page.Expires, page.Once, page.Errors = form.Get("label"), form.Get("expires_at"), form.Get("once"), faults
		return web.Render(w, r, status, page)
	}
	var again *hub.AlreadyDone
	if errors.As(err, &again) {
		return p.done(w, r, "/apps/"+clientID+"/secrets", "This secret was already created. It was shown once and can't be shown again; revoke it and add a new one if you didn't save it.")
	}
	return err
}

// reveal answers with the one page that shows a new secret; page says how it came about.
func (p *Portal) reveal(w http.ResponseWriter, r *http.Request, appName string, s app.Revealed, page pages.SecretReveal) error {
	page.Page, page.AppName, page.ClientID, page.Secret, page.SecretLabel = p.base(r), appName, s.ClientID, s.Plain, s.Label
	page.Ends, page.Issuer = s.ExpiresAt, p.Issuer
	var err error
	if page.Hand, err = p.handOver(r, s.ClientID, s.ID, s.Hint); err != nil {
		return err
	}
	return p.show(w, r, page)
}
