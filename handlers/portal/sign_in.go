package portal

import (
	"errors"
	"net/http"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
)

// Start leads to the dashboard or to the sign-in page.
func (p *Portal) Start(w http.ResponseWriter, r *http.Request) error {
	if web.VisitorOf(r) == nil {
		return web.SeeOther(w, r, "/login")
	}
	return web.SeeOther(w, r, "/dashboard")
}

// LoginForm is the sign-in page.
func (p *Portal) LoginForm(w http.ResponseWriter, r *http.Request) error {
	next := web.LocalPath(r.URL.Query().Get("next"), "")
	if web.VisitorOf(r) != nil {
		return web.SeeOther(w, r, web.LocalPath(next, "/dashboard"))
	}
	owners, err := p.DB.CountOwners(r.Context())
	if err != nil {
		return err
	}
	p.allowAnswer(w, r, next)
	page := p.loginPage(r, next)
	page.NoPeople = owners == 0
	return p.show(w, r, page)
}

// allowAnswer lets the sign-in form lead to the client that sent the person here: whoever
// has allowed it before is answered by a redirect, to which browsers apply the form's policy.
func (p *Portal) allowAnswer(w http.ResponseWriter, r *http.Request, next string) {
	web.AllowForm(w.Header(), p.Grant.FormSourceOf(r.Context(), next))
}

// Login takes e-mail and password. With them the person is in, or at the second step.
func (p *Portal) Login(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	next := web.LocalPath(form.Get("next"), "")
	person, err := p.Hub.SignIn(r.Context(), web.Actor(r), form.Get("email"), form.Get("password"))
	var throttled *hub.Throttled
	page := p.loginPage(r, next)
	page.Email = form.Get("email")
	p.allowAnswer(w, r, next)
	switch {
	case errors.As(err, &throttled):
		page.RetryIn = throttled.Words()
		web.SetErrorHeaders(w.Header(), web.Classify(err))
		return web.Render(w, r, http.StatusTooManyRequests, page)
	case errors.Is(err, hub.ErrWrongPassword):
		page.Error = err.Error()
		return web.Render(w, r, http.StatusUnauthorized, page)
	case err != nil:
		return err
	}
	return p.enter(w, r, person, next)
}

// Logout ends the session on the server.
func (p *Portal) Logout(w http.ResponseWriter, r *http.Request) error {
	if err := p.Edge.SignOut(w, r); err != nil {
		return err
	}
	return web.SeeOther(w, r, "/login")
}

// ActivateForm shows what a link is for. It uses nothing up: mail scanners open links.
func (p *Portal) ActivateForm(w http.ResponseWriter, r *http.Request) error {
	open, err := p.Hub.OpenLink(r.Context(), r.PathValue("token"), db.LinkOwner, db.LinkInvitation)
	if errors.Is(err, hub.ErrLinkDead) {
		return p.gone(w, r, pages.GoneInvitation)
	}
	if err != nil {
		return err
	}
	return p.show(w, r, p.activatePage(r, open))
}

func (p *Portal) activatePage(r *http.Request, open hub.OpenLink) pages.Activate {
	return pages.Activate{
		Page: p.bare(r), Owner: open.Link.Purpose == db.LinkOwner, HasAccount: open.HasAccount,
		InvitedBy: open.InvitedBy, Team: open.Team.Name, Role: open.Link.Role,
		Name: open.Name, Email: open.Link.Email, Ends: open.Link.ExpiresAt, MinPassword: p.passwordLength(r),
	}
}

// Activate uses the link up and signs the person in.
func (p *Portal) Activate(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	token := r.PathValue("token")
	person, err := p.Hub.Activate(r.Context(), web.Actor(r), token, hub.Activation{
		Name: form.Get("name"), Email: form.Get("email"), Password: form.Get("password"),
	})
	if errors.Is(err, hub.ErrLinkDead) {
		return p.gone(w, r, pages.GoneInvitation)
	}
	faults, ok := fieldErrors(err)
	if errors.Is(err, hub.ErrHasAccount) {
		faults, ok = ui.Errors{{Field: "email", Text: err.Error() + " Sign in with it."}}, true
	}
	if ok {
		open, err := p.Hub.OpenLink(r.Context(), token, db.LinkOwner, db.LinkInvitation)
		if err != nil {
			return err
		}
		page := p.activatePage(r, open)
		page.Errors, page.Name = faults, form.Get("name")
		if page.Owner {
			page.Email = form.Get("email")
		}
		return p.again(w, r, page)
	}
	if err != nil {
		return err
	}
	return p.enter(w, r, person, "/dashboard")
}

func (p *Portal) gone(w http.ResponseWriter, r *http.Request, kind string) error {
	return web.Render(w, r, http.StatusGone, pages.Gone{Page: p.bare(r), Kind: kind})
}

// ForgotForm asks for the address of the account.
func (p *Portal) ForgotForm(w http.ResponseWriter, r *http.Request) error {
	return p.show(w, r, pages.Forgot{Page: p.base(r)})
}

// Forgot answers alike whether the address has an account or not.
func (p *Portal) Forgot(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	err = p.Hub.ForgotPassword(r.Context(), web.Actor(r), form.Get("email"))
	if faults, ok := fieldErrors(err); ok {
		return p.again(w, r, pages.Forgot{Page: p.base(r), Email: form.Get("email"), Errors: faults})
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
	err = p.Hub.ResetPassword(r.Context(), web.Actor(r), token, form.Get("password"))
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
		Page: p.bare(r), Heading: "Your password is changed", Text: "Every session of yours has ended. Sign in with the new password.",
		Href: "/login", Action: "Sign in",
	})
}

// SetTheme keeps the choice of colours and leads back.
func (p *Portal) SetTheme(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	theme := form.Get("theme")
	if theme != "system" && theme != "light" && theme != "dark" {
		return web.BadRequest("Choose the theme system, light or dark.")
	}
	p.Edge.SetTheme(w, theme)
	return web.SeeOther(w, r, web.LocalPath(form.Get("next"), "/dashboard"))
}
