package device

import "gatepost/handlers/hub"

// Devices are the rules of IoT devices. They are safe for concurrent use.
type Devices struct {
	hub     *hub.Hub
	imports *imports
}

// New returns the rules of devices. Close them when no more calls come.
func New(h *hub.Hub) *Devices { return &Devices{hub: h, imports: newImports()} }

// Close interrupts imports and waits until they have stopped.
func (ds *Devices) Close() { ds.imports.close() }
