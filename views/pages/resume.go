package pages

import (
	"context"
	"io"

	"gatepost/views/layout"
)

// Resume answers a sign-in that carried a form whose session had ended: whoever has signed in submits it, or goes back
// to its page. It posts Fields to Action.
type Resume struct {
	layout.Page
	Name, Email  string // who is signed in now
	Action, Back string
	Fields       []HiddenField
	Dropped      bool // a secret or a password in it was not kept
}

// Render writes the page.
func (m Resume) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Submit your input", "", false)
	return resume(m).Render(ctx, w)
}
