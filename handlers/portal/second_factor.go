package portal

import (
	"errors"
	"net/http"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/web"
	"gatepost/views/layout"
	"gatepost/views/pages"
	"gatepost/views/ui"
)

// enter goes on with a person who has shown their password: in, or to the second step when
// they have a second factor. Until that is done the browser holds no session.
func (p *Portal) enter(w http.ResponseWriter, r *http.Request, person db.Person, next string) error {
	second, err := p.Hub.HasSecondFactor(r.Context(), person.ID)
	if err != nil {
		return err
	}
	if !second {
		return p.in(w, r, person, db.ByPassword, next)
	}
	token, err := p.Hub.BeginSecondFactor(r.Context(), person, next)
	if err != nil {
		return err
	}
	p.Edge.SetTicket(w, web.TicketSecond, token)
	return web.SeeOther(w, r, "/login/second")
}

// in signs a person in who has shown all that is asked of them, and leads on.
func (p *Portal) in(w http.ResponseWriter, r *http.Request, person db.Person, method, next string) error {
	if err := p.Edge.SignIn(w, r, person, method); err != nil {
		return err
	}
	browser, err := p.Hub.KnowBrowser(r.Context(), web.Actor(r), person, p.Edge.Ticket(r, web.TicketBrowser))
	if err != nil {
		return err
	}
	p.Edge.SetTicket(w, web.TicketBrowser, browser)
	if p.Edge.Ticket(r, web.TicketSecond) != "" {
		p.Edge.SetTicket(w, web.TicketSecond, "")
	}
	return web.SeeOther(w, r, web.LocalPath(next, "/dashboard"))
}

// SecondForm asks for the second factor.
func (p *Portal) SecondForm(w http.ResponseWriter, r *http.Request) error {
	if web.VisitorOf(r) != nil {
		return web.SeeOther(w, r, "/dashboard")
	}
	page, next, err := p.secondPage(r)
	if errors.Is(err, hub.ErrSignInOver) {
		return web.SeeOther(w, r, "/login")
	}
	if err != nil {
		return err
	}
	p.allowAnswer(w, r, next)
	return p.show(w, r, page)
}

func (p *Portal) secondPage(r *http.Request) (page pages.SecondStep, next string, err error) {
	waiting, err := p.Hub.PendingSignIn(r.Context(), p.Edge.Ticket(r, web.TicketSecond))
	if err != nil {
		return page, "", err
	}
	f := waiting.Factors
	return pages.SecondStep{Page: p.bare(r), TOTP: f.HasTOTP, Passkey: f.Passkeys > 0 && p.Hub.PasskeysOn(), Recovery: f.CodesLeft > 0}, waiting.Next, nil
}

// Second takes a code.
func (p *Portal) Second(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	page, next, err := p.secondPage(r)
	if errors.Is(err, hub.ErrSignInOver) {
		return p.over(w, r)
	}
	if err != nil {
		return err
	}
	p.allowAnswer(w, r, next)
	token, method := p.Edge.Ticket(r, web.TicketSecond), db.ByTOTP
	var waited hub.PendingSignIn
	if code := form.Get("recovery_code"); code != "" {
		page.Lost, method = true, db.ByRecovery
		waited, err = p.Hub.SecondFactorByRecoveryCode(r.Context(), web.Actor(r), token, code)
	} else {
		waited, err = p.Hub.SecondFactorByCode(r.Context(), web.Actor(r), token, form.Get("code"))
	}
	var throttled *hub.Throttled
	switch {
	case errors.As(err, &throttled):
		page.RetryIn = ui.Span(throttled.RetryAfter)
		web.SetErrorHeaders(w.Header(), web.Classify(err))
		return web.Render(w, r, http.StatusTooManyRequests, page)
	case errors.Is(err, hub.ErrWrongCode):
		page.Error = err.Error()
		return web.Render(w, r, http.StatusUnauthorized, page)
	case errors.Is(err, hub.ErrSignInOver):
		return p.over(w, r)
	case err != nil:
		return err
	}
	return p.in(w, r, waited.Person, method, waited.Next)
}

// over says that a sign-in has to start again.
func (p *Portal) over(w http.ResponseWriter, r *http.Request) error {
	p.Edge.SetTicket(w, web.TicketSecond, "")
	return web.Render(w, r, http.StatusGone, pages.Message{
		Page: p.bare(r), Heading: "Sign in again", Text: hub.ErrSignInOver.Error(), Href: "/login", Action: "Sign in",
	})
}

// BeginPasskey is the question for a passkey, for the script of the sign-in pages.
func (p *Portal) BeginPasskey(w http.ResponseWriter, r *http.Request) error {
	if err := web.NoFields(w, r); err != nil {
		return err
	}
	second := ""
	if r.URL.Query().Get("step") == "second" {
		if second = p.Edge.Ticket(r, web.TicketSecond); second == "" {
			return hub.ErrSignInOver
		}
	}
	options, token, err := p.Hub.BeginPasskey(r.Context(), web.Actor(r), second)
	if err != nil {
		return err
	}
	p.Edge.SetTicket(w, web.TicketPasskey, token)
	return web.WriteJSON(w, http.StatusOK, options)
}

// FinishPasskey takes the browser's answer.
func (p *Portal) FinishPasskey(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	next := web.LocalPath(form.Get("next"), "")
	found, err := p.Hub.SignInByPasskey(r.Context(), web.Actor(r), p.Edge.Ticket(r, web.TicketPasskey), []byte(form.Get("passkey")))
	p.Edge.SetTicket(w, web.TicketPasskey, "")
	switch {
	case errors.Is(err, hub.ErrSignInOver):
		return p.over(w, r)
	case errors.Is(err, hub.ErrPasskey):
		return p.passkeyRefused(w, r, next)
	case err != nil:
		return err
	}
	if found.Next != "" {
		next = found.Next
	}
	p.allowAnswer(w, r, next)
	return p.in(w, r, found.Person, db.ByPasskey, next)
}

// passkeyRefused shows again the page that the passkey was asked for on.
func (p *Portal) passkeyRefused(w http.ResponseWriter, r *http.Request, next string) error {
	second, waiting, err := p.secondPage(r)
	if err == nil && p.Edge.Ticket(r, web.TicketSecond) != "" {
		p.allowAnswer(w, r, waiting)
		second.Error = hub.ErrPasskey.Error()
		return web.Render(w, r, http.StatusUnauthorized, second)
	}
	if err != nil && !errors.Is(err, hub.ErrSignInOver) {
		return err
	}
	p.allowAnswer(w, r, next)
	page := p.loginPage(r, next)
	page.Error = hub.ErrPasskey.Error()
	return web.Render(w, r, http.StatusUnauthorized, page)
}

func (p *Portal) loginPage(r *http.Request, next string) pages.Login {
	return pages.Login{Page: p.base(r), Next: next, Passkeys: p.Hub.PasskeysOn()}
}

// bare is the page's frame for somebody who holds a link: not as whoever the browser is
// signed in as, and without the link in it.
func (p *Portal) bare(r *http.Request) layout.Page {
	page := p.base(r)
	page.Person, page.Path = nil, "/"
	return page
}
