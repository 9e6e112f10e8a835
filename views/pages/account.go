package pages

import (
	"context"
	"io"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// Account is GET and POST /account, the user section: fields name, phone, city; under them Apps as cards.
type Account struct {
	layout.Page
	Name, Email, Phone, City string
	RoleText                 string // "admin of Policlinico San Vito"
	Errors                   ui.Errors
	Apps                     []AppCard
	CanCreate                bool
	WhoCan                   string // as in Apps
}

// Render writes the page.
func (m Account) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("User section", layout.NavAccount, len(m.Errors) > 0)
	return account(m).Render(ctx, w)
}
