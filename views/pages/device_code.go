package pages

import (
	"context"
	"io"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// DeviceCode is GET and POST /device: field user_code, the code that a device shows.
type DeviceCode struct {
	layout.Page
	UserCode string
	Errors   ui.Errors
}

// Render writes the page.
func (m DeviceCode) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Connect a device", "", len(m.Errors) > 0)
	return deviceCode(m).Render(ctx, w)
}

// DeviceCodeDone answers the consent of a device: the person goes back to it.
type DeviceCodeDone struct {
	layout.Page
	App     string
	Allowed bool
}

// Render writes the page.
func (m DeviceCodeDone) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named(m.heading(), "", false)
	return deviceCodeDone(m).Render(ctx, w)
}

func (m DeviceCodeDone) heading() string {
	if m.Allowed {
		return "The device is connected"
	}
	return "The device was denied"
}
