package pages

import (
	"context"
	"io"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// Device is GET and POST /team/devices/{guid}: fields display_name, group_name, template_guid,
// is_active and, for each viewer who may see it, viewers.
type Device struct {
	layout.Page
	Row                DeviceRow
	DisplayName, Group string // in the form
	Template           string // in the form, a guid
	Templates          TemplateNames
	Active             bool // in the form
	Groups             []string
	Viewers            []DeviceViewer
	CanChange          bool
	Errors             ui.Errors
	Version            ui.Version
}

// Form is what the form shows.
func (m Device) Form() ui.Form {
	names := map[string]string{"": "None"}
	viewers := ui.FormField{Name: "viewers", Label: "Viewers who see it", Word: func(id string) string { return names[id] }}
	for _, v := range m.Viewers {
		names[v.ID] = v.Name
		if v.Checked {
			viewers.Values = append(viewers.Values, v.ID)
		}
	}
	template := ui.TextField("template_guid", "Template", m.Template)
	template.Word = func(guid string) string {
		if guid == "" {
			return "No template"
		}
		return m.Templates.Of(guid).Label()
	}
	return ui.Form{Fields: []ui.FormField{ui.TextField("display_name", "Name", m.DisplayName), ui.TextField("group_name", "Group", m.Group), template, ui.TickField("is_active", "Active", m.Active), viewers}}
}

// DeviceViewer is a viewer of the team, who sees the device when Checked.
type DeviceViewer struct {
	ID, Name, Email string
	Checked         bool
}

// id is the id of the i-th viewer's box; the error summary links to the first.
func (v DeviceViewer) id(i int) string {
	if i == 0 {
		return "f-viewers"
	}
	return "f-viewers-" + v.ID
}

// Render writes the page.
func (m Device) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named(m.Row.Name, layout.NavTeam, len(m.Errors) > 0 || m.Version.Conflict != nil)
	return device(m).Render(ctx, w)
}

// facts leaves out what the device doesn't have.
func (m Device) facts() []ui.KVItem {
	items := []ui.KVItem{
		{Key: "State", Body: m.Row.state()},
		{Key: "Unique id", Value: m.Row.UniqueID, Copy: true},
		{Key: "GUID", Value: m.Row.GUID, Copy: true},
	}
	for _, f := range []ui.KVItem{{Key: "Group", Value: m.Row.Group}, {Key: "Entity", Value: m.Row.Entity}} {
		if f.Value != "" {
			items = append(items, f)
		}
	}
	if m.Row.Template.GUID != "" {
		items = append(items, ui.KVItem{Key: "Template", Body: templateOfDevice(m.Row.Template)})
	}
	return append(items,
		ui.KVItem{Key: "Last connection", Body: ui.Time{At: m.Row.LastConnection, Now: m.Now}},
		ui.KVItem{Key: "Added", Body: ui.Time{At: m.Row.Added, Now: m.Now}})
}

// DeviceRemove is GET /team/devices/{guid}/remove.
type DeviceRemove struct {
	layout.Page
	Row   DeviceRow
	Facts []string
}

// Render writes the page.
func (m DeviceRemove) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Remove "+m.Row.Name, layout.NavTeam, false)
	return deviceRemove(m).Render(ctx, w)
}
