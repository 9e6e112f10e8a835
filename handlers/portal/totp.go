package portal

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/boombuler/barcode/qr"

	"gatepost/handlers/hub/account"
	"gatepost/handlers/web"
	"gatepost/views/pages"
)

// SetUpTOTP shows the QR code of a new authenticator app. The form behind has no code yet.
func (p *Portal) SetUpTOTP(w http.ResponseWriter, r *http.Request) error {
	setup, err := p.Accounts.StartTOTP(r.Context(), web.Actor(r), web.VisitorOf(r).Session.ID)
	if err != nil {
		return err
	}
	page, err := p.totpPage(r, setup)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) totpPage(r *http.Request, setup account.TOTPSetup) (pages.TOTPSetup, error) {
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

// FinishTOTP takes the first code of the app that was set up.
func (p *Portal) FinishTOTP(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	actor, session := web.Actor(r), web.VisitorOf(r).Session.ID
	codes, err := p.Accounts.FinishTOTP(r.Context(), actor, session, form.Get("setup"), form.Get("code"))
	if faults, ok := fieldErrors(err); ok {
		setup, err := p.Accounts.ResumeTOTP(r.Context(), actor, session, form.Get("setup"))
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

// RemoveTOTP removes the authenticator app.
func (p *Portal) RemoveTOTP(w http.ResponseWriter, r *http.Request) error {
	if err := p.Accounts.RemoveTOTP(r.Context(), web.Actor(r)); err != nil {
		return err
	}
	return p.done(w, r, "/account/security", "The authenticator app is removed. Delete it on your phone too.")
}
