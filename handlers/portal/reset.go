package portal

import (
	"errors"
	"net/http"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/web"
	"gatepost/views/pages"
)

// ForgotForm asks for the address of the account.
func (p *Portal) ForgotForm(w http.ResponseWriter, r *http.Request) error {
	return p.show(w, r, pages.Forgot{Page: p.base(r)})
}

// Forgot gives the same answer whether the address has an account or not.
func (p *Portal) Forgot(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	err = p.Accounts.ForgotPassword(r.Context(), web.Actor(r), form.Get("email"))
	if faults, status := formFaults(err, "email"); status != 0 {
		return web.Render(w, r, status, pages.Forgot{Page: p.base(r), Email: form.Get("email"), Errors: faults})
	}
	if err != nil {
		return err
	}
	return p.show(w, r, pages.ForgotSent{Page: p.base(r), Email: form.Get("email"), MailOff: !p.MailOn})
}

// ResetForm shows the form of a reset link; it uses nothing up.
func (p *Portal) ResetForm(w http.ResponseWriter, r *http.Request) error {
	open, err := p.Hub.OpenLink(r.Context(), r.PathValue("token"), db.LinkReset)
	if errors.Is(err, hub.ErrLinkDead) {
		return p.gone(w, r, pages.GoneReset)
	}
	if err != nil {
		return err
	}
	return p.show(w, r, pages.Reset{Page: p.bare(r), Email: open.Link.Email, MinPassword: p.passwordLength(r)})
}

// Reset sets the new password; the person signs in with it.
func (p *Portal) Reset(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	token := r.PathValue("token")
	err = p.Accounts.ResetPassword(r.Context(), web.Actor(r), token, form.Get("password"))
	if errors.Is(err, hub.ErrLinkDead) {
		return p.gone(w, r, pages.GoneReset)
	}
	if faults, ok := fieldErrors(err); ok {
		open, err := p.Hub.OpenLink(r.Context(), token, db.LinkReset)
		if err != nil {
			return err
		}
		return p.again(w, r, pages.Reset{Page: p.bare(r), Email: open.Link.Email, Errors: faults, MinPassword: p.passwordLength(r)})
	}
	if err != nil {
		return err
	}
	return p.show(w, r, pages.Message{
		Page: p.bare(r), Heading: "Your password is changed", Text: "All your sessions have ended. Sign in with the new password.",
		Href: "/login", Action: "Sign in",
	})
}
