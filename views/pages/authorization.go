package pages

import (
	"context"
	"io"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// Authorizations is GET /account/authorizations: what apps may do for the person.
type Authorizations struct {
	layout.Page
	Rows []AuthorizationRow
}

// AuthorizationRow is one app that the person allowed something.
type AuthorizationRow struct {
	ID, App, Team   string
	Reaches         []string // names of the teams that it reaches
	Scopes          []ui.Scope
	Since, LastUsed time.Time
	Live            int // live tokens
}

// Render writes the page.
func (m Authorizations) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Authorized apps", layout.NavAccount, false)
	return authorizations(m).Render(ctx, w)
}

// AuthorizationRevoke is GET and POST /account/authorizations/{id}/revoke. Facts say what stops.
type AuthorizationRevoke struct {
	layout.Page
	Row   AuthorizationRow
	Facts []string
}

// Render writes the page.
func (m AuthorizationRevoke) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Revoke access of "+m.Row.App, layout.NavAccount, false)
	return authorizationRevoke(m).Render(ctx, w)
}
