package portal

import (
	"errors"
	"net/http"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
)

// EmailChangeForm is the form that begins to change the visitor's address.
func (p *Portal) EmailChangeForm(w http.ResponseWriter, r *http.Request) error {
	page, err := p.emailPage(r, "", nil)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) emailPage(r *http.Request, email string, faults ui.Errors) (pages.EmailChange, error) {
	page := pages.EmailChange{Page: p.base(r), Email: web.VisitorOf(r).Person.Email, New: email, MailOff: !p.MailOn, Errors: faults}
	c, err := p.Accounts.EmailChange(r.Context(), web.Actor(r))
	switch {
	case err == nil:
		page.Waiting = &pages.EmailWaiting{New: c.New, OldDone: !c.OldConfirmedAt.IsZero(), NewDone: !c.NewConfirmedAt.IsZero(), Asked: c.CreatedAt, Expires: c.ExpiresAt}
	case errors.Is(err, db.ErrNotFound):
		err = nil
	}
	return page, err
}

// ChangeEmail starts a change, or cancels the one that is waiting.
func (p *Portal) ChangeEmail(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	if form.Get("cancel") != "" {
		if err := p.Accounts.CancelEmailChange(r.Context(), web.Actor(r)); err != nil {
			return err
		}
		return p.done(w, r, "/account/email", "The change is cancelled. Its links no longer work.")
	}
	err = p.Accounts.ChangeEmail(r.Context(), web.Actor(r), form.Get("current_password"), form.Get("email"))
	if faults, status := formFaults(err, "email"); status != 0 {
		page, err := p.emailPage(r, form.Get("email"), faults)
		if err != nil {
			return err
		}
		return web.Render(w, r, status, page)
	}
	if err != nil {
		return err
	}
	return p.done(w, r, "/account/email", "A link is on its way to both addresses. Open both within 24 hours.")
}

// EmailLink shows what a link to one of the two addresses is for. It uses nothing up: mail
// scanners open links.
func (p *Portal) EmailLink(w http.ResponseWriter, r *http.Request) error {
	open, err := p.Accounts.OpenEmailChange(r.Context(), r.PathValue("token"))
	if errors.Is(err, hub.ErrLinkDead) {
		return p.gone(w, r, pages.GoneEmail)
	}
	if err != nil {
		return err
	}
	return p.show(w, r, p.confirmEmailPage(r, open))
}

func (p *Portal) confirmEmailPage(r *http.Request, open account.OpenEmailChange) pages.EmailConfirm {
	return pages.EmailConfirm{
		Page: p.bare(r), Token: r.PathValue("token"), Old: open.Old, New: open.New, ToOld: open.ToOld, Confirmed: open.Confirmed, Expires: open.ExpiresAt,
	}
}

// ConfirmEmail confirms a change for one of the two addresses, or cancels it.
func (p *Portal) ConfirmEmail(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	token := r.PathValue("token")
	open, err := p.Accounts.OpenEmailChange(r.Context(), token)
	if errors.Is(err, hub.ErrLinkDead) {
		return p.gone(w, r, pages.GoneEmail)
	}
	if err != nil {
		return err
	}
	if form.Get("answer") == "stop" {
		if err := p.Accounts.RefuseEmailChange(r.Context(), web.Actor(r), token); err != nil && !errors.Is(err, hub.ErrLinkDead) {
			return err
		}
		return p.show(w, r, pages.Message{
			Page: p.bare(r), Heading: "The change is cancelled", Text: "The account keeps the address " + open.Old + ". Whoever asked for it knows the password: if that wasn't you, choose a new one.",
			Href: "/forgot", Action: "Reset password",
		})
	}
	if form.Get("answer") != "confirm" {
		return web.BadRequest("Confirm the change or cancel it.")
	}
	if !open.Confirmed {
		c, err := p.Accounts.ConfirmEmailChange(r.Context(), web.Actor(r), token)
		switch {
		case errors.Is(err, hub.ErrLinkDead):
			return p.gone(w, r, pages.GoneEmail)
		case errors.Is(err, hub.ErrHasAccount):
			page := p.confirmEmailPage(r, open)
			page.Error = err.Error()
			return web.Render(w, r, http.StatusConflict, page)
		case err != nil:
			return err
		case c.Done():
			return p.show(w, r, pages.Message{
				Page: p.bare(r), Heading: "Your email has changed", Text: "Sign in with " + c.New + " from now on. Links to reset the password that went to " + c.Old + " no longer work.",
				Href: "/account", Action: "Open your account",
			})
		}
		open.Confirmed = true
	}
	return p.show(w, r, p.confirmEmailPage(r, open))
}
