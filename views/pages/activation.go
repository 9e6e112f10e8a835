package pages

import (
	"context"
	"io"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// Activation is GET and POST /activate/{token}: fields name, password, and for the first owner also email.
type Activation struct {
	layout.Page
	Owner                 bool // the link that makes the first owner
	HasAccount            bool // the address has an active account: its own password joins the team
	InvitedBy, Team, Role string
	Name, Email           string
	Errors                ui.Errors
	Ends                  time.Time
	MinPassword           int // 12 when zero
}

// Render writes the page.
func (m Activation) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Activate your account", "", len(m.Errors) > 0)
	return activation(m).Render(ctx, w)
}

// role is the role as the invitation says it: "a developer".
func (m Activation) role() string {
	if m.Role == "admin" {
		return "an admin"
	}
	return "a " + m.Role
}
