package pages

import (
	"context"
	"io"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// Transfer is GET and POST /apps/{client_id}/transfer: fields team, confirm_name. Teams are empty when the visitor
// manages no other team.
type Transfer struct {
	layout.Page
	App    AppHead
	Teams  []ui.Option
	To     string
	Facts  []string
	Errors ui.Errors
}

// Render writes the page.
func (m Transfer) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Transfer "+m.App.Name, layout.NavApps, len(m.Errors) > 0)
	return transfer(m).Render(ctx, w)
}

func (m Transfer) action() string { return "/apps/" + m.App.ClientID + "/transfer" }
