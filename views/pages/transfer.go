package pages

import (
	"context"
	"io"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// AppTransfer is GET and POST /apps/{client_id}/transfer: fields team, confirm_name. Teams are empty when the visitor
// manages no other team.
type AppTransfer struct {
	layout.Page
	App    AppHead
	Teams  []ui.Option
	To     string
	Facts  []string
	Errors ui.Errors
}

// Render writes the page.
func (m AppTransfer) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Transfer "+m.App.Name, layout.NavApps, len(m.Errors) > 0)
	return appTransfer(m).Render(ctx, w)
}

func (m AppTransfer) action() string { return "/apps/" + m.App.ClientID + "/transfer" }
