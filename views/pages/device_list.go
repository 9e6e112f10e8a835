package pages

import (
	"context"
	"io"
	"net/url"
	"slices"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
	"gatepost/views/words"
)

// Devices is GET /team/devices (fields q, group, template, state, sort, page of the address)
// and POST /team/devices: fields unique_id, display_name, group_name, template_guid.
type Devices struct {
	layout.Page
	Rows              []DeviceRow
	Total, From       int        // of all pages; the number of the first row
	Query             url.Values // the filter and the order, as in the address
	Groups            []string   // to choose from
	Templates         TemplateNames
	First, Prev, Next string // addresses of other pages; empty: not there
	CanAdd            bool
	CanSettings       bool   // shows the tabs Audit and Settings
	WhoCan            string // who could grant devices, where CanAdd is false
	Issuer            string // for the example
	Many              ManyDevices

	UniqueID, DisplayName, Group, Template string // of the form that adds a device
	Errors                                 ui.Errors
}

// NoGroup is the group field's value for the devices in no group: no group is named so.
const NoGroup = " "

// DeviceSorts are the orders of the list: the value of the field sort, and its words.
var DeviceSorts = []ui.Option{
	{Value: "", Label: "Name, A to Z"}, {Value: "-name", Label: "Name, Z to A"},
	{Value: "unique_id", Label: "Unique id, A to Z"}, {Value: "-unique_id", Label: "Unique id, Z to A"},
	{Value: "group", Label: "Group, A to Z"}, {Value: "-group", Label: "Group, Z to A"},
	{Value: "-connected", Label: "Last connection, newest first"}, {Value: "connected", Label: "Last connection, oldest first"},
}

// DeviceRow is a device of the list.
type DeviceRow struct {
	GUID, UniqueID, Name string
	Group, Entity        string
	Template             TemplateName
	Active               bool
	LastConnection       time.Time // zero: never
	Added                time.Time
}

func (d DeviceRow) href() string { return "/team/devices/" + d.GUID }

func (d DeviceRow) state() ui.Badge {
	if d.Active {
		return ui.Badge{State: "live", Text: "Active"}
	}
	return ui.Badge{State: "none", Text: "Inactive"}
}

// box is the id of the i-th device's box; the error summary links to the first.
func (d DeviceRow) box(i int) string {
	if i == 0 {
		return "f-guids"
	}
	return "f-guids-" + d.GUID
}

// Render writes the page.
func (m Devices) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Devices", layout.NavTeam, len(m.Errors)+len(m.Many.Errors) > 0)
	return devices(m).Render(ctx, w)
}

func (m Devices) example() string {
	return "curl " + m.Issuer + "/api/v1/devices \\\n  -H \"Authorization: Bearer $ACCESS_TOKEN\""
}

// filtered says whether the list leaves devices out.
func (m Devices) filtered() bool {
	return m.Query.Get("q") != "" || m.Query.Get("group") != "" || m.Query.Get("template") != "" || m.Query.Get("state") != ""
}

func (m Devices) groupOptions() []ui.Option {
	out := []ui.Option{{Label: "Any group"}, {Value: NoGroup, Label: "In no group"}}
	chosen := m.Query.Get("group")
	for _, g := range m.Groups {
		out = append(out, ui.Option{Value: g, Label: g})
	}
	if chosen != "" && chosen != NoGroup && !slices.Contains(m.Groups, chosen) {
		out = append(out, ui.Option{Value: chosen, Label: chosen})
	}
	return out
}

func (m Devices) place() string {
	return words.Number(m.From) + "–" + words.Number(m.From+len(m.Rows)-1) + " of " + words.Number(m.Total)
}

// export is where the devices of all pages are downloaded.
func (m Devices) export() string {
	if q := m.Query.Encode(); q != "" {
		return "/team/devices/export.csv?" + q
	}
	return "/team/devices/export.csv"
}

// selected is where the form of several devices goes: with the list's query.
func (m Devices) selected() string {
	if q := m.Query.Encode(); q != "" {
		return "/team/devices/selected?" + q
	}
	return "/team/devices/selected"
}

func (m Devices) which() []ui.Choice {
	all := "All " + words.Number(m.Total) + " in the list"
	if m.Total == 1 {
		all = "The one in the list"
	}
	text := "Including those on other pages."
	if m.filtered() {
		text = "Everything that matches the filter, including other pages."
	}
	return []ui.Choice{
		{Value: "ticked", Title: "The ones ticked above", Checked: m.Many.Which != "all"},
		{Value: "all", Title: all, Text: text, Checked: m.Many.Which == "all"},
	}
}
