package device

import (
	"context"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// Reach counts the devices in each team of a person, and those of them that the person sees now, which
// an app reaches that the person lets into the team. Teams without devices are left out.
func (ds *Devices) Reach(ctx context.Context, personID string) ([]db.TeamReach, error) {
	return ds.hub.DB.DeviceReach(ctx, personID)
}

// ListFrom lists up to q.Limit of the devices that match the query and that the actor can see, by name
// and after a key, and says whether more follow. An empty teamID means every team that the actor
// reaches.
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

// deviceFilter returns the filter for what the actor can see: an app all devices of its team, a person
// what that person sees now, in one team or (teamID empty) in all of theirs.
func (ds *Devices) deviceFilter(ctx context.Context, a hub.Actor, teamID string) (db.DeviceFilter, error) {
	f := db.DeviceFilter{TeamID: teamID}
	if a.Kind == hub.Person {
		f.PersonID, f.Teams = a.ID, a.Teams
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

// Find returns a page of the devices that match the query and that the actor can see, and their total
// number. An empty teamID means every team that the actor reaches.
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
