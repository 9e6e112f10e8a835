package portal

import (
	"net/http"

	"gatepost/handlers/hub"
	"gatepost/handlers/web"
)

// passwordLength is how many characters a form asks for at least. It is a hint: hub checks.
func (p *Portal) passwordLength(r *http.Request) int {
	n, err := p.Accounts.PasswordLength(r.Context())
	if err != nil {
		return hub.MinPassword
	}
	return n
}

// ChangePassword sets a new password; the person's other sessions end.
func (p *Portal) ChangePassword(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	err = p.Accounts.ChangePassword(r.Context(), web.Actor(r), web.VisitorOf(r).Session.ID, form.Get("current_password"), form.Get("new_password"))
	if faults, ok := fieldErrors(err); ok {
		page, err := p.securityPage(r, faults)
		if err != nil {
			return err
		}
		return p.again(w, r, page)
	}
	if err != nil {
		return err
	}
	return p.done(w, r, "/account/security", "Your password is changed. Your other sessions have ended, and the tokens of apps you authorized are revoked.")
}
