package device

import (
	"context"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// DeviceReach counts the devices of all teams of a person, and those of them that the person
// may see now: what a token with the scope read makes of it.
func (ds *Devices) Reach(ctx context.Context, personID string) (visible, total int, err error) {
	return ds.hub.DB.DeviceReach(ctx, personID)
}

// DevicesFrom lists by name up to q.Limit of the devices that fit and that the actor may see,
// in one team or (teamID empty) in every team that the actor reaches, after a place in the
// list, and says whether more follow.
func (ds *Devices) ListFrom(ctx context.Context, a hub.Actor, teamID string, q db.DeviceQuery, after db.DeviceKey) (devices []db.Device, more bool, err error) {
	if q.Filter, err = ds.deviceFilter(ctx, a, teamID); err != nil {
		return nil, false, err
	}
	limit := q.Limit
	q.Limit++
	devices, err = ds.hub.DB.DevicesFrom(ctx, q, after)
	if len(devices) > limit {
		return devices[:limit], true, err
	}
	return devices, false, err
}

// deviceFilter is what the actor may see: an app its team's devices, a person what the person
// may see now, in one team or (teamID empty) in all of them.
func (ds *Devices) deviceFilter(ctx context.Context, a hub.Actor, teamID string) (db.DeviceFilter, error) {
	f := db.DeviceFilter{TeamID: teamID}
	if a.Kind == hub.Person {
		f.PersonID = a.ID
	} else if teamID == "" {
		f.TeamID = a.TeamID
	}
	if f.TeamID != "" {
		if _, err := ds.hub.Rights(ctx, a, f.TeamID); err != nil {
			return f, err
		}
	}
	return f, nil
}

// FindDevices gives a page of the devices that the actor may see, and how many there are in
// all. teamID keeps it to one team; empty: every team that the actor reaches.
func (ds *Devices) Find(ctx context.Context, a hub.Actor, teamID string, q db.DeviceQuery) (devices []db.Device, total int, err error) {
	if q.Filter, err = ds.deviceFilter(ctx, a, teamID); err != nil {
		return nil, 0, err
	}
	if total, err = ds.hub.DB.CountDevices(ctx, q); err != nil || q.Limit == 0 {
		return nil, total, err
	}
	devices, err = ds.hub.DB.FindDevices(ctx, q)
	return devices, total, err
}
