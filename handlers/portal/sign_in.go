package portal

import (
	"errors"
	"net/http"

	"gatepost/db"
	"gatepost/handlers/hub"
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

// SignInForm is the sign-in page.
func (p *Portal) SignInForm(w http.ResponseWriter, r *http.Request) error {
	next := web.LocalPath(r.URL.Query().Get("next"), "")
	if web.VisitorOf(r) != nil {
		return web.SeeOther(w, r, web.LocalPath(next, "/dashboard"))
	}
	owners, err := p.DB.CountOwners(r.Context())
	if err != nil {
		return err
	}
	p.allowAnswer(w, r, next)
	page := p.signInPage(r, next)
	page.NoPeople = owners == 0
	return p.show(w, r, page)
}

// allowAnswer lets the sign-in form lead to the client that sent the person here: whoever
// has allowed it before is answered with a redirect, to which browsers apply the form's policy.
func (p *Portal) allowAnswer(w http.ResponseWriter, r *http.Request, next string) {
	web.AllowForm(w.Header(), p.Grant.FormSourceOf(r.Context(), next))
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
	p.allowAnswer(w, r, next)
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
	return p.passwordAccepted(w, r, person, next)
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
func (p *Portal) passwordAccepted(w http.ResponseWriter, r *http.Request, person db.Person, next string) error {
	second, err := p.Accounts.HasSecondFactor(r.Context(), person.ID)
	if err != nil {
		return err
	}
	if !second {
		return p.signIn(w, r, person, db.ByPassword, next)
	}
	token, err := p.Accounts.BeginSecondFactor(r.Context(), person, next)
	if err != nil {
		return err
	}
	p.Edge.SetTicket(w, web.TicketSecondFactor, token)
	return web.SeeOther(w, r, "/login/second")
}

// signIn signs a person in who has passed every check, and goes on to next.
func (p *Portal) signIn(w http.ResponseWriter, r *http.Request, person db.Person, method, next string) error {
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
	return web.SeeOther(w, r, web.LocalPath(next, "/dashboard"))
}

// signInOver says that a sign-in must start again.
func (p *Portal) signInOver(w http.ResponseWriter, r *http.Request) error {
	p.Edge.SetTicket(w, web.TicketSecondFactor, "")
	return web.Render(w, r, http.StatusGone, pages.Message{
		Page: p.bare(r), Heading: "Sign in again", Text: hub.ErrSignInOver.Error(), Href: "/login", Action: "Sign in",
	})
}

func (p *Portal) signInPage(r *http.Request, next string) pages.SignIn {
	return pages.SignIn{Page: p.base(r), Next: next, Passkeys: p.Accounts.PasskeysOn()}
}
