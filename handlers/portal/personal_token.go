package portal

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
)

// PersonalTokens lists the visitor's API tokens, with the form that creates one.
func (p *Portal) PersonalTokens(w http.ResponseWriter, r *http.Request) error {
	page, err := p.personalTokensPage(r, nil, nil)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) personalTokensPage(r *http.Request, form url.Values, faults ui.Errors) (page pages.PersonalTokens, err error) {
	actor := web.Actor(r)
	page = pages.PersonalTokens{
		Page: p.base(r), Name: form.Get("name"), Expires: form.Get("expires"), ExpiresOn: form.Get("expires_on"), Once: form.Get("once"), Errors: faults,
	}
	if page.Once == "" {
		page.Once = once()
	}
	tokens, err := p.Accounts.PersonalTokens(r.Context(), actor)
	if err != nil {
		return page, err
	}
	var ended []pages.PersonalTokenRow
	for _, t := range tokens {
		if row := personalTokenRow(t, p.Hub.Now()); t.Live(p.Hub.Now()) {
			page.Rows = append(page.Rows, row)
		} else {
			ended = append(ended, row)
		}
	}
	page.Rows = append(page.Rows, ended...)
	if page.CanCreate, err = p.Accounts.MayCreateTokens(r.Context(), actor); err != nil {
		return page, err
	}
	if !page.CanCreate {
		page.WhoCan, err = p.whoCan(r.Context(), web.VisitorOf(r).Team.ID, hub.GiveDeveloper)
		return page, err
	}
	if page.NoExpiryAllowed, err = p.Accounts.NoExpiryAllowed(r.Context()); err != nil {
		return page, err
	}
	chosen := form["scopes"]
	if form == nil {
		chosen = []string{"read"}
	}
	// A personal token never does more than its person may, so that every scope can be had.
	page.Scopes, err = p.scopeGroups(r, hub.Rights{Manage: true}, chosen, nil)
	return page, err
}

func personalTokenRow(t db.PersonalToken, now time.Time) pages.PersonalTokenRow {
	row := pages.PersonalTokenRow{
		ID: t.ID, Name: t.Name, Hint: t.Hint, Scopes: t.Scopes, Made: t.CreatedAt, Ends: t.ExpiresAt, RevokedAt: t.RevokedAt,
		LastUsed: t.LastUsedAt, LastFrom: t.LastAddress, LastAgent: agentName(t.LastAgent), State: "live",
	}
	switch {
	case !t.RevokedAt.IsZero():
		row.State = "revoked"
	case !t.Live(now):
		row.State = "expired"
	case !t.ExpiresAt.IsZero() && t.ExpiresAt.Sub(now) < endsSoon/2:
		row.State = "retiring"
	}
	return row
}

// CreatePersonalToken creates a token and answers with the one page that shows it.
func (p *Portal) CreatePersonalToken(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	ends, err := tokenEnd(form, p.Hub.Now())
	var made account.RevealedToken
	if err == nil {
		made, err = p.Accounts.CreatePersonalToken(r.Context(), web.Actor(r), account.NewPersonalToken{Name: form.Get("name"), Scopes: form["scopes"], ExpiresAt: ends, Once: form.Get("once")})
	}
	if faults, ok := fieldErrors(err); ok {
		input := "expires"
		if form.Get("expires") == "date" {
			input = "expires_on"
		}
		faults.Move("expires_at", input)
		page, err := p.personalTokensPage(r, form, faults)
		if err != nil {
			return err
		}
		return p.again(w, r, page)
	}
	var again *hub.AlreadyDone
	if errors.As(err, &again) {
		return p.done(w, r, "/account/tokens", "This token was already created. It was shown once and can't be shown again; revoke it and create a new one if you didn't save it.")
	}
	if err != nil {
		return err
	}
	return p.show(w, r, pages.PersonalTokenReveal{Page: p.base(r), Name: made.Name, Token: made.Plain, Ends: made.ExpiresAt, Issuer: p.Issuer, Scopes: made.Scopes})
}

// tokenEnd returns the expiry that the form means; a date means the end of that day, in UTC.
func tokenEnd(form url.Values, now time.Time) (time.Time, error) {
	wrong := func(text string) error {
		return &hub.Invalid{Fields: []hub.FieldError{{Field: "expires_at", Message: text}}}
	}
	switch choice := form.Get("expires"); choice {
	case "7d", "30d", "90d":
		days := map[string]int{"7d": 7, "30d": 30, "90d": 90}[choice]
		return now.AddDate(0, 0, days), nil
	case "never":
		return time.Time{}, nil
	case "date":
		day, err := time.Parse(time.DateOnly, form.Get("expires_on"))
		if err != nil {
			return day, wrong("Choose a day, such as " + now.AddDate(0, 6, 0).Format(time.DateOnly) + ".")
		}
		return day.AddDate(0, 0, 1).Add(-time.Second), nil
	}
	return time.Time{}, wrong("Choose an expiry from the list.")
}

// RevokePersonalTokenForm says what stops when the token is revoked.
func (p *Portal) RevokePersonalTokenForm(w http.ResponseWriter, r *http.Request) error {
	tokens, err := p.Accounts.PersonalTokens(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	now := p.Hub.Now()
	for _, t := range tokens {
		if t.ID != r.PathValue("id") {
			continue
		}
		if !t.Live(now) {
			return hub.ErrTokenEnded
		}
		use := lastUse(db.Usage{LastAt: t.LastUsedAt, Address: t.LastAddress, UserAgent: t.LastAgent}, now)
		return p.show(w, r, pages.PersonalTokenRevoke{Page: p.base(r), Row: personalTokenRow(t, now), Facts: []string{
			fmt.Sprintf("The token …%s was %s.", t.Hint, use), "Programs that use it are refused from the next request on.",
		}})
	}
	return web.NotFound()
}

// RevokePersonalToken revokes the token, which stops working immediately.
func (p *Portal) RevokePersonalToken(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.PageForm(w, r); err != nil {
		return err
	}
	if err := p.Accounts.RevokePersonalToken(r.Context(), web.Actor(r), r.PathValue("id")); err != nil {
		return err
	}
	return p.done(w, r, "/account/tokens", "The token is revoked. Requests with it are refused from now on.")
}
