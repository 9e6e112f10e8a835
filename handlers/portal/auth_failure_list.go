package portal

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/secret"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
)

var errorID = regexp.MustCompile(secret.ErrorIDPattern)

// failureSpans are the values of the field within.
var failureSpans = map[string]time.Duration{"1h": time.Hour, "24h": 24 * time.Hour, "7d": 7 * 24 * time.Hour}

func spanOptions() (out []ui.Option) {
	for span := range failureSpans {
		out = append(out, ui.Option{Value: span})
	}
	return out
}

// AuthFailures lists the team's refused token requests, or leads to the one whose error_id was
// asked for.
func (p *Portal) AuthFailures(w http.ResponseWriter, r *http.Request) error {
	_, rights, err := currentTeam(r)
	if err != nil {
		return err
	}
	page := pages.AuthFailures{Page: p.base(r), CanSettings: rights.Manage}
	q, found, err := p.teamFailureQuery(r, &page)
	if err != nil {
		return err
	}
	if found != "" {
		return web.SeeOther(w, r, "/team/failures/"+found)
	}
	list, more, err := p.Apps.TeamFailures(r.Context(), web.Actor(r), q)
	if err != nil {
		return err
	}
	p.listAuthFailures(&page, list, more)
	if err := p.authFailureChoices(r, &page, q.TeamID); err != nil {
		return err
	}
	return web.Render(w, r, authFailureStatus(page), page)
}

// teamFailureQuery is authFailureQuery for the team that the visitor works in.
func (p *Portal) teamFailureQuery(r *http.Request, page *pages.AuthFailures) (q db.AuthFailureQuery, found string, err error) {
	t, _, err := currentTeam(r)
	if err != nil {
		return q, "", err
	}
	if q, found, err = p.authFailureQuery(r, page); err != nil || found != "" {
		return q, found, err
	}
	q.TeamID = t.ID
	if q.ClientID != "" { // a link to an app leads to its team's, whichever the visitor works in
		if app, err := p.Apps.App(r.Context(), web.Actor(r), q.ClientID); err == nil {
			q.TeamID = app.TeamID
		} else if web.IsFault(err) {
			return q, "", err
		}
	}
	return q, "", nil
}

// OwnerAuthFailures lists the refused token requests that name no app.
func (p *Portal) OwnerAuthFailures(w http.ResponseWriter, r *http.Request) error {
	page := pages.AuthFailures{Page: p.base(r), Owner: true}
	q, found, err := p.authFailureQuery(r, &page)
	if err != nil {
		return err
	}
	list, more, dropped, err := p.Apps.OwnerFailures(r.Context(), web.Actor(r), q)
	if err != nil {
		return err
	}
	if found != "" {
		return web.SeeOther(w, r, "/team/failures/"+found)
	}
	page.Dropped, page.Reasons = int(dropped), reasonOptions()
	p.listAuthFailures(&page, list, more)
	return web.Render(w, r, authFailureStatus(page), page)
}

func authFailureStatus(page pages.AuthFailures) int {
	if len(page.Errors) > 0 {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// authFailureQuery reads the filter from the address. found is the error_id that was asked for,
// where the visitor may see it.
func (p *Portal) authFailureQuery(r *http.Request, page *pages.AuthFailures) (q db.AuthFailureQuery, found string, err error) {
	values := r.URL.Query()
	page.Query = url.Values{}
	for _, name := range []string{"error_id", "app", "reason", "secret", "address", "within", "from", "to", "before"} {
		v := strings.TrimSpace(values.Get(name))
		if !web.IsText(v) || len(v) > 1000 {
			return q, "", web.BadRequest("The filter in the address is too long, or isn't UTF-8 text.")
		}
		if v != "" {
			page.Query.Set(name, v)
		}
	}
	get := page.Query.Get
	dropUnknown(&page.Page, page.Query, "reason", "reason", reasonOptions())
	dropUnknown(&page.Page, page.Query, "within", "period", spanOptions())
	q = db.AuthFailureQuery{
		ClientID: get("app"), Reason: get("reason"), SecretID: get("secret"), Address: get("address"), Before: get("before"), Limit: app.FailurePage,
	}
	if span, ok := failureSpans[get("within")]; ok {
		q.Since = p.Hub.Now().Add(-span)
	}
	for _, f := range []struct {
		name string
		to   *time.Time
	}{{"from", &q.Since}, {"to", &q.Until}} {
		if v := get(f.name); v != "" {
			at, ok := readTime(v)
			if !ok {
				page.Errors = append(page.Errors, ui.FieldError{Field: f.name, Text: "Enter a time such as 2026-01-31T12:00."})
				continue
			}
			*f.to = at
		}
	}
	if asked := get("error_id"); asked != "" {
		// People paste the whole answer that their program has logged.
		id := errorID.FindString(strings.ToLower(asked))
		if id != "" {
			if _, err := p.Apps.Failure(r.Context(), web.Actor(r), id); err == nil {
				return q, id, nil
			} else if web.IsFault(err) {
				return q, "", err
			}
		}
		page.Errors = append(page.Errors, ui.FieldError{Field: "error_id", Text: "None of your refused requests has this error_id. Requests are kept for 30 days, and only the app's team can see them."})
	}
	return q, "", nil
}

// readTime takes what a datetime-local field gives, in UTC, and RFC 3339.
func readTime(v string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, v); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func (p *Portal) listAuthFailures(page *pages.AuthFailures, list []db.AuthFailure, more bool) {
	now := p.Hub.Now()
	for _, f := range list {
		page.Rows = append(page.Rows, authFailureRow(f, now))
	}
	path := "/team/failures"
	if page.Owner {
		path = "/owner/failures"
	}
	if page.Query.Get("before") != "" {
		page.Pager.Newer = pageAddress(path, page.Query, "before", "")
	}
	if more {
		page.Pager.Older = pageAddress(path, page.Query, "before", list[len(list)-1].ID)
	}
}

// authFailureChoices fills the lists of the filter.
func (p *Portal) authFailureChoices(r *http.Request, page *pages.AuthFailures, teamID string) error {
	ctx, actor := r.Context(), web.Actor(r)
	apps, err := p.Apps.List(ctx, actor, teamID)
	if err != nil {
		return err
	}
	secrets, err := p.Apps.FailedSecrets(ctx, actor, teamID)
	if err != nil {
		return err
	}
	page.Reasons = reasonOptions()
	page.Apps = []ui.Option{{Label: "Any app"}}
	for _, a := range apps {
		page.Apps = append(page.Apps, ui.Option{Value: a.ClientID, Label: a.Name})
	}
	page.Secrets = []ui.Option{{Label: "Any secret"}}
	for _, s := range secrets {
		label := "…" + s.Hint
		for _, more := range []string{s.Label, s.AppName} {
			if more != "" {
				label += " · " + more
			}
		}
		page.Secrets = append(page.Secrets, ui.Option{Value: s.SecretID, Label: label})
	}
	keepChosen(&page.Apps, page.Query.Get("app"))
	keepChosen(&page.Secrets, page.Query.Get("secret"))
	return nil
}

// keepChosen keeps a choice on its list that came by a link, such as that of a deleted app.
func keepChosen(options *[]ui.Option, chosen string) {
	for _, o := range *options {
		if o.Value == chosen {
			return
		}
	}
	*options = append(*options, ui.Option{Value: chosen, Label: chosen})
}
