package portal

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"time"

	"github.com/a-h/templ"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/hub/catalogue"
	"gatepost/handlers/hub/device"
	"gatepost/handlers/hub/team"
	"gatepost/handlers/keys"
	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/secret"
	"gatepost/handlers/web"
	"gatepost/views/layout"
	"gatepost/views/pages"
	"gatepost/views/ui"
	"gatepost/views/words"
)

// Options are what the pages work with.
type Options struct {
	Edge      *web.Edge
	Hub       *hub.Hub
	Accounts  *account.Accounts
	Teams     *team.Teams
	Apps      *app.Apps
	Devices   *device.Devices
	Catalogue *catalogue.Catalogue
	DB        *db.DB
	Grant     *grant.Server
	Keys      *keys.Ring
	Issuer    string // the portal's URL, without a slash at the end
	MailOn    bool
	// FetchDocument gets an OpenAPI document from a public https host.
	FetchDocument func(ctx context.Context, address string) ([]byte, error)
	// Reach forwards calls to the APIs of owners; it refuses all but public https hosts, and follows no redirect.
	Reach http.RoundTripper
}

// Portal holds the handlers of pages.
type Portal struct {
	Options
	docs  *docs
	calls chan struct{} // one for each call that the proxy is forwarding
}

// New returns the pages' handlers.
func New(o Options) (*Portal, error) {
	d, err := loadDocs()
	if err != nil {
		return nil, err
	}
	return &Portal{Options: o, docs: d, calls: make(chan struct{}, proxyTurns)}, nil
}

func (p *Portal) base(r *http.Request) layout.Page { return p.Edge.PageModel(r) }

func (p *Portal) show(w http.ResponseWriter, r *http.Request, page templ.Component) error {
	return web.Render(w, r, http.StatusOK, page)
}

// again shows a form that came back with errors.
func (p *Portal) again(w http.ResponseWriter, r *http.Request, page templ.Component) error {
	return web.Render(w, r, http.StatusUnprocessableEntity, page)
}

// done says what happened on the page that follows.
func (p *Portal) done(w http.ResponseWriter, r *http.Request, path, text string) error {
	if err := p.Edge.Flash(w, r, layout.Flash{Tone: "ok", Text: text}); err != nil {
		return err
	}
	return p.Edge.GoOn(w, r, path)
}

// team returns the team that the visitor works in.
func currentTeam(r *http.Request) (db.Team, hub.Rights, error) {
	v := web.VisitorOf(r)
	if v.Team.ID == "" {
		return db.Team{}, hub.Rights{}, &hub.Forbidden{What: "open this page", WhoCan: "You aren't in a team. Ask an admin of a team for an invitation."}
	}
	return v.Team, v.Rights, nil
}

// managed returns the app in a page's address, with its secrets, to someone who may change it.
func (p *Portal) managed(r *http.Request, what string) (app.Facts, []app.SecretFacts, error) {
	facts, secrets, err := p.Apps.Facts(r.Context(), web.Actor(r), r.PathValue("client_id"))
	switch {
	case err != nil || facts.Manage:
	case facts.ForAdmins:
		err = &hub.Forbidden{What: what, WhoCan: hub.AdminOfAppCan}
	default:
		err = &hub.Forbidden{What: what, WhoCan: hub.MakerCan}
	}
	return facts, secrets, err
}

// whoCan says to somebody who may not change an app who can do something with it, such as "change it".
func whoCan(f app.Facts, what string) string {
	if f.ForAdmins {
		return words.OnlyAdminsCan(what)
	}
	return words.OnlyMakerCan(what)
}

// fieldErrors returns the faults of a form, if that is what err is about.
func fieldErrors(err error) (ui.Errors, bool) {
	var invalid *hub.Invalid
	if !errors.As(err, &invalid) {
		return nil, false
	}
	var out ui.Errors
	for _, f := range invalid.Fields {
		out = append(out, ui.FieldError{Field: f.Field, Text: f.Message})
	}
	return out, true
}

// formFaults returns what a form shows after an error, with the status: 422 for wrong fields, or 429 at
// a field for whoever is beyond a limit. Any other error is not for the form, and has no status.
func formFaults(err error, field string) (ui.Errors, int) {
	if faults, ok := fieldErrors(err); ok {
		return faults, http.StatusUnprocessableEntity
	}
	var throttled *hub.Throttled
	if errors.As(err, &throttled) {
		return ui.Errors{{Field: field, Text: throttled.Error()}}, http.StatusTooManyRequests
	}
	return nil, 0
}

// wrongName returns the fault of a form in which the name of a thing, such as the app, had to be typed
// and wasn't.
func wrongName(form url.Values, thing, name string) ui.Errors {
	// Names from before they were checked are shown without what nobody sees, and typed as they are shown.
	if words.Clean(words.Harmless(form.Get("confirm_name"))) == words.Clean(words.Harmless(name)) {
		return nil
	}
	return ui.Errors{{Field: "confirm_name", Text: "Type the " + thing + "'s name exactly as shown above: " + name}}
}

// pageAddress is a list's with its filter and, in the parameter name, where the page begins; empty: the first page.
func pageAddress(path string, filter url.Values, name, from string) string {
	query := maps.Clone(filter)
	query.Del(name)
	if from != "" {
		query.Set(name, from)
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// once is a new one-time key for a form.
func once() string { return secret.ID() }

// whoCan names the admins of a team, for a person who may not do something.
func (p *Portal) whoCan(ctx context.Context, teamID, what string) (string, error) {
	members, err := p.DB.Members(ctx, teamID)
	if err != nil {
		return "", err
	}
	var names []string
	for _, m := range members {
		if m.Role == hub.Admin && m.Active {
			names = append(names, m.Name)
		}
	}
	return words.AdminsCan(names, what), nil
}

// names maps the ids of a team's members to their names.
func (p *Portal) names(ctx context.Context, teamID string) (map[string]string, error) {
	members, err := p.DB.Members(ctx, teamID)
	return memberNames(members), err
}

// memberNames maps ids to names: those of the members, and of the command line, which makes apps too.
func memberNames(members []db.Member) map[string]string {
	operator := hub.OperatorActor()
	out := map[string]string{operator.ID: operator.Name}
	for _, m := range members {
		out[m.PersonID] = m.Name
	}
	return out
}

// expiry returns the expiry that the choice in a form's field means: never, or a number of days such
// as 90d.
func expiry(choice, field string, now time.Time) (time.Time, error) {
	days := map[string]int{"30d": 30, "90d": 90, "180d": 180, "365d": 365}
	if choice == "" || choice == "never" {
		return time.Time{}, nil
	}
	n, ok := days[choice]
	if !ok {
		return time.Time{}, hub.BadField(field, "Choose an expiry from the list.")
	}
	return now.AddDate(0, 0, n), nil
}

// bare is the page's frame for someone who holds a link: not as whoever the browser is
// signed in as, and without the link in it.
func (p *Portal) bare(r *http.Request) layout.Page {
	page := p.base(r)
	page.Person, page.Path = nil, "/"
	return page
}

func (p *Portal) gone(w http.ResponseWriter, r *http.Request, kind string) error {
	return web.Render(w, r, http.StatusGone, pages.Gone{Page: p.bare(r), Kind: kind})
}
