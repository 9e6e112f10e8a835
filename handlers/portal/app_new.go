package portal

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
)

// NewApp is the form behind ADD API APP.
func (p *Portal) NewApp(w http.ResponseWriter, r *http.Request) error {
	_, rights, err := currentTeam(r)
	if err != nil {
		return err
	}
	if !rights.Develop {
		return &hub.Forbidden{What: "create apps", WhoCan: hub.DeveloperByAdmin}
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
		{Value: "server", Title: "Server-to-server", Icon: "server", Text: "Your program calls the API on its own behalf, with a client secret that it can keep."},
		{Value: "web", Title: "Web", Icon: "people", Text: "People sign in here and allow your website's server to act for them. It keeps a client secret."},
		{Value: "native", Title: "Native or single-page", Icon: "devices", Text: "An app on people's phones, desktops, cameras or in their browser. It can't keep a secret; PKCE takes its place."},
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

// scopeGroup is the title under which the picker lists a scope.
func scopeGroup(name string) string {
	switch {
	case strings.HasPrefix(name, "transactions/"):
		return "Transactions"
	case strings.Contains(name, ":"):
		return "The portal's own API"
	case name == "read", name == "write":
		return "Devices"
	}
	return "Cameras and recordings"
}

// CreateApp creates the app and answers with the one page that shows its secret.
func (p *Portal) CreateApp(w http.ResponseWriter, r *http.Request) error {
	t, rights, err := currentTeam(r)
	if err != nil {
		return err
	}
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	if form.Get("kind") == "native" { // the field of other kinds is sent all the same
		form.Del("secret_expires_at")
	}
	ends, err := expiry(form.Get("secret_expires_at"), "secret_expires_at", p.Hub.Now())
	var made app.Created
	if err == nil {
		made, err = p.Apps.Create(r.Context(), web.Actor(r), app.NewApp{
			TeamID: t.ID, Name: form.Get("name"), Description: form.Get("description"), Kind: form.Get("kind"),
			RedirectURIs: kindRedirects(form), Refresh: form.Get("access") != "once",
			Scopes: form["scopes"], SecretExpiresAt: ends, Once: form.Get("once"), QueryParameters: kindQuery(form),
		})
	}
	if faults, ok := fieldErrors(err); ok {
		page := pages.AppNew{
			Page: p.base(r), Name: form.Get("name"), Description: form.Get("description"), Kinds: appKinds(form.Get("kind")),
			RedirectURIs: form.Get("redirect_uris"), Refresh: form.Get("access"),
			QueryParameters: form.Get("query_parameters") != "", Expires: form.Get("secret_expires_at"), Once: form.Get("once"), Errors: faults,
		}
		if page.Scopes, err = p.scopeGroups(r, rights, form["scopes"], nil); err != nil {
			return err
		}
		return p.again(w, r, page)
	}
	var again *hub.AlreadyDone
	if errors.As(err, &again) {
		if app, err := p.Apps.App(r.Context(), web.Actor(r), again.Target); err == nil && app.AuthMethod == db.AuthNone {
			return p.done(w, r, "/apps/"+again.Target, "This app was already created.")
		} else if web.IsFault(err) {
			return err
		}
		return p.done(w, r, "/apps/"+again.Target+"/secrets", "This app was already created. Its secret was shown once and can't be shown again; add a new one if you didn't save it.")
	}
	if err != nil {
		return err
	}
	if made.Secret.Plain == "" {
		return p.show(w, r, pages.AppCreated{Page: p.base(r), AppName: made.App.Name, ClientID: made.App.ClientID, Issuer: p.Issuer, RedirectURIs: made.App.RedirectURIs})
	}
	return p.reveal(w, r, made.App.Name, made.Secret, pages.SecretReveal{})
}

// kindRedirects are the redirect URIs of a form that also has the field for kinds without
// any: what was written before another kind was chosen is left out.
func kindRedirects(form url.Values) []string {
	if kind := form.Get("kind"); kind == "" || kind == "server" {
		return nil
	}
	return strings.Fields(form.Get("redirect_uris"))
}

// kindQuery is whether the app accepts parameters in the query string, which the form offers for one kind.
func kindQuery(form url.Values) bool {
	return form.Get("kind") == "web" && form.Get("query_parameters") != ""
}
