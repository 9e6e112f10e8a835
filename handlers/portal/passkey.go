package portal

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
)

// BeginPasskeySignIn is the question for a passkey, for the script of the sign-in pages.
func (p *Portal) BeginPasskeySignIn(w http.ResponseWriter, r *http.Request) error {
	if err := web.NoFields(w, r); err != nil {
		return err
	}
	second := ""
	if r.URL.Query().Get("step") == "second" {
		if second = p.Edge.Ticket(r, web.TicketSecondFactor); second == "" {
			return hub.ErrSignInOver
		}
	}
	options, token, err := p.Accounts.BeginPasskeySignIn(r.Context(), web.Actor(r), second)
	if err != nil {
		return err
	}
	p.Edge.SetTicket(w, web.TicketPasskey, token)
	return web.WriteJSON(w, http.StatusOK, options)
}

// FinishPasskeySignIn takes the browser's answer.
func (p *Portal) FinishPasskeySignIn(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	next := web.LocalPath(form.Get("next"), "")
	kept, _ := web.ReadKeptForm(form)
	found, err := p.Accounts.SignInByPasskey(r.Context(), web.Actor(r), p.Edge.Ticket(r, web.TicketPasskey), []byte(form.Get("passkey")))
	p.Edge.SetTicket(w, web.TicketPasskey, "")
	switch {
	case errors.Is(err, hub.ErrSignInOver):
		return p.signInOver(w, r)
	case errors.Is(err, hub.ErrPasskey):
		return p.passkeyRefused(w, r, next, kept)
	case err != nil:
		return err
	}
	if found.Next != "" {
		next = found.Next
	}
	return p.signIn(w, r, found.Person, db.ByPasskey, next, kept)
}

// passkeyRefused shows the page again that asked for the passkey.
func (p *Portal) passkeyRefused(w http.ResponseWriter, r *http.Request, next string, kept web.KeptForm) error {
	token := p.Edge.Ticket(r, web.TicketSecondFactor)
	second, err := p.secondFactorPage(r, token, kept)
	if err == nil && token != "" {
		second.Error = hub.ErrPasskey.Error()
		return web.Render(w, r, http.StatusUnauthorized, second)
	}
	if err != nil && !errors.Is(err, hub.ErrSignInOver) {
		return err
	}
	page := p.signInPage(r, next)
	keep(&page, kept)
	page.Error = hub.ErrPasskey.Error()
	return web.Render(w, r, http.StatusUnauthorized, page)
}

// NewPasskey asks the browser for a new passkey.
func (p *Portal) NewPasskey(w http.ResponseWriter, r *http.Request) error {
	v := web.VisitorOf(r)
	options, token, err := p.Accounts.BeginAddPasskey(r.Context(), web.Actor(r), v.Session.ID)
	if err != nil {
		return err
	}
	second, err := p.Accounts.HasSecondFactor(r.Context(), v.Person.ID)
	if err != nil {
		return err
	}
	p.Edge.SetTicket(w, web.TicketPasskey, token)
	return p.show(w, r, pages.PasskeyNew{Page: p.base(r), Name: account.Browser(web.UserAgent(r)), Options: string(options), First: !second})
}

// AddPasskey keeps the passkey that the browser made.
func (p *Portal) AddPasskey(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	codes, err := p.Accounts.AddPasskey(r.Context(), web.Actor(r), web.VisitorOf(r).Session.ID, p.Edge.Ticket(r, web.TicketPasskey), form.Get("name"), []byte(form.Get("passkey")))
	p.Edge.SetTicket(w, web.TicketPasskey, "")
	if errors.Is(err, hub.ErrPasskey) {
		return &web.Error{Status: http.StatusUnprocessableEntity, Code: "invalid_request", Message: "The passkey wasn't added. Go back to Security and try again.", Cause: err}
	}
	if err != nil {
		return err
	}
	return p.factorAdded(w, r, codes, "The passkey is added")
}

// RenamePasskey renames a passkey.
func (p *Portal) RenamePasskey(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	key := func(page pages.Security) *pages.PasskeyRow {
		for i := range page.Passkeys {
			if page.Passkeys[i].ID == id {
				return &page.Passkeys[i]
			}
		}
		return &pages.PasskeyRow{}
	}
	seen := ""
	return saveEdit(p, w, r, edit[pages.Security]{
		page: func() (page pages.Security, err error) {
			if page, err = p.securityPage(r, nil); err == nil && key(page).ID == "" {
				err = db.ErrNotFound
			}
			seen = key(page).Name
			return page, err
		},
		form: func(page pages.Security) ui.Form { return key(page).Form() },
		save: func(form url.Values) error {
			return p.Accounts.RenamePasskey(r.Context(), web.Actor(r), id, seen, form.Get("name"))
		},
		again: func(page pages.Security, back cameBack) (templ.Component, error) {
			k := key(page)
			k.NewName, k.Error, k.Version = back.Get("name"), back.faults.For("name"), back.version
			return page, nil
		},
		log:  changesOf(id, hub.ActionPasskeyRenamed),
		done: func() error { return p.done(w, r, "/account/security", "The passkey is renamed.") },
	})
}

// RemovePasskey removes a passkey.
func (p *Portal) RemovePasskey(w http.ResponseWriter, r *http.Request) error {
	if err := p.Accounts.RemovePasskey(r.Context(), web.Actor(r), r.PathValue("id")); err != nil {
		return err
	}
	return p.done(w, r, "/account/security", "The passkey is removed. Delete it in your device's password manager too.")
}
