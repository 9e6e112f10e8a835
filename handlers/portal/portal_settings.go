package portal

import (
	"net/http"
	"net/url"

	"github.com/a-h/templ"

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
	return p.portalSettingsOf(r, s)
}

func (p *Portal) portalSettingsOf(r *http.Request, s catalogue.Settings) (page pages.PortalSettings, err error) {
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

// editSettings is what the forms of the portal's settings share. read returns the change that a form asks for.
func (p *Portal) editSettings(r *http.Request, read func(url.Values) catalogue.SettingsChange) edit[pages.PortalSettings] {
	var seen catalogue.Settings
	return edit[pages.PortalSettings]{
		page: func() (page pages.PortalSettings, err error) {
			if seen, err = p.Catalogue.Settings(r.Context(), web.Actor(r)); err != nil {
				return page, err
			}
			return p.portalSettingsOf(r, seen)
		},
		save: func(form url.Values) error {
			change := read(form)
			change.Seen = &seen
			return p.Catalogue.ChangeSettings(r.Context(), web.Actor(r), change)
		},
		log: changesOf("", hub.ActionPortalChanged),
	}
}

// SaveAuditKeep stores how long audit events are kept.
func (p *Portal) SaveAuditKeep(w http.ResponseWriter, r *http.Request) error {
	e := p.editSettings(r, func(form url.Values) catalogue.SettingsChange {
		change := catalogue.SettingsChange{AuditKeep: map[hub.AuditKind]int{}}
		for _, kind := range hub.AuditKinds {
			change.AuditKeep[kind] = 0
			if text := form.Get(hub.AuditKeepField(kind)); text != "0" {
				change.AuditKeep[kind] = number(text)
			}
		}
		return change
	})
	e.form = pages.PortalSettings.AuditForm
	e.again = func(page pages.PortalSettings, back cameBack) (templ.Component, error) {
		for i := range page.AuditKeep {
			page.AuditKeep[i].Days = back.Get(page.AuditKeep[i].Field)
		}
		page.Errors, page.AuditVersion = back.faults, back.version
		return page, nil
	}
	e.log = changesOf("", hub.ActionAuditRetentionChanged)
	e.done = func() error { return p.done(w, r, "/owner/settings", "The audit log's retention is saved.") }
	return saveEdit(p, w, r, e)
}

// SavePortalSettings stores them.
func (p *Portal) SavePortalSettings(w http.ResponseWriter, r *http.Request) error {
	e := p.editSettings(r, func(form url.Values) catalogue.SettingsChange {
		ticked := func(name string) *bool { return new(form.Get(name) != "") }
		return catalogue.SettingsChange{NoExpiry: ticked("personal_tokens_without_end"), VendorLoginOff: ticked("iotconnect_off"), LongPasswords: ticked("long_passwords")}
	})
	e.form = pages.PortalSettings.Form
	e.again = func(page pages.PortalSettings, back cameBack) (templ.Component, error) {
		page.NoExpiry, page.VendorLoginOff, page.LongPasswords = back.Has("personal_tokens_without_end"), back.Has("iotconnect_off"), back.Has("long_passwords")
		page.Errors, page.Version = back.faults, back.version
		return page, nil
	}
	e.done = func() error { return p.done(w, r, "/owner/settings", "The portal's settings are saved.") }
	return saveEdit(p, w, r, e)
}
