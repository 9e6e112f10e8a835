package pages

import (
	"strings"
	"testing"

	"github.com/a-h/templ"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

func TestDevicePagesShowWhatThePersonMay(t *testing.T) {
	viewer := page()
	viewer.CanSeeTeam = false
	row := DeviceRow{GUID: "g1", UniqueID: "SN-1", Name: "Ward <3>", Active: true}
	who := []DeviceViewer{{ID: "p1", Name: "Vera", Email: "v@example.com"}, {ID: "p2", Name: "Vito", Checked: true}}
	for name, c := range map[string]struct {
		page          templ.Component
		with, without []string
	}{
		"empty": {TeamDevices{Page: page(), CanAdd: true, Issuer: "https://p.example"},
			[]string{"No device yet", "https://p.example/api/v1/devices", `name="unique_id"`, `href="/team/members"`}, []string{"<table", "/team/audit", "Next page"}},
		"empty to a viewer": {TeamDevices{Page: viewer, WhoCan: "Ana can grant you devices."},
			[]string{"No device is granted to you yet", "Ana can grant you devices.", `href="/team/devices"`}, []string{`action="/team/devices`, "/team/members"}},
		"a page of many": {TeamDevices{Page: page(), Rows: []DeviceRow{row}, Next: "/team/devices?after=x", CanAdd: true, CanSettings: true},
			[]string{"Ward &lt;3&gt;", "/team/devices/g1", "SN-1", "Active", "never", "Next page", "/team/audit"}, []string{"First page", "No device", "Ward <3>"}},
		"the last page": {TeamDevices{Page: page(), Rows: []DeviceRow{row}, First: "/team/devices"}, []string{"First page", "End of the list"}, []string{"Next page"}},
		"refused": {TeamDevices{Page: page(), CanAdd: true, UniqueID: "two words", DisplayName: "Bed", Errors: ui.Errors{{Field: "unique_id", Text: "No."}}},
			[]string{"<title>Error: Devices", `value="two words"`, `value="Bed"`, `href="#f-unique_id"`, `aria-invalid="true"`}, nil},
		"a device": {TeamDevice{Page: page(), Row: row, DisplayName: "Ward", Viewers: who, CanChange: true},
			[]string{`value="p1"`, `value="p2" checked`, `id="f-viewer"`, `id="f-viewer-p2"`, `value="Ward"`, "/team/devices/g1/remove"}, []string{`value="p1" checked`}},
		"a device of a team without viewers": {TeamDevice{Page: page(), Row: row, CanChange: true}, []string{"The team has no viewer."}, []string{"fieldset"}},
		"a device to a viewer":               {TeamDevice{Page: viewer, Row: row}, []string{"SN-1", "g1"}, []string{`action="/team/devices`, "/remove", "viewers"}},
		"a device, refused": {TeamDevice{Page: page(), Row: row, Viewers: who, CanChange: true, Errors: ui.Errors{{Field: "viewer", Text: "Choose viewers."}}},
			[]string{`id="f-viewer-error"`, "f-viewer-hint f-viewer-error", `href="#f-viewer"`}, nil},
		"removing": {TeamDeviceRemove{Page: page(), Row: row, Facts: []string{"No token reaches it."}},
			[]string{"No token reaches it.", `action="/team/devices/g1/remove"`, `href="/team/devices/g1"`}, []string{"confirm_name"}},
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
		if n := strings.Count(html, "<h1"); n != 1 {
			t.Errorf("%s: h1 elements = %d, want 1", name, n)
		}
	}
	if p := (layout.Page{Person: &layout.Person{}, Team: "T"}); !strings.Contains(render(t, TeamDevices{Page: p}), `href="/team/devices"`) {
		t.Error("a viewer's navigation has no way to the devices")
	}
}
