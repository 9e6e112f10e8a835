package account

import (
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/team"
)

// Accounts are the rules of people's accounts. They are safe for concurrent use.
type Accounts struct {
	hub     *hub.Hub
	teams   *team.Teams
	blocked map[string]bool // passwords and parts of passwords that are too common, in lower case
	checks  *hub.Throttle   // asked passkeys
}

// New returns the rules of accounts. The blocklist holds passwords, and parts of passwords, that
// are too common to choose, in lower case.
func New(h *hub.Hub, teams *team.Teams, blocklist []string) *Accounts {
	as := &Accounts{hub: h, teams: teams, blocked: map[string]bool{}, checks: hub.NewThrottle(h.Now)}
	for _, p := range blocklist {
		as.blocked[p] = true
	}
	return as
}
