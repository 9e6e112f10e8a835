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
	Version                  ui.Version
	Apps                     []AppCard
	CanCreate                bool
	WhoCan                   string // as in Apps
}

// Render writes the page.
func (m Account) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("User section", layout.NavAccount, len(m.Errors) > 0 || m.Version.Conflict != nil)
	return account(m).Render(ctx, w)
}

// Form is what the form of the profile shows.
func (m Account) Form() ui.Form {
	return ui.Form{Fields: []ui.FormField{ui.TextField("name", "Name", m.Name), ui.TextField("phone", "Phone number", m.Phone), ui.TextField("city", "City", m.City)}}
}
