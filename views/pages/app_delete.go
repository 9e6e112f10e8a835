package pages

import (
	"context"
	"io"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// AppDelete is GET and POST /apps/{client_id}/delete: field confirm_name. Facts say what breaks, from recorded use.
type AppDelete struct {
	layout.Page
	App    AppHead
	Facts  []string
	Errors ui.Errors
}

// Render writes the page.
func (m AppDelete) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Delete "+m.App.Name, layout.NavApps, len(m.Errors) > 0)
	return appDelete(m).Render(ctx, w)
}
