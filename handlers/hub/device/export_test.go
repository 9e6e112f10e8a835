package device

// WaitForImports waits until no import of devices runs.
func (ds *Devices) WaitForImports() { ds.imports.running.Wait() }
