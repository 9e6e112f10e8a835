package pages

import (
	"context"
	"io"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// OwnerAPIs is GET and POST /owner/apis: fields name, audience.
type OwnerAPIs struct {
	layout.Page
	Rows           []APIRow
	Issuer         string // the audience of the portal's own API
	Name, Audience string
	Errors         ui.Errors
}

// APIRow is an API that takes this portal's tokens.
type APIRow struct {
	ID, Name, Audience string
	Documented         bool // it has an OpenAPI document
	Made               time.Time
}

// Render writes the page.
func (m OwnerAPIs) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("APIs", layout.NavAPIs, len(m.Errors) > 0)
	return ownerAPIs(m).Render(ctx, w)
}
