package portal

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/device"
	"gatepost/handlers/web"
	"gatepost/views/pages"
	"gatepost/views/words"
)

func deviceRow(d db.Device, templates pages.TemplateNames) pages.DeviceRow {
	return pages.DeviceRow{
		GUID: d.GUID, UniqueID: d.UniqueID, Name: d.DisplayName, Group: d.GroupName, Entity: d.EntityName, Template: templates.Of(d.TemplateGUID),
		Active: d.Active, LastConnection: d.LastConnection, Added: d.CreatedAt,
	}
}

// AddDevice adds a device to the team.
func (p *Portal) AddDevice(w http.ResponseWriter, r *http.Request) error {
	t, _, err := currentTeam(r)
	if err != nil {
		return err
	}
	form, err := web.PageForm(w, r)
	if err != nil {
		return err
	}
	in := device.Fields{UniqueID: form.Get("unique_id"), DisplayName: form.Get("display_name"), GroupName: form.Get("group_name"), TemplateGUID: form.Get("template_guid"), Active: true}
	made, err := p.Devices.Add(r.Context(), web.Actor(r), t.ID, in, "")
	if errors.Is(err, hub.ErrDeviceExists) {
		err = &hub.Invalid{Fields: []hub.FieldError{{Field: "unique_id", Message: err.Error()}}}
	}
	if faults, ok := fieldErrors(err); ok {
		page, err := p.devicesPage(r)
		if err != nil {
			return err
		}
		page.UniqueID, page.DisplayName, page.Group, page.Template, page.Errors = in.UniqueID, in.DisplayName, in.GroupName, in.TemplateGUID, faults
		return p.again(w, r, page)
	}
	if err != nil {
		return err
	}
	return p.done(w, r, "/team/devices/"+made.GUID, "The device "+made.DisplayName+" is added.")
}

// Device shows a device that the visitor may see and, to someone who may change it, its viewers.
func (p *Portal) Device(w http.ResponseWriter, r *http.Request) error {
	page, err := p.devicePage(r)
	if err != nil {
		return err
	}
	return p.show(w, r, page)
}

// deviceOf returns the device that the address names, and what the visitor may do in its team,
// which need not be the one that they work in.
func (p *Portal) deviceOf(r *http.Request) (db.Device, hub.Rights, error) {
	d, err := p.Devices.Get(r.Context(), web.Actor(r), r.PathValue("guid"))
	if err != nil {
		return d, hub.Rights{}, err
	}
	rights, err := p.Hub.Rights(r.Context(), web.Actor(r), d.TeamID)
	return d, rights, err
}

func (p *Portal) devicePage(r *http.Request) (pages.Device, error) {
	d, rights, err := p.deviceOf(r)
	if err != nil {
		return pages.Device{}, err
	}
	return p.devicePageOf(r, d, rights)
}

func (p *Portal) devicePageOf(r *http.Request, d db.Device, rights hub.Rights) (page pages.Device, err error) {
	templates, err := p.templateNames(r, d.TeamID)
	if err != nil {
		return pages.Device{}, err
	}
	page = pages.Device{Page: p.base(r), Row: deviceRow(d, templates), Template: d.TemplateGUID, Templates: templates, DisplayName: d.DisplayName, Group: d.GroupName, Active: d.Active, CanChange: rights.Develop}
	if !page.CanChange {
		return page, nil
	}
	if page.Groups, err = p.Devices.Groups(r.Context(), web.Actor(r), d.TeamID, groupsOffered); err != nil {
		return page, err
	}
	viewers, err := p.Devices.Viewers(r.Context(), web.Actor(r), d.GUID)
	for _, v := range viewers {
		page.Viewers = append(page.Viewers, pages.DeviceViewer{ID: v.PersonID, Name: v.Name, Email: v.Email, Checked: v.Granted})
	}
	return page, err
}

// SaveDevice stores a device's name, group, template and state, and who of the team's viewers sees it.
func (p *Portal) SaveDevice(w http.ResponseWriter, r *http.Request) error {
	guid := r.PathValue("guid")
	var seen db.Device
	return saveEdit(p, w, r, edit[pages.Device]{
		page: func() (pages.Device, error) {
			d, rights, err := p.deviceOf(r)
			if err == nil && !rights.Develop {
				err = &hub.Forbidden{What: "change this device", WhoCan: hub.DeveloperByAdmin}
			}
			if err != nil {
				return pages.Device{}, err
			}
			seen = d
			return p.devicePageOf(r, d, rights)
		},
		form: pages.Device.Form,
		save: func(form url.Values) error {
			var template *string
			if form.Has("template_guid") {
				template = new(form.Get("template_guid"))
			}
			return p.Devices.Save(r.Context(), web.Actor(r), guid, device.Change{
				DisplayName: form.Get("display_name"), GroupName: new(form.Get("group_name")), Template: template, Active: new(form.Has("is_active")),
				Viewers: append([]string{}, form["viewers"]...), // none ticked is none
				Seen:    []int64{seen.Version},
			})
		},
		again: func(page pages.Device, back cameBack) (templ.Component, error) {
			page.DisplayName, page.Group, page.Active = back.Get("display_name"), back.Get("group_name"), back.Has("is_active")
			page.Template = back.Get("template_guid")
			for i, v := range page.Viewers {
				page.Viewers[i].Checked = slices.Contains(back.Values["viewers"], v.ID)
			}
			page.Errors, page.Version = back.faults, back.version
			return page, nil
		},
		log:  changesOf(guid, hub.ActionDeviceChanged, hub.ActionDeviceShared),
		done: func() error { return p.done(w, r, "/team/devices/"+guid, "The device is saved.") },
	})
}

// RemoveDeviceForm says what happens when a device is removed.
func (p *Portal) RemoveDeviceForm(w http.ResponseWriter, r *http.Request) error {
	d, rights, err := p.deviceOf(r)
	if err != nil {
		return err
	}
	if !rights.Develop {
		return &hub.Forbidden{What: "remove this device", WhoCan: hub.DeveloperByAdmin}
	}
	viewers, err := p.Devices.Viewers(r.Context(), web.Actor(r), d.GUID)
	if err != nil {
		return err
	}
	granted := 0
	for _, v := range viewers {
		if v.Granted {
			granted++
		}
	}
	return p.show(w, r, pages.DeviceRemove{Page: p.base(r), Row: deviceRow(d, nil), Facts: []string{
		"No token reaches " + d.DisplayName + " (" + d.UniqueID + ") from then on.",
		words.Count(granted, "viewer loses", "viewers lose") + " it, and so do the team's admins and developers.",
		"If it is added again with the same unique id, it gets a new GUID and no viewers.",
	}})
}

// RemoveDevice removes a device from the team's registry.
func (p *Portal) RemoveDevice(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.PageForm(w, r); err != nil {
		return err
	}
	d, _, err := p.deviceOf(r)
	if err != nil {
		return err
	}
	if err := p.Devices.Remove(r.Context(), web.Actor(r), d.GUID, nil); err != nil {
		return err
	}
	return p.done(w, r, "/team/devices", "The device "+d.DisplayName+" is removed.")
}
