package hub

import (
	"context"

	"gatepost/db"
)

// DeviceReach counts the devices of all teams of a person, and those of them that the person
// may see now: what a token with the scope read makes of it.
func (h *Hub) DeviceReach(ctx context.Context, personID string) (visible, total int, err error) {
	return h.DB.DeviceReach(ctx, personID)
}

// DevicesFrom lists by name up to q.Limit of the devices that fit and that the actor may see,
// in one team or (teamID empty) in every team that the actor reaches, after a place in the
// list, and says whether more follow.
func (h *Hub) DevicesFrom(ctx context.Context, a Actor, teamID string, q db.DeviceQuery, after db.DeviceKey) (devices []db.Device, more bool, err error) {
	if q.Filter, err = h.deviceFilter(ctx, a, teamID); err != nil {
		return nil, false, err
	}
	limit := q.Limit
	q.Limit++
	devices, err = h.DB.DevicesFrom(ctx, q, after)
	if len(devices) > limit {
		return devices[:limit], true, err
	}
	return devices, false, err
}

// AppList lists by name the apps that the actor may see: those of one team or, where teamID
// is empty, of every team that the actor reaches.
func (h *Hub) AppList(ctx context.Context, a Actor, teamID string) ([]db.App, error) {
	if teamID == "" && a.Kind == Person {
		return h.DB.AppsOf(ctx, a.ID)
	}
	if teamID == "" {
		teamID = a.TeamID
	}
	if _, err := h.mayDevelop(ctx, a, teamID, "see the team's apps"); err != nil {
		return nil, err
	}
	return h.DB.Apps(ctx, teamID)
}
