package portal

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/boombuler/barcode/qr"
	"github.com/go-webauthn/webauthn/webauthn"

	"gatepost/handlers/hub"
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
	page := pages.Security{Page: p.base(r), Email: v.Person.Email, ChangedAt: v.Person.PasswordChangedAt, Errors: faults, MinPassword: p.passwordLength(r)}
	f, err := p.Hub.Factors(r.Context(), web.Actor(r))
	if err != nil {
		return page, err
	}
	page.TOTPSince, page.CodesLeft, page.PasskeysOff = f.TOTPSince, f.CodesLeft, !p.Hub.PasskeysOn()
	for _, k := range f.Keys {
		var key webauthn.Credential
		if err := json.Unmarshal([]byte(k.Credential), &key); err != nil {
			return page, fmt.Errorf("portal: passkey %s: %w", k.ID, err)
		}
		page.Passkeys = append(page.Passkeys, pages.PasskeyRow{ID: k.ID, Name: k.Name, Made: k.CreatedAt, Used: k.LastUsedAt, Synced: key.Flags.BackupState})
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

// ChangePassword sets a new password; the person's other sessions end.
func (p *Portal) ChangePassword(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	err = p.Hub.ChangePassword(r.Context(), web.Actor(r), web.VisitorOf(r).Session.ID, form.Get("current_password"), form.Get("new_password"))
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
	return p.done(w, r, "/account/security", "Your password is changed. Your other sessions have ended, and the tokens of the apps that you authorized.")
}

// SetUpTOTP shows the QR code of a new authenticator app. The form behind has no code yet.
func (p *Portal) SetUpTOTP(w http.ResponseWriter, r *http.Request) error {
	setup, err := p.Hub.StartTOTP(r.Context(), web.Actor(r), web.VisitorOf(r).Session.ID)
	if err != nil {
		return err
	}
	page, err := p.totpPage(r, setup)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) totpPage(r *http.Request, setup hub.TOTPSetup) (pages.TOTPSetup, error) {
	page := pages.TOTPSetup{Page: p.base(r), Key: setup.Key, State: setup.State}
	var err error
	page.QRSize, page.QRPath, err = qrPath(setup.URL)
	return page, err
}

// qrPath draws a QR code: the modules of a side with the quiet zone, and the dark ones as the
// path of an SVG.
func qrPath(text string) (size int, path string, err error) {
	const quiet = 4
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return 0, "", fmt.Errorf("portal: QR code: %w", err)
	}
	side := code.Bounds().Dx()
	var out strings.Builder
	for y := range side {
		for x := range side {
			if dark, _, _, _ := code.At(x, y).RGBA(); dark == 0 {
				fmt.Fprintf(&out, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	return side + 2*quiet, out.String(), nil
}

// ConfirmTOTP takes the first code of the app that was set up.
func (p *Portal) ConfirmTOTP(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	actor, session := web.Actor(r), web.VisitorOf(r).Session.ID
	codes, err := p.Hub.FinishTOTP(r.Context(), actor, session, form.Get("setup"), form.Get("code"))
	if faults, ok := fieldErrors(err); ok {
		setup, err := p.Hub.ResumeTOTP(r.Context(), actor, session, form.Get("setup"))
		if err != nil {
			return err
		}
		page, err := p.totpPage(r, setup)
		if err != nil {
			return err
		}
		page.Errors = faults
		return p.again(w, r, page)
	}
	if err != nil {
		return err
	}
	return p.factorAdded(w, r, codes, "The authenticator app is set up")
}

// factorAdded shows the recovery codes that came with a second factor, once, or leads back: to
// the page that was wanted, when somebody had to set one up first.
func (p *Portal) factorAdded(w http.ResponseWriter, r *http.Request, codes []string, what string) error {
	next, err := p.Edge.TakeWanted(w, r, "/account/security")
	if err != nil {
		return err
	}
	if len(codes) == 0 {
		return p.done(w, r, next, what+". Under Sessions you can end those that you do not recognise.")
	}
	return p.show(w, r, pages.RecoveryCodes{Page: p.base(r), Done: what, Codes: codes, Next: next})
}

// RemoveTOTP takes the authenticator app away.
func (p *Portal) RemoveTOTP(w http.ResponseWriter, r *http.Request) error {
	if err := p.Hub.RemoveTOTP(r.Context(), web.Actor(r)); err != nil {
		return err
	}
	return p.done(w, r, "/account/security", "The authenticator app is removed. Delete it on your phone too.")
}

// NewRecoveryCodes replaces the recovery codes and shows the new ones, once.
func (p *Portal) NewRecoveryCodes(w http.ResponseWriter, r *http.Request) error {
	codes, err := p.Hub.NewRecoveryCodes(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	return p.factorAdded(w, r, codes, "New codes made, the old ones are dead")
}

// RecoveryFile gives back, as a file, the codes that the page shows: they are nowhere else.
func (p *Portal) RecoveryFile(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	codes := form["code"]
	if len(codes) == 0 || len(codes) > hub.RecoveryCodes {
		return web.BadRequest("There are no recovery codes in this form.")
	}
	for _, code := range codes {
		if !hub.IsRecoveryCode(code) {
			return web.BadRequest("There is a recovery code in this form that is none.")
		}
	}
	body := fmt.Sprintf("Recovery codes of %s at %s (%s)\nEach works once.\n\n%s\n", web.VisitorOf(r).Person.Email, p.base(r).Brand, p.Issuer, strings.Join(codes, "\n"))
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="recovery-codes.txt"`)
	_, _ = w.Write([]byte(body)) // a client that is gone can't be told
	return nil
}

// NewPasskey asks the browser for a new passkey.
func (p *Portal) NewPasskey(w http.ResponseWriter, r *http.Request) error {
	v := web.VisitorOf(r)
	options, token, err := p.Hub.BeginRegister(r.Context(), web.Actor(r), v.Session.ID)
	if err != nil {
		return err
	}
	second, err := p.Hub.HasSecondFactor(r.Context(), v.Person.ID)
	if err != nil {
		return err
	}
	p.Edge.SetTicket(w, web.TicketPasskey, token)
	return p.show(w, r, pages.PasskeyNew{Page: p.base(r), Name: hub.Browser(web.UserAgent(r)), Options: string(options), First: !second})
}

// AddPasskey keeps the passkey that the browser made.
func (p *Portal) AddPasskey(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	codes, err := p.Hub.AddPasskey(r.Context(), web.Actor(r), web.VisitorOf(r).Session.ID, p.Edge.Ticket(r, web.TicketPasskey), form.Get("name"), []byte(form.Get("passkey")))
	p.Edge.SetTicket(w, web.TicketPasskey, "")
	if errors.Is(err, hub.ErrPasskey) {
		return &web.Error{Status: http.StatusUnprocessableEntity, Code: "invalid_request", Message: "This passkey was not taken. Go back to Security and add it again.", Cause: err}
	}
	if err != nil {
		return err
	}
	return p.factorAdded(w, r, codes, "The passkey is added")
}

// RenamePasskey gives a passkey another name.
func (p *Portal) RenamePasskey(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	if err := p.Hub.RenamePasskey(r.Context(), web.Actor(r), r.PathValue("id"), form.Get("name")); err != nil {
		return err
	}
	return p.done(w, r, "/account/security", "The passkey has its new name.")
}

// RemovePasskey takes a passkey away.
func (p *Portal) RemovePasskey(w http.ResponseWriter, r *http.Request) error {
	if err := p.Hub.RemovePasskey(r.Context(), web.Actor(r), r.PathValue("id")); err != nil {
		return err
	}
	return p.done(w, r, "/account/security", "The passkey is removed. Delete it in your device's password manager too.")
}
