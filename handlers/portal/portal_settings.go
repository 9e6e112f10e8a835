package portal

import (
	"net/http"

	"gatepost/handlers/hub/catalogue"
	"gatepost/handlers/web"
	"gatepost/views/pages"
)

// PortalSettings are the portal's settings that need no restart.
func (p *Portal) PortalSettings(w http.ResponseWriter, r *http.Request) error {
	s, err := p.Catalogue.Settings(r.Context(), web.Actor(r))
	if err != nil {
		return err
	}
	without, err := p.DB.WithoutSecondFactor(r.Context(), "")
	if err != nil {
		return err
	}
	return p.show(w, r, pages.PortalSettings{Page: p.base(r), NoExpiry: s.NoExpiry, VendorLoginOff: s.VendorLoginOff, LongPasswords: s.LongPasswords, SecondFactor: pages.SecondFactorRule{
		Action: "/owner/settings/second-factor", Whom: "everyone on this portal", Required: s.SecondFactor, Without: without,
	}})
}

// SavePortalSettings stores them.
func (p *Portal) SavePortalSettings(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	ticked := func(name string) *bool { return new(form.Get(name) != "") }
	if err := p.Catalogue.ChangeSettings(r.Context(), web.Actor(r), catalogue.SettingsChange{
		NoExpiry: ticked("personal_tokens_without_end"), VendorLoginOff: ticked("iotconnect_off"), LongPasswords: ticked("long_passwords"),
	}); err != nil {
		return err
	}
	return p.done(w, r, "/owner/settings", "The portal's settings are saved.")
}
