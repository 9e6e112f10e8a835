package app

import (
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/team"
)

// Apps are the rules of apps. They are safe for concurrent use.
type Apps struct {
	hub    *hub.Hub
	teams  *team.Teams
	checks *hub.Throttle // pasted secrets
}

// New returns the rules of apps.
func New(h *hub.Hub, teams *team.Teams) *Apps {
	return &Apps{hub: h, teams: teams, checks: hub.NewThrottle(h.Now)}
}
