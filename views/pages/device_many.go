package pages

import (
	"context"
	"io"
	"net/url"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// ManyDevices is the form POST /team/devices/selected, with the list's query in its address:
// fields which (ticked, all), guids for each that is ticked, do (group, template, grant,
// take), new_group, new_template, viewers; and confirm on the page that asks back.
type ManyDevices struct {
	Which    string
	Ticked   []string // guids
	Group    string
	Template string // a guid
	Viewers  []DeviceViewer
	Errors   ui.Errors
}

// DevicesConfirm asks back before all devices of a list are changed.
type DevicesConfirm struct {
	layout.Page
	Query    url.Values // as in TeamDevices
	Do       string
	Title    string
	Facts    []string
	Group    string
	Template string   // a guid
	Viewers  []string // ids
}

// Render writes the page.
func (m DevicesConfirm) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named(m.Title, layout.NavTeam, false)
	return devicesConfirm(m).Render(ctx, w)
}

func (m DevicesConfirm) back() string {
	if q := m.Query.Encode(); q != "" {
		return "/team/devices?" + q
	}
	return "/team/devices"
}

func (m DevicesConfirm) button() ui.Button {
	b := ui.Button{Label: "Set group", Kind: ui.Primary, Name: "do", Value: m.Do, Busy: "Setting"}
	switch m.Do {
	case "template":
		b.Label = "Set template"
	case "grant":
		b.Label, b.Busy = "Grant devices", "Granting"
	case "take":
		b.Label, b.Busy, b.Kind = "Revoke devices", "Revoking", ui.Danger
	}
	return b
}
