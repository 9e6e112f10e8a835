package portal

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/go-webauthn/webauthn/webauthn"

	"gatepost/handlers/hub/account"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/ui"
)

// Security is how the person signs in: second factors, passkeys, password.
func (p *Portal) Security(w http.ResponseWriter, r *http.Request) error {
	page, err := p.securityPage(r, nil)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) securityPage(r *http.Request, faults ui.Errors) (pages.Security, error) {
	v := web.VisitorOf(r)
	page := pages.Security{Page: p.base(r), Email: v.Person.Email, ChangedAt: v.Person.PasswordChangedAt, Errors: faults, MinPassword: p.passwordLength(r), End: pages.PasswordEnd(account.EndAll)}
	f, err := p.Accounts.Factors(r.Context(), web.Actor(r))
	if err != nil {
		return page, err
	}
	page.TOTPSince, page.CodesLeft, page.PasskeysOff = f.TOTPSince, f.CodesLeft, !p.Accounts.PasskeysOn()
	for _, k := range f.Keys {
		var key webauthn.Credential
		if err := json.Unmarshal([]byte(k.Credential), &key); err != nil {
			return page, fmt.Errorf("portal: passkey %s: %w", k.ID, err)
		}
		page.Passkeys = append(page.Passkeys, pages.PasskeyRow{ID: k.ID, Name: k.Name, NewName: k.Name, Made: k.CreatedAt, Used: k.LastUsedAt, Synced: key.Flags.BackupState})
	}
	switch {
	case f.Has || !f.Demanded():
	case f.ByPortal:
		page.Demanded = page.Brand
	default:
		page.Demanded = "The team " + f.ByTeam
	}
	return page, nil
}
