package pages

import (
	"context"
	"io"

	"gatepost/views/layout"
	"gatepost/views/ui"
)

// Device is GET and POST /device: field user_code, the code that a device shows.
type Device struct {
	layout.Page
	UserCode string
	Errors   ui.Errors
}

// Render writes the page.
func (m Device) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named("Connect a device", "", len(m.Errors) > 0)
	return device(m).Render(ctx, w)
}

// DeviceDone answers the consent of a device: the person goes back to it.
type DeviceDone struct {
	layout.Page
	App     string
	Allowed bool
}

// Render writes the page.
func (m DeviceDone) Render(ctx context.Context, w io.Writer) error {
	m.Page = m.Named(m.heading(), "", false)
	return deviceDone(m).Render(ctx, w)
}

func (m DeviceDone) heading() string {
	if m.Allowed {
		return "The device is connected"
	}
	return "The device was turned away"
}
