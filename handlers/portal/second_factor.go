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

// SecondFactorForm asks for the second factor, also somebody who is signed in and signs in again.
func (p *Portal) SecondFactorForm(w http.ResponseWriter, r *http.Request) error {
	page, err := p.secondFactorPage(r, p.Edge.Ticket(r, web.TicketSecondFactor), web.KeptForm{})
	switch {
	case errors.Is(err, hub.ErrSignInOver) && web.VisitorOf(r) != nil:
		return web.SeeOther(w, r, "/dashboard")
	case errors.Is(err, hub.ErrSignInOver):
		return web.SeeOther(w, r, "/login")
	case err != nil:
		return err
	}
	return p.show(w, r, page)
}

// secondFactorPage is the page for the sign-in that waits with a token.
func (p *Portal) secondFactorPage(r *http.Request, token string, kept web.KeptForm) (page pages.SecondFactor, err error) {
	waiting, err := p.Accounts.PendingSignIn(r.Context(), token)
	if err != nil {
		return page, err
	}
	f := waiting.Factors
	page = pages.SecondFactor{Page: p.bare(r), TOTP: f.HasTOTP, Passkey: f.Passkeys > 0 && p.Accounts.PasskeysOn(), Recovery: f.CodesLeft > 0}
	if kept.Action != "" {
		page.Kept = kept.Text()
	}
	return page, nil
}

// SecondFactor takes a code.
func (p *Portal) SecondFactor(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	kept, _ := web.ReadKeptForm(form)
	page, err := p.secondFactorPage(r, p.Edge.Ticket(r, web.TicketSecondFactor), kept)
	if errors.Is(err, hub.ErrSignInOver) {
		return p.signInOver(w, r)
	}
	if err != nil {
		return err
	}
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
	return p.signIn(w, r, waited.Person, method, waited.Next, kept)
}

// ResetSecondFactor removes all second factors of a person who has lost them.
func (p *Portal) ResetSecondFactor(w http.ResponseWriter, r *http.Request) error {
	if err := p.Accounts.ResetSecondFactor(r.Context(), web.Actor(r), r.PathValue("id")); err != nil {
		return err
	}
	return p.done(w, r, "/owner/people/"+r.PathValue("id"), "The second factor is reset and all sessions have ended. The person can sign in with just their password and set up a new one.")
}
