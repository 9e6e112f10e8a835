package pages

import (
	"context"
	"io"
	"strconv"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// TOTPSetup answers POST /account/security/totp: the QR code and the key. It posts to the same address: setup, code.
type TOTPSetup struct {
	layout.Page
	QRSize int    // modules of a side, with the quiet zone
	QRPath string // SVG path of the dark modules
	Key    string // the same key to type
	State  string
	Errors ui.Errors
}

// Render writes the page.
func (m TOTPSetup) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Set up an authenticator app", layout.NavAccount, len(m.Errors) > 0)
	return totpSetup(m).Render(ctx, w)
}

func (m TOTPSetup) box() string {
	return "0 0 " + strconv.Itoa(m.QRSize) + " " + strconv.Itoa(m.QRSize)
}

// groups is the key in groups of four, as people type it.
func (m TOTPSetup) groups() string {
	out := ""
	for i, r := range m.Key {
		if i > 0 && i%4 == 0 {
			out += " "
		}
		out += string(r)
	}
	return out
}
