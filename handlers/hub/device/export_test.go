package device

import (
	"gatepost/db"
	"gatepost/handlers/hub"
)

// Row is the line of a device in an export.
var Row = row

// WaitForImports waits until no import is running.
func (ds *Devices) WaitForImports() { ds.imports.running.Wait() }

// Devices returns the devices of a file.
func (f *File) Devices() (out []db.Device) {
	for _, d := range f.devices {
		out = append(out, d.Device)
	}
	return out
}

// Cleaned returns a device as it is stored, and whether it can be.
func Cleaned(d db.Device) (db.Device, bool) {
	bad := &hub.Invalid{}
	checkDevice(bad, &d)
	return d, bad.OrNil() == nil
}
