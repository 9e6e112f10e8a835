package portal

import (
	"errors"
	"net/http"
	"net/url"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
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
		Page: p.bare(r), Heading: "Your password is changed",
		Text: "Your sessions, personal tokens and calendar addresses have ended, and apps that acted for you have lost access. Sign in with the new password to see what ended, and to check your passkeys and authenticator app.",
		Href: "/login?next=" + url.QueryEscape(afterResetPath), Action: "Sign in",
	})
}

// afterResetPath is the page that the sign-in after a reset leads to.
const afterResetPath = "/account/security/after-reset"

// AfterReset says what the last reset of the password ended, and lists the second factors: whoever had
// the account before may have added one.
func (p *Portal) AfterReset(w http.ResponseWriter, r *http.Request) error {
	reset, err := p.Accounts.LastReset(r.Context(), web.Actor(r))
	if hub.IsMissing(err) {
		return web.SeeOther(w, r, "/account/security")
	}
	if err != nil {
		return err
	}
	page := pages.AfterReset{At: reset.At, Address: reset.Address, Ended: account.EndedWords(reset.Ended).List()}
	if page.Security, err = p.securityPage(r, nil); err != nil {
		return err
	}
	return p.show(w, r, page)
}
