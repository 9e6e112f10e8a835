package pages

import (
	"context"
	"io"
	"time"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// TeamDevices is GET and POST /team/devices: fields unique_id, display_name.
type TeamDevices struct {
	layout.Page
	Rows        []DeviceRow
	First, Next string // addresses of the list's start and of what follows; empty: not there
	CanAdd      bool
	CanSettings bool   // shows the tabs Audit and Settings
	WhoCan      string // who could grant devices, where CanAdd is false
	Issuer      string // for the example

	UniqueID, DisplayName string
	Errors                ui.Errors
}

// DeviceRow is a device of the list.
type DeviceRow struct {
	GUID, UniqueID, Name string
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

// Render writes the page.
func (m TeamDevices) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Devices", layout.NavTeam, len(m.Errors) > 0)
	return teamDevices(m).Render(ctx, w)
}

func (m TeamDevices) example() string {
	return "curl " + m.Issuer + "/api/v1/devices \\\n  -H \"Authorization: Bearer $ACCESS_TOKEN\""
}

// TeamDevice is GET and POST /team/devices/{guid}: fields display_name and, for each viewer who may see it, viewer.
type TeamDevice struct {
	layout.Page
	Row         DeviceRow
	DisplayName string // in the form
	Viewers     []DeviceViewer
	CanChange   bool
	Errors      ui.Errors
}

// DeviceViewer is a viewer of the team, who sees the device when Checked.
type DeviceViewer struct {
	ID, Name, Email string
	Checked         bool
}

// id is the id of the i-th viewer's box; the error summary links to the first.
func (v DeviceViewer) id(i int) string {
	if i == 0 {
		return "f-viewer"
	}
	return "f-viewer-" + v.ID
}

// Render writes the page.
func (m TeamDevice) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named(m.Row.Name, layout.NavTeam, len(m.Errors) > 0)
	return teamDevice(m).Render(ctx, w)
}

// TeamDeviceRemove is GET /team/devices/{guid}/remove.
type TeamDeviceRemove struct {
	layout.Page
	Row   DeviceRow
	Facts []string
}

// Render writes the page.
func (m TeamDeviceRemove) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Remove "+m.Row.Name, layout.NavTeam, false)
	return teamDeviceRemove(m).Render(ctx, w)
}
