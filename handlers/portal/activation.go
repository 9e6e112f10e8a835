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

// ActivateForm shows what a link is for. It uses nothing up: mail scanners open links.
func (p *Portal) ActivateForm(w http.ResponseWriter, r *http.Request) error {
	open, err := p.Hub.OpenLink(r.Context(), r.PathValue("token"), db.LinkOwner, db.LinkInvitation)
	if kind, dead := deadActivation(err); dead {
		return p.gone(w, r, kind)
	}
	if err != nil {
		return err
	}
	return p.show(w, r, p.activatePage(r, open))
}

// deadActivation says whether a link can't activate an account any more, and which page tells that.
func deadActivation(err error) (kind string, dead bool) {
	if errors.Is(err, hub.ErrHasOwner) {
		return pages.GoneOwner, true
	}
	return pages.GoneInvitation, errors.Is(err, hub.ErrLinkDead)
}

func (p *Portal) activatePage(r *http.Request, open hub.OpenLink) pages.Activation {
	return pages.Activation{
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
	person, err := p.Accounts.Activate(r.Context(), web.Actor(r), token, account.Activation{
		Name: form.Get("name"), Email: form.Get("email"), Password: form.Get("password"),
	})
	if kind, dead := deadActivation(err); dead {
		return p.gone(w, r, kind)
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
	return p.passwordAccepted(w, r, person, "/dashboard", web.KeptForm{})
}
