package pages

import (
	"context"
	"io"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// Swagger is GET /swagger-ui/index.html: Swagger UI over /openapi.json, with a bar that authorizes as one of the
// visitor's apps. The files of Swagger UI itself stand beside it in /swagger-ui/.
type Swagger struct {
	layout.Page
	Issuer string
	Apps   []PlaygroundApp // that the visitor may try
	// CanCreate offers to add an app where there is none.
	CanCreate bool
}

// Render writes the page.
func (m Swagger) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("API reference", layout.NavReference, false)
	return swagger(m).Render(ctx, w)
}

func (m Swagger) appOptions() []ui.Option { return Playground{Apps: m.Apps}.appOptions() }
