package pages

import (
	"context"
	"io"

	"gatepost/views/layout"
)

// ReferenceRedirect is GET /swagger-ui/oauth2-redirect.html: the end of an authorization that Swagger UI started in a
// window of its own. Its script hands the code on and closes the window.
type ReferenceRedirect struct{ layout.Page }

// Render writes the page.
func (m ReferenceRedirect) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Back to the API reference", layout.NavReference, false)
	return referenceRedirect(m).Render(ctx, w)
}
