package pages

import (
	"net/url"
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
		"empty": {Devices{Page: page(), CanAdd: true, Issuer: "https://p.example"},
			[]string{"No devices yet", "https://p.example/api/v1/devices", `name="unique_id"`, `href="/team/members"`}, []string{"<table", "/team/audit", "Next page"}},
		"empty to a viewer": {Devices{Page: viewer, WhoCan: "Ana can grant you devices."},
			[]string{"No devices are granted to you yet", "Ana can grant you devices.", `href="/team/devices"`}, []string{`action="/team/devices`, "/team/members"}},
		"a page of many": {Devices{Page: page(), Rows: []DeviceRow{row}, Total: 1234, From: 51, Next: "/team/devices?page=3", CanAdd: true, CanSettings: true, Groups: []string{"Beds & more"}, Many: ManyDevices{Viewers: who}},
			[]string{"Ward &lt;3&gt;", "/team/devices/g1", "SN-1", "Active", "never", "Next page", "/team/audit", "51–51 of 1,234", "All 1,234 in the list", `value="Beds &amp; more"`, `id="f-guids"`, `action="/team/devices/selected"`}, []string{"First page", "No device", "Ward <3>", "Clear filter"}},
		"nothing matches": {Devices{Page: page(), CanAdd: true, Query: url.Values{"q": {"<x>"}, "group": {"gone"}}},
			[]string{"No devices match", `value="&lt;x&gt;"`, `<option value="gone" selected>`, "Clear filter"}, []string{"<table", `id="many"`}},
		"several, refused": {Devices{Page: page(), CanAdd: true, Rows: []DeviceRow{row}, Total: 1, From: 1, Query: url.Values{"q": {"a"}},
			Many: ManyDevices{Which: "all", Ticked: []string{"g1"}, Group: "x", Viewers: who, Errors: ui.Errors{{Field: "new_group", Text: "No."}}}},
			[]string{"<title>Error: Devices", `href="#f-new_group"`, `value="g1" aria-label="Choose Ward &lt;3&gt;" checked`, `value="all" checked`, "The one in the list", `action="/team/devices/selected?q=a"`}, nil},
		"asked back": {DevicesConfirm{Page: page(), Do: "take", Title: "Revoke 3 devices", Facts: []string{"They lose them."}, Query: url.Values{"q": {"a&b"}}, Viewers: []string{"p1"}},
			[]string{`action="/team/devices/selected?q=a%26b"`, `name="confirm" value="yes"`, `name="viewers" value="p1"`, `name="do" value="take"`, "They lose them."}, nil},
		"the last page": {Devices{Page: page(), Rows: []DeviceRow{row}, Total: 101, From: 101, First: "/team/devices", Prev: "/team/devices?page=2"}, []string{"First page", "Previous page", "101–101 of 101"}, []string{"Next page"}},
		"refused": {Devices{Page: page(), CanAdd: true, UniqueID: "two words", DisplayName: "Bed", Errors: ui.Errors{{Field: "unique_id", Text: "No."}}},
			[]string{"<title>Error: Devices", `value="two words"`, `value="Bed"`, `href="#f-unique_id"`, `aria-invalid="true"`}, nil},
		"a device": {Device{Page: page(), Row: row, DisplayName: "Ward", Group: "Beds", Active: true, Viewers: who, CanChange: true},
			[]string{`name="is_active" value="on" checked`, `value="Beds"`, `value="p1"`, `value="p2" checked`, `id="f-viewers"`, `id="f-viewers-p2"`, `value="Ward"`, "/team/devices/g1/remove"}, []string{`value="p1" checked`}},
		"a device of a team without viewers": {Device{Page: page(), Row: row, CanChange: true}, []string{"The team has no viewers."}, []string{"fieldset"}},
		"a device to a viewer":               {Device{Page: viewer, Row: row}, []string{"SN-1", "g1"}, []string{`action="/team/devices`, "/remove", "viewers"}},
		"a device, refused": {Device{Page: page(), Row: row, Viewers: who, CanChange: true, Errors: ui.Errors{{Field: "viewers", Text: "Choose viewers."}}},
			[]string{`id="f-viewers-error"`, "f-viewers-hint f-viewers-error", `href="#f-viewers"`}, nil},
		"imports": {DeviceImports{Page: page(), MaxMB: 10, Lines: 100000, Rows: []DeviceImportRow{{ID: "i1", FileName: "<a>.csv", State: "interrupted", Added: 1000}}},
			[]string{"up to 10 MB and 100,000 devices", `enctype="multipart/form-data"`, "&lt;a&gt;.csv", "/team/device-imports/i1", "Interrupted", "1,000", `name="file"`}, []string{"<a>"}},
		"an import that runs": {DeviceImport{Page: page(), Row: DeviceImportRow{ID: "i1", FileName: "a.csv", State: "running", Total: 1000, Done: 250}},
			[]string{"<title>25% · Import of a.csv", `max="1000" value="250"`, "250 of 1,000 lines", "Stop refreshing", "?still=1"}, []string{"Download report", "http-equiv"}},
		"an import that is over": {DeviceImport{Page: page(), Row: DeviceImportRow{ID: "i1", FileName: "a.csv", State: "done", Total: 1500, Done: 1500, Added: 1, Refused: 1499}, Kept: 1000, Refused: []RefusedRow{{Line: 1234, UniqueID: "<u>", Reason: "No."}}},
			[]string{"1 device was added", "1,499 lines were refused.", "1,234", "&lt;u&gt;", "/team/device-imports/i1/report.csv", "The report has the first 1,000 of 1,499"}, []string{"<progress", "Stop refreshing"}},
		"a preview": {DeviceImportPreview{Page: page(), ID: "i1", FileName: "<a>.csv", Encoding: "Windows-1252", Separator: ";", Names: []string{"unique_id", "display_name"}, Lines: 1500, Ready: 1, RefusedLines: 1499, Kept: 1000,
			Columns: []PreviewColumn{{Field: "column_0", Number: 1, Heading: "<ID>", Is: "unique_id", Example: "<u>"}, {Field: "column_2", Number: 3, Example: "x"}},
			Rows:    []PreviewRow{{Line: 1234, Values: []string{"<u>", ""}, Refused: true}}, Refused: []RefusedRow{{Line: 1234, UniqueID: "<u>", Reason: "No."}}},
			[]string{"1 device will be added", "1,499 lines will be refused.", "Read as Windows-1252", "&lt;ID&gt;", "&lt;u&gt;", `name="column_0"`, `value="unique_id" selected`, "Column 3", "Semicolon", "The report has the first 1,000 of 1,499", `name="do" value="add"`, "Add 1 device"}, []string{"<ID>", "<u>"}},
		"a preview without columns": {DeviceImportPreview{Page: page(), ID: "i1", Names: []string{"unique_id"}, Faults: []string{"No column unique_id."}, Columns: []PreviewColumn{{Field: "column_0", Number: 1, Heading: "Serial"}}},
			[]string{"No column unique_id.", "Serial", `name="do" value="columns"`}, []string{`value="add"`, "Windows-1252"}},
		"a preview of nothing new": {DeviceImportPreview{Page: page(), ID: "i1", Lines: 2, RefusedLines: 2}, []string{"No device can be added"}, []string{`value="add"`}},
		"removing": {DeviceRemove{Page: page(), Row: row, Facts: []string{"No token reaches it."}},
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
	if p := (layout.Page{Person: &layout.Person{}, Team: "T"}); !strings.Contains(render(t, Devices{Page: p}), `href="/team/devices"`) {
		t.Error("a viewer's navigation has no way to the devices")
	}
}
