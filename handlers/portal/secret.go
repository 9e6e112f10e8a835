package portal

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"gatepost/handlers/hub"
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

func (p *Portal) secretsPage(r *http.Request) (pages.AppSecrets, error) {
	facts, secrets, err := p.Hub.AppFacts(r.Context(), web.Actor(r), r.PathValue("client_id"))
	if err != nil {
		return pages.AppSecrets{}, err
	}
	now := p.Hub.Now()
	page := pages.AppSecrets{Page: p.base(r), App: appHead(facts), CanAdd: true, Once: once()}
	app, err := p.Hub.Rotation(r.Context(), web.Actor(r), facts.ClientID)
	if err != nil {
		return page, err
	}
	page.Board = board(app, now)
	hints := map[string]string{}
	for _, s := range secrets {
		hints[s.ID] = s.Hint
		if !s.Live(now) {
			page.Ended = append(page.Ended, secretRow(s, facts.Manage, now))
		}
	}
	for _, d := range app.Drills {
		page.Drills = append(page.Drills, drillRow(d, hints[d.SecretID], now))
	}
	if page.Receipts, err = p.receipts(r, facts, ""); err != nil {
		return page, err
	}
	switch {
	case !facts.Manage:
		page.CanAdd, page.AddReason = false, "Only the developer who made the app, or an admin of the team, can add a secret."
	case len(facts.Live) >= hub.MaxLiveSecrets:
		page.CanAdd, page.AddReason = false, hub.ErrSecretLimit.Error()
	}
	return page, nil
}

// AddSecret makes one more secret and answers with the one page that shows it.
func (p *Portal) AddSecret(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	clientID := r.PathValue("client_id")
	ends, err := expiry(form.Get("secret_expires"), p.Hub.Now())
	if err == nil {
		app, revealed, addErr := p.Hub.AddSecret(r.Context(), web.Actor(r), clientID, hub.NewSecret{Label: form.Get("label"), ExpiresAt: ends, Once: form.Get("once")})
		if addErr == nil {
			return p.reveal(w, r, app.Name, revealed, pages.Reveal{Added: true})
		}
		err = addErr
	}
	faults, ok := fieldErrors(err)
	status := http.StatusUnprocessableEntity
	if errors.Is(err, hub.ErrSecretLimit) {
		faults, ok, status = ui.Errors{{Text: "No secret was added: this app has as many as it can have."}}, true, http.StatusConflict
	}
	if ok {
		page, err := p.secretsPage(r)
		if err != nil {
			return err
		}
		page.Label, page.Expires, page.Once, page.Errors = form.Get("label"), form.Get("secret_expires"), form.Get("once"), faults
		return web.Render(w, r, status, page)
	}
	var again *hub.AlreadyDone
	if errors.As(err, &again) {
		return p.done(w, r, "/apps/"+clientID+"/secrets", "This secret was made before. It was shown once and is not shown again; revoke it and add a new one if you did not save it.")
	}
	return err
}

// RevokeSecretForm says what breaks when this secret is revoked.
func (p *Portal) RevokeSecretForm(w http.ResponseWriter, r *http.Request) error {
	page, err := p.revokePage(r)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) revokePage(r *http.Request) (pages.SecretRevoke, error) {
	facts, s, err := p.secretOf(r, "revoke a secret of this app")
	if err != nil {
		return pages.SecretRevoke{}, err
	}
	now, last := p.Hub.Now(), len(facts.Live) == 1
	page := pages.SecretRevoke{
		Page: p.base(r), App: appHead(facts), Secret: secretRow(s, true, now), Facts: revokeFacts(s, facts, last, now), TypeName: last || !s.Usage.LastAt.IsZero(),
	}
	page.LiveTokens, err = p.DB.CountLiveTokens(r.Context(), facts.ClientID, s.ID, now)
	return page, err
}

func revokeFacts(s hub.SecretFacts, f hub.AppFacts, last bool, now time.Time) []string {
	use := lastUse(s.Usage, now)
	if !s.Usage.LastAt.IsZero() {
		use += fmt.Sprintf(", %s in 24 h", plural(s.Usage.Tokens, "use", "uses"))
	}
	facts := []string{strings.ToUpper(use[:1]) + use[1:] + "."}
	if last {
		facts = append(facts, "It is the app's last live secret: nothing can get a token for "+f.Name+" until you add another.")
	} else {
		facts = append(facts, plural(len(f.Live)-1, "other secret goes on working.", "other secrets go on working."))
	}
	return facts
}

// RevokeSecret ends the secret at once.
func (p *Portal) RevokeSecret(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.revokePage(r)
	if err != nil {
		return err
	}
	if page.TypeName && strings.TrimSpace(form.Get("confirm_name")) != page.App.Name {
		page.Tokens = form.Get("tokens")
		page.Errors = ui.Errors{{Field: "confirm_name", Text: "Type the app's name as it stands above: " + page.App.Name}}
		return p.again(w, r, page)
	}
	tokensToo := form.Get("tokens") == "revoke"
	if err := p.Hub.RevokeSecret(r.Context(), web.Actor(r), page.App.ClientID, page.Secret.ID, tokensToo); err != nil {
		return err
	}
	said := "The secret …" + page.Secret.Hint + " is revoked. A request with it is refused from now on."
	if tokensToo {
		said = "The secret …" + page.Secret.Hint + " and the tokens that it issued are revoked. Requests with them are refused from now on."
	}
	return p.done(w, r, "/apps/"+page.App.ClientID+"/secrets", said)
}

// PlaygroundSecret gives the playground's page a secret of the app that ends after an hour.
func (p *Portal) PlaygroundSecret(w http.ResponseWriter, r *http.Request) error {
	if err := web.NoFields(w, r); err != nil {
		return err
	}
	revealed, err := p.Hub.PlaygroundSecret(r.Context(), web.Actor(r), r.PathValue("client_id"))
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, struct {
		ClientID     string    `json:"client_id"`
		ClientSecret string    `json:"client_secret"`
		Hint         string    `json:"hint"`
		ExpiresAt    time.Time `json:"expires_at"`
	}{revealed.ClientID, revealed.Plain, revealed.Hint, revealed.ExpiresAt.UTC().Truncate(time.Second)})
}

// tryTokenLife is how long a token lives that a signed-in person gets without a secret.
const tryTokenLife = 5 * time.Minute

// TryToken gives a signed-in person a short token of an app that they may change: for the portal's own API, or for the
// one whose slug the query names.
func (p *Portal) TryToken(w http.ResponseWriter, r *http.Request) error {
	if err := web.NoFields(w, r); err != nil {
		return err
	}
	facts, _, err := p.managed(r, "get a token of this app")
	if err != nil {
		return err
	}
	audience := ""
	if slug := r.URL.Query().Get("api"); slug != "" {
		api, err := p.DB.APIBySlug(r.Context(), slug)
		if err != nil {
			return err
		}
		audience = api.Audience
	}
	token, err := p.Grant.ForPerson(r.Context(), facts.App, web.VisitorOf(r).Person.ID, facts.Scopes, audience, tryTokenLife, web.Caller(r))
	if err != nil {
		return err
	}
	return web.WriteJSON(w, http.StatusOK, struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int    `json:"expires_in"`
		TokenType   string `json:"token_type"`
		Scope       string `json:"scope"`
	}{token.AccessToken, int(tryTokenLife / time.Second), "Bearer", strings.Join(facts.Scopes, " ")})
}
