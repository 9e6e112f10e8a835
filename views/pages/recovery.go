package pages

import (
	"context"
	"io"

	"gatepost/views/layout"
)

// RecoveryCodes shows new recovery codes, once. Done is what has just happened: "The authenticator app is set up." Next
// is where the person goes on.
type RecoveryCodes struct {
	layout.Page
	Done  string
	Codes []string
	Next  string
}

// Render writes the page.
func (m RecoveryCodes) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Save your recovery codes", "", false)
	return recoveryCodes(m).Render(ctx, w)
}

func (m RecoveryCodes) text() string {
	out := ""
	for i, c := range m.Codes {
		if i > 0 {
			out += "\n"
		}
		out += c
	}
	return out
}
