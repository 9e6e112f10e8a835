package portal

import (
	"net/http"

	"gatepost/handlers/hub"
	"gatepost/handlers/hub/catalogue"
	"gatepost/handlers/web"
	"gatepost/views/pages"
)

// PortalSettings are the portal's settings that need no restart.
func (p *Portal) PortalSettings(w http.ResponseWriter, r *http.Request) error {
	page, err := p.portalSettingsPage(r)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

func (p *Portal) portalSettingsPage(r *http.Request) (page pages.PortalSettings, err error) {
	s, err := p.Catalogue.Settings(r.Context(), web.Actor(r))
	if err != nil {
		return page, err
	}
	without, err := p.DB.WithoutSecondFactor(r.Context(), "")
	if err != nil {
		return page, err
	}
	page = pages.PortalSettings{Page: p.base(r), NoExpiry: s.NoExpiry, VendorLoginOff: s.VendorLoginOff, LongPasswords: s.LongPasswords, SecondFactor: pages.SecondFactorRule{
		Action: "/owner/settings/second-factor", Whom: "everyone on this portal", Required: s.SecondFactor, Without: without,
	}}
	for _, kind := range hub.AuditKinds {
		page.AuditKeep = append(page.AuditKeep, pages.AuditKeep{Field: hub.AuditKeepField(kind), Kind: string(kind), Days: dayLimit(*s.AuditKeep.Days(kind))})
	}
	return page, nil
}

// SaveAuditKeep stores how long audit events are kept.
func (p *Portal) SaveAuditKeep(w http.ResponseWriter, r *http.Request) error {
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	change := catalogue.SettingsChange{AuditKeep: map[hub.AuditKind]int{}}
	for _, kind := range hub.AuditKinds {
		change.AuditKeep[kind] = 0
		if text := form.Get(hub.AuditKeepField(kind)); text != "0" {
			change.AuditKeep[kind] = number(text)
		}
	}
	err = p.Catalogue.ChangeSettings(r.Context(), web.Actor(r), change)
	if faults, ok := fieldErrors(err); ok {
		page, err := p.portalSettingsPage(r)
		if err != nil {
			return err
		}
		for i := range page.AuditKeep {
			page.AuditKeep[i].Days = form.Get(page.AuditKeep[i].Field)
		}
		page.Errors = faults
		return p.again(w, r, page)
	}
	if err != nil {
		return err
	}
	return p.done(w, r, "/owner/settings", "The audit log's retention is saved.")
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
