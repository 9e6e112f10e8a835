package pages

import (
	"net/url"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"gatepost/views/ui"
)

func TestTemplatePagesShowWhatThePersonMay(t *testing.T) {
	row := TemplateRow{GUID: "t1", Code: "pump2", Name: "Pump <2>", Attributes: 1234, Devices: 1}
	unused := row
	unused.Devices = 0
	names := TemplateNames{{GUID: "t1", Name: "Pump <2>", Code: "pump2"}}
	device := DeviceRow{GUID: "g1", UniqueID: "SN-1", Name: "Ward", Template: names.Of("T1")}
	strange := DeviceRow{GUID: "g2", UniqueID: "SN-2", Name: "Bed", Template: names.Of("A1")}
	for name, c := range map[string]struct {
		page          templ.Component
		with, without []string
	}{
		"empty":                      {DeviceTemplates{Page: page(), CanAdd: true}, []string{"No device templates yet", "Import template", "&#34;code&#34;"}, []string{"<table", "Search"}},
		"empty to a viewer":          {DeviceTemplates{Page: page(), WhoCan: "Ana can grant you devices."}, []string{"No templates to see yet", "Ana can grant you devices."}, []string{"Import template"}},
		"a list":                     {DeviceTemplates{Page: page(), CanAdd: true, Rows: []TemplateRow{row}}, []string{"1 template", "Pump &lt;2&gt;", "1,234", `href="/team/devices?template=t1"`}, []string{"<2>"}},
		"nothing matches":            {DeviceTemplates{Page: page(), CanAdd: true, Search: "<x>"}, []string{"No templates match", `value="&lt;x&gt;"`, "Clear filter", "Import template"}, nil},
		"a template in use":          {DeviceTemplate{Page: page(), Row: row, AuthType: 9, CanChange: true}, []string{"Type 9", "1 device uses this template.", "Show these devices", "/edit"}, []string{"/remove"}},
		"a template that isn't used": {DeviceTemplate{Page: page(), Row: unused, EdgeSupport: true, Greengrass: true, CanChange: true}, []string{"Edge rules on the device, AWS IoT Greengrass", "No device uses it.", "/team/device-templates/t1/remove"}, []string{"Authentication"}},
		"a template to a viewer":     {DeviceTemplate{Page: page(), Row: row, Commands: []TemplateCommand{{Name: "<b>", Param: true, Ack: true, Firmware: true}}}, []string{"&lt;b&gt;", "Takes a parameter, acknowledged, updates the firmware", "template.json"}, []string{"/edit", "/remove"}},
		"a form that was refused":    {DeviceTemplateForm{Page: page(), Once: "k", MaxKB: 256, Text: "<t>", Errors: ui.Errors{{Field: "text", Text: "code: No."}, {Field: "text", Text: "name: No."}}}, []string{"<title>Error: Import template", "code: No.", "name: No.", `href="#f-text"`, "&lt;t&gt;", `value="k"`, "up to 256 KB"}, nil},
		"a form that came second":    {DeviceTemplateForm{Page: page(), Row: &row, Version: 7, Text: "mine", Current: "theirs", Errors: ui.Errors{{Field: "text", Text: "Changed."}}}, []string{"mine", "theirs", `name="version" value="7"`, "Save template"}, []string{`name="once"`}},
		"devices": {Devices{Page: page(), CanAdd: true, Rows: []DeviceRow{device, strange}, Total: 2, From: 1, Templates: names, Query: url.Values{"template": {"gone"}}},
			[]string{`href="/team/device-templates/t1"`, `title="A1">Unknown`, `<option value="gone" selected>Unknown (gone)`, `<option value="t1">Pump &lt;2&gt; (pump2)`, "Without a template"}, nil},
		"devices of a team without templates": {Devices{Page: page(), CanAdd: true, Rows: []DeviceRow{{GUID: "g"}}, Total: 1, From: 1}, []string{`href="/team/device-templates"`}, []string{`name="template"`, `name="template_guid"`}},
		"a device of an unknown template":     {Device{Page: page(), Row: strange, Template: "A1", Templates: names, CanChange: true}, []string{"the team has no template with this GUID", `<option value="A1" selected>Unknown (A1)`}, nil},
		"a device of a template":              {Device{Page: page(), Row: device, Template: "t1", Templates: names, CanChange: true}, []string{`<option value="t1" selected>`, `href="/team/device-templates/t1"`}, []string{"Unknown"}},
	} {
		html := render(t, c.page)
		for _, s := range c.with {
			if !strings.Contains(html, s) {
				t.Errorf("%s: want %s in the page", name, s)
			}
		}
		for _, s := range c.without {
			if strings.Contains(html, s) {
				t.Errorf("%s: want no %s in the page", name, s)
			}
		}
	}
}
