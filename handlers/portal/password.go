package portal

import (
	"net/http"

	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
	"gatepost/handlers/web"
	"gatepost/views/pages"
)

// passwordLength is how many characters a form asks for at least. It is a hint: hub checks.
func (p *Portal) passwordLength(r *http.Request) int {
	n, err := p.Accounts.PasswordLength(r.Context())
	if err != nil {
		return hub.MinPassword
	}
	return n
}

// ChangePassword sets a new password, and ends what is ticked below it.
func (p *Portal) ChangePassword(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	end := account.Ending{
		Sessions: form.Get("end_sessions") != "", PersonalTokens: form.Get("end_personal_tokens") != "",
		Calendars: form.Get("end_calendars") != "", Apps: form.Get("end_apps") != "",
	}
	ended, err := p.Accounts.ChangePassword(r.Context(), web.Actor(r), web.VisitorOf(r).Session.ID, form.Get("current_password"), form.Get("new_password"), end)
	if faults, ok := fieldErrors(err); ok {
		page, err := p.securityPage(r, faults)
		if err != nil {
			return err
		}
		page.End = pages.PasswordEnd(end)
		return p.again(w, r, page)
	}
	if err != nil {
		return err
	}
	return p.done(w, r, "/account/security", "Your password is changed. "+account.EndedWords(ended).Text())
}
