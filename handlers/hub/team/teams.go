package team

import "gatepost/handlers/hub"

// Teams are the rules of teams. They are safe for concurrent use.
type Teams struct{ hub *hub.Hub }

// New returns the rules of teams.
func New(h *hub.Hub) *Teams { return &Teams{hub: h} }
