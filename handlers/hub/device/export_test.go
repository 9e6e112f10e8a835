package device

// WaitForImports waits until no import is running.
func (ds *Devices) WaitForImports() { ds.imports.running.Wait() }
