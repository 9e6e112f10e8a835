package portal

import (
	"fmt"
	"net/http"
	"strings"

	"gatepost/handlers/hub/account"
	"gatepost/handlers/web"
	"gatepost/views/pages"
)

// factorAdded shows the recovery codes that came with a second factor, once, or goes back: to
// the page that was asked for, when someone had to set one up first.
func (p *Portal) factorAdded(w http.ResponseWriter, r *http.Request, codes []string, what string) error {
	next, err := p.Edge.TakeWanted(w, r, "/account/security")
	if err != nil {
		return err
	}
	if len(codes) == 0 {
		return p.done(w, r, next, what+". Under Sessions you can end any that you don't recognise.")
	}
	return p.show(w, r, pages.RecoveryCodes{Page: p.base(r), Done: what, Codes: codes, Next: next})
}

// NewRecoveryCodes replaces the recovery codes and shows the new ones, once.
func (p *Portal) NewRecoveryCodes(w http.ResponseWriter, r *http.Request) error {
	codes, err := p.Accounts.NewRecoveryCodes(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	return p.factorAdded(w, r, codes, "New codes generated; the old ones no longer work")
}

// RecoveryFile returns, as a file, the codes that the page shows: they are nowhere else.
func (p *Portal) RecoveryFile(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	codes := form["code"]
	if len(codes) == 0 || len(codes) > account.RecoveryCodes {
		return web.BadRequest("There are no recovery codes in this form.")
	}
	for _, code := range codes {
		if !account.IsRecoveryCode(code) {
			return web.BadRequest("This form contains something that isn't a recovery code.")
		}
	}
	body := fmt.Sprintf("Recovery codes of %s at %s (%s)\nEach works once.\n\n%s\n", web.VisitorOf(r).Person.Email, p.base(r).Brand, p.Issuer, strings.Join(codes, "\n"))
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="recovery-codes.txt"`)
	_, _ = w.Write([]byte(body)) // a client that is gone can't be told
	return nil
}
