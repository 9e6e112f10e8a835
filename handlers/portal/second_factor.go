package portal

import (
	"errors"
	"net/http"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/words"
)

// SecondFactorForm asks for the second factor.
func (p *Portal) SecondFactorForm(w http.ResponseWriter, r *http.Request) error {
	if web.VisitorOf(r) != nil {
		return web.SeeOther(w, r, "/dashboard")
	}
	page, next, err := p.secondFactorPage(r)
	if errors.Is(err, hub.ErrSignInOver) {
		return web.SeeOther(w, r, "/login")
	}
	if err != nil {
		return err
	}
	p.allowAnswer(w, r, next)
	return p.show(w, r, page)
}

func (p *Portal) secondFactorPage(r *http.Request) (page pages.SecondFactor, next string, err error) {
	waiting, err := p.Accounts.PendingSignIn(r.Context(), p.Edge.Ticket(r, web.TicketSecondFactor))
	if err != nil {
		return page, "", err
	}
	f := waiting.Factors
	return pages.SecondFactor{Page: p.bare(r), TOTP: f.HasTOTP, Passkey: f.Passkeys > 0 && p.Accounts.PasskeysOn(), Recovery: f.CodesLeft > 0}, waiting.Next, nil
}

// SecondFactor takes a code.
func (p *Portal) SecondFactor(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	page, next, err := p.secondFactorPage(r)
	if errors.Is(err, hub.ErrSignInOver) {
		return p.signInOver(w, r)
	}
	if err != nil {
		return err
	}
	p.allowAnswer(w, r, next)
	token, method := p.Edge.Ticket(r, web.TicketSecondFactor), db.ByTOTP
	var waited account.PendingSignIn
	if code := form.Get("recovery_code"); code != "" {
		page.Lost, method = true, db.ByRecovery
		waited, err = p.Accounts.SecondFactorByRecoveryCode(r.Context(), web.Actor(r), token, code)
	} else {
		waited, err = p.Accounts.SecondFactorByCode(r.Context(), web.Actor(r), token, form.Get("code"))
	}
	var throttled *hub.Throttled
	switch {
	case errors.As(err, &throttled):
		page.RetryIn = words.Wait(throttled.RetryAfter)
		web.SetErrorHeaders(w.Header(), web.Classify(err))
		return web.Render(w, r, http.StatusTooManyRequests, page)
	case errors.Is(err, hub.ErrWrongCode):
		page.Error = err.Error()
		return web.Render(w, r, http.StatusUnauthorized, page)
	case errors.Is(err, hub.ErrSignInOver):
		return p.signInOver(w, r)
	case err != nil:
		return err
	}
	return p.signIn(w, r, waited.Person, method, waited.Next)
}

// ResetSecondFactor removes all second factors of a person who has lost them.
func (p *Portal) ResetSecondFactor(w http.ResponseWriter, r *http.Request) error {
	if err := p.Accounts.ResetSecondFactor(r.Context(), web.Actor(r), r.PathValue("id")); err != nil {
		return err
	}
	return p.done(w, r, "/owner/people/"+r.PathValue("id"), "The second factor is reset and all sessions have ended. The person can sign in with just their password and set up a new one.")
}
