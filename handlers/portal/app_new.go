package portal

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
)

// cards are the apps of the visitor's team.
func (p *Portal) cards(r *http.Request) ([]pages.AppCard, error) {
	t, _, err := team(r)
	if err != nil {
		return nil, err
	}
	names, err := p.names(r.Context(), t.ID)
	if err != nil {
		return nil, err
	}
	apps, err := p.Hub.Apps(r.Context(), web.Actor(r), t.ID)
	if err != nil {
		return nil, err
	}
	return appCards(apps, names), nil
}

// Apps lists the team's apps.
func (p *Portal) Apps(w http.ResponseWriter, r *http.Request) error {
	t, rights, err := team(r)
	if err != nil {
		return err
	}
	page := pages.Apps{Page: p.base(r), CanCreate: rights.Develop}
	if !rights.Develop {
		if page.WhoCan, err = p.whoCan(r.Context(), t.ID, moreRights); err != nil {
			return err
		}
		return p.show(w, r, page)
	}
	if page.Apps, err = p.cards(r); err != nil {
		return err
	}
	return p.show(w, r, page)
}

// NewApp is the form behind ADD API APP.
func (p *Portal) NewApp(w http.ResponseWriter, r *http.Request) error {
	_, rights, err := team(r)
	if err != nil {
		return err
	}
	if !rights.Develop {
		return &hub.Forbidden{What: "create apps", WhoCan: "An admin of the team can give you the role developer."}
	}
	page := pages.AppNew{Page: p.base(r), Kinds: appKinds(""), Once: once()}
	if page.Scopes, err = p.scopeGroups(r, rights, []string{"read"}, nil); err != nil {
		return err
	}
	return p.show(w, r, page)
}

// appKinds are the kinds of app to choose from.
func appKinds(chosen string) []ui.Choice {
	if chosen == "" {
		chosen = "server"
	}
	kinds := []ui.Choice{
		{Value: "server", Title: "Server-to-server", Icon: "server", Text: "A program of yours calls the API on its own behalf, with a client secret that it can keep."},
		{Value: "web", Title: "Web", Icon: "people", Text: "People sign in here and allow your website's server to act for them. It keeps a client secret."},
		{Value: "native", Title: "Native or single-page", Icon: "devices", Text: "An app on people's phones, desktops, cameras or in their browser. It can keep no secret; PKCE takes its place."},
	}
	for i := range kinds {
		kinds[i].Checked = kinds[i].Value == chosen
	}
	return kinds
}

// scopeGroups is the catalogue as the picker shows it.
func (p *Portal) scopeGroups(r *http.Request, rights hub.Rights, checked, had []string) ([]ui.ScopeGroup, error) {
	catalogue, err := p.DB.Scopes(r.Context())
	if err != nil {
		return nil, err
	}
	var groups []ui.ScopeGroup
	for _, s := range catalogue {
		title := scopeGroup(s.Name)
		if len(groups) == 0 || groups[len(groups)-1].Title != title {
			groups = append(groups, ui.ScopeGroup{Title: title})
		}
		item := ui.Scope{Name: s.Name, Text: s.Sentence, Checked: slices.Contains(checked, s.Name)}
		if s.AdminOnly && !rights.Manage && !slices.Contains(had, s.Name) {
			item.Off, item.Reason = true, "Only an admin of the team can give this one."
		}
		last := &groups[len(groups)-1]
		last.Scopes = append(last.Scopes, item)
	}
	return groups, nil
}

// scopeGroup is the title under which a scope stands in the picker.
func scopeGroup(name string) string {
	switch {
	case strings.HasPrefix(name, "transactions/"):
		return "Transactions"
	case strings.HasPrefix(name, "apps:"):
		return "The portal's own API"
	case name == "read", name == "write":
		return "Devices"
	}
	return "Cameras and recordings"
}

// CreateApp makes the app and answers with the one page that shows its secret.
func (p *Portal) CreateApp(w http.ResponseWriter, r *http.Request) error {
	t, rights, err := team(r)
	if err != nil {
		return err
	}
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	ends, err := expiry(form.Get("secret_expires"), p.Hub.Now())
	var made hub.CreatedApp
	if err == nil {
		made, err = p.Hub.CreateApp(r.Context(), web.Actor(r), hub.NewApp{
			TeamID: t.ID, Name: form.Get("name"), Description: form.Get("description"), Kind: form.Get("kind"),
			RedirectURIs: kindRedirects(form), Refresh: form.Get("access") != "once",
			Scopes: form["scope"], SecretExpiresAt: ends, Once: form.Get("once"),
		})
	}
	if faults, ok := fieldErrors(err); ok {
		page := pages.AppNew{
			Page: p.base(r), Name: form.Get("name"), Description: form.Get("description"), Kinds: appKinds(form.Get("kind")),
			RedirectURIs: form.Get("redirect_uris"), Refresh: form.Get("access"),
			Expires: form.Get("secret_expires"), Once: form.Get("once"), Errors: faults,
		}
		if page.Scopes, err = p.scopeGroups(r, rights, form["scope"], nil); err != nil {
			return err
		}
		return p.again(w, r, page)
	}
	var again *hub.AlreadyDone
	if errors.As(err, &again) {
		if app, err := p.Hub.App(r.Context(), web.Actor(r), again.Target); err == nil && app.AuthMethod == db.AuthNone {
			return p.done(w, r, "/apps/"+again.Target, "This app was made before.")
		}
		return p.done(w, r, "/apps/"+again.Target+"/secrets", "This app was made before. Its secret was shown once and is not shown again; add a new one if you did not save it.")
	}
	if err != nil {
		return err
	}
	if made.Secret.Plain == "" {
		return p.show(w, r, pages.AppCreated{Page: p.base(r), AppName: made.App.Name, ClientID: made.App.ClientID, Issuer: p.Issuer, RedirectURIs: made.App.RedirectURIs})
	}
	return p.reveal(w, r, made.App.Name, made.Secret, pages.Reveal{})
}

