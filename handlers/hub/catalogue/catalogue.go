package catalogue

import "gatepost/handlers/hub"

// Catalogue holds the rules of what owners decide. It is safe for concurrent use.
type Catalogue struct{ hub *hub.Hub }

// New returns the rules of the catalogue.
func New(h *hub.Hub) *Catalogue { return &Catalogue{hub: h} }
