package hub

// WaitForImports waits until no import of devices runs.
func (h *Hub) WaitForImports() { h.imports.running.Wait() }
