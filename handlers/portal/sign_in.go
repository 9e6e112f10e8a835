package portal

import (
	"errors"
	"net/http"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/words"
)

// Start leads to the dashboard or to the sign-in page.
func (p *Portal) Start(w http.ResponseWriter, r *http.Request) error {
	if web.VisitorOf(r) == nil {
		return web.SeeOther(w, r, "/login")
	}
	return web.SeeOther(w, r, "/dashboard")
}

// SignInForm is the sign-in page. Whoever is signed in goes on, unless an app asks them to sign in again.
func (p *Portal) SignInForm(w http.ResponseWriter, r *http.Request) error {
	next := web.LocalPath(r.URL.Query().Get("next"), "")
	page := p.signInPage(r, next)
	if web.VisitorOf(r) != nil && !page.Again && page.Account == "" {
		return web.SeeOther(w, r, web.LocalPath(next, "/dashboard"))
	}
	owners, err := p.DB.CountOwners(r.Context())
	if err != nil {
		return err
	}
	page.NoPeople = owners == 0
	return p.show(w, r, page)
}

// SignIn takes email and password. With them the person is signed in, or asked for the second factor.
func (p *Portal) SignIn(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	next := web.LocalPath(form.Get("next"), "")
	person, err := p.Accounts.SignIn(r.Context(), web.Actor(r), form.Get("email"), form.Get("password"))
	var throttled *hub.Throttled
	page := p.signInPage(r, next)
	page.Email = form.Get("email")
	kept, _ := web.ReadKeptForm(form)
	keep(&page, kept)
	switch {
	case errors.As(err, &throttled):
		page.RetryIn = words.Wait(throttled.RetryAfter)
		web.SetErrorHeaders(w.Header(), web.Classify(err))
		return web.Render(w, r, http.StatusTooManyRequests, page)
	case errors.Is(err, hub.ErrWrongPassword):
		page.Error = err.Error()
		return web.Render(w, r, http.StatusUnauthorized, page)
	case err != nil:
		return err
	}
	return p.passwordAccepted(w, r, person, next, kept)
}

// SignOut ends the session on the server.
func (p *Portal) SignOut(w http.ResponseWriter, r *http.Request) error {
	if err := p.Edge.SignOut(w, r); err != nil {
		return err
	}
	return web.SeeOther(w, r, "/login")
}

// passwordAccepted goes on with a person whose password was right: signed in, or
// asked for the second factor if they have one. Until then the browser holds no session.
func (p *Portal) passwordAccepted(w http.ResponseWriter, r *http.Request, person db.Person, next string, kept web.KeptForm) error {
	second, err := p.Accounts.HasSecondFactor(r.Context(), person.ID)
	if err != nil {
		return err
	}
	if !second {
		return p.signIn(w, r, person, db.ByPassword, next, kept)
	}
	token, err := p.Accounts.BeginSecondFactor(r.Context(), person, next)
	if err != nil {
		return err
	}
	p.Edge.SetTicket(w, web.TicketSecondFactor, token)
	if kept.Action == "" {
		return web.SeeOther(w, r, "/login/second")
	}
	page, err := p.secondFactorPage(r, token, kept)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

// signIn signs a person in who has passed every check, and goes on to next, or to the form that was kept.
func (p *Portal) signIn(w http.ResponseWriter, r *http.Request, person db.Person, method, next string, kept web.KeptForm) error {
	if err := p.Edge.SignIn(w, r, person, method); err != nil {
		return err
	}
	browser, err := p.Accounts.RememberBrowser(r.Context(), web.Actor(r), person, p.Edge.Ticket(r, web.TicketBrowser))
	if err != nil {
		return err
	}
	p.Edge.SetTicket(w, web.TicketBrowser, browser)
	if p.Edge.Ticket(r, web.TicketSecondFactor) != "" {
		p.Edge.SetTicket(w, web.TicketSecondFactor, "")
	}
	if kept.Action != "" {
		return p.show(w, r, pages.Resume{
			Page: p.bare(r), Name: person.Name, Email: person.Email, Action: kept.Action, Fields: kept.Hidden(), Dropped: kept.Dropped, Back: kept.Page,
		})
	}
	return p.Edge.GoOn(w, r, web.LocalPath(next, "/dashboard"))
}

// signInOver says that a sign-in must start again.
func (p *Portal) signInOver(w http.ResponseWriter, r *http.Request) error {
	p.Edge.SetTicket(w, web.TicketSecondFactor, "")
	return web.Render(w, r, http.StatusGone, pages.Message{
		Page: p.bare(r), Heading: "Sign in again", Text: hub.ErrSignInOver.Error(), Href: "/login", Action: "Sign in",
	})
}

// signInPage is the page on the way to next. An app's request may ask whoever is signed in to sign in again or to
// choose an account, and hint at the address to fill in.
func (p *Portal) signInPage(r *http.Request, next string) pages.SignIn {
	page := pages.SignIn{Page: p.base(r), Next: next, Passkeys: p.Accounts.PasskeysOn()}
	req, ok := grant.RequestIn(next)
	if !ok {
		return page
	}
	if web.IsText(req.LoginHint) && len(req.LoginHint) <= maxLoginHint {
		page.Email = req.LoginHint
	}
	v := web.VisitorOf(r)
	if v == nil {
		return page
	}
	page.Again = p.Grant.AsksToSignIn(req, grant.Session{ID: v.Session.ID, AuthTime: v.Session.CreatedAt}).Again
	switch {
	case page.Again && page.Email == "":
		page.Email = v.Person.Email
	case !page.Again && req.AsksForAccount():
		page.Account, page.AccountName = v.Person.Email, v.Person.Name
	}
	return page
}

// maxLoginHint bounds the address that an app fills in, in bytes: that of an address (RFC 5321 section 4.5.3.1).
const maxLoginHint = 254

// keep puts a kept form on the sign-in page.
func keep(page *pages.SignIn, kept web.KeptForm) {
	if kept.Action != "" {
		page.Kept, page.SignedOut, page.Dropped = kept.Text(), true, kept.Dropped
	}
}