// kindRedirects are the redirect URIs of a form that also has the field for kinds without
// any: what was written before another kind was chosen is left out.
func kindRedirects(form url.Values) []string {
	if kind := form.Get("kind"); kind == "" || kind == "server" {
		return nil
	}
	return strings.Fields(form.Get("redirect_uris"))
}

// reveal answers with the one page that shows a new secret; page says how it came about.
func (p *Portal) reveal(w http.ResponseWriter, r *http.Request, appName string, s hub.Revealed, page pages.Reveal) error {
	page.Page, page.AppName, page.ClientID, page.Secret, page.SecretLabel = p.base(r), appName, s.ClientID, s.Plain, s.Label
	page.Ends, page.Issuer = s.ExpiresAt, p.Issuer
	var err error
	if page.Hand, err = p.handOver(r, s.ClientID, s.ID, s.Hint); err != nil {
		return err
	}
	return p.show(w, r, page)
}

// AppActivity lists what was done to the app, and who uses it.
func (p *Portal) AppActivity(w http.ResponseWriter, r *http.Request) error {
	actor := web.Actor(r)
	facts, secrets, err := p.Hub.AppFacts(r.Context(), actor, r.PathValue("client_id"))
	if err != nil {
		return err
	}
	events, err := p.Hub.AppActivity(r.Context(), actor, facts.ClientID)
	if err != nil {
		return err
	}
	hours, err := p.Hub.TokensByHour(r.Context(), actor, facts.TeamID, facts.ClientID)
	if err != nil {
		return err
	}
	failing, err := p.Hub.FailingCallers(r.Context(), actor, facts.TeamID, facts.ClientID)
	if err != nil {
		return err
	}
	page := pages.AppActivity{Page: p.base(r), App: appHead(facts), Failing: failingCallers(failing, facts.ClientID)}
	page.Tokens, page.Tokens24h, page.TokensText = bars(hours)
	for _, s := range secrets {
		if !s.Usage.LastAt.IsZero() {
			page.Callers = append(page.Callers, pages.Caller{
				Address: s.Usage.Address, Agent: agentName(s.Usage.UserAgent), SecretHint: s.Hint, Last: s.Usage.LastAt, Uses24h: s.Usage.Tokens,
			})
		}
	}
	for _, e := range events {
		words, tone := actionWords(e.Action)
		page.Events = append(page.Events, ui.Event{At: e.At, Actor: e.ActorName, Action: words, Target: joinWords(e.TargetName, e.Detail), From: e.Address, Tone: tone})
	}
	return p.show(w, r, page)
}

func joinWords(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ": " + b
}

// DeleteAppForm says what breaks, and asks for the app's name.
func (p *Portal) DeleteAppForm(w http.ResponseWriter, r *http.Request) error {
	page, err := p.deletePage(r)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) deletePage(r *http.Request) (pages.AppDelete, error) {
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
		page.Facts = append(page.Facts, fmt.Sprintf("The secret …%s stops working at once: %s.", s.Hint, lastUse(s.Usage, now)))
	}
	page.Facts = append(page.Facts, plural(live, "live access token is", "live access tokens are")+" refused at once by this portal. Services that verify tokens on their own accept them until they expire.")
	return page, nil
}

// DeleteApp deletes the app when its name was typed.
func (p *Portal) DeleteApp(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	page, err := p.deletePage(r)
	if err != nil {
		return err
	}
	if strings.TrimSpace(form.Get("confirm_name")) != page.App.Name {
		page.Errors = ui.Errors{{Field: "confirm_name", Text: "Type the app's name as it stands above: " + page.App.Name}}
		return p.again(w, r, page)
	}
	if err := p.Hub.DeleteApp(r.Context(), web.Actor(r), page.App.ClientID); err != nil {
		return err
	}
	return p.done(w, r, "/apps", "The app "+page.App.Name+" is deleted.")
}
