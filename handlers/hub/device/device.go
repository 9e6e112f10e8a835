package hub

import (
	"context"
	"slices"
	"strings"

	"gatepost/db"
)

// deviceFilter is what the actor may see: an app its team's devices, a person what the person
// may see now, in one team or (teamID empty) in all of them.
func (h *Hub) deviceFilter(ctx context.Context, a Actor, teamID string) (db.DeviceFilter, error) {
	f := db.DeviceFilter{TeamID: teamID}
	if a.Kind == Person {
		f.PersonID = a.ID
	} else if teamID == "" {
		f.TeamID = a.TeamID
	}
	if f.TeamID != "" {
		if _, err := h.Rights(ctx, a, f.TeamID); err != nil {
			return f, err
		}
	}
	return f, nil
}

// Device gives a device that the actor may see; any other gives db.ErrNotFound, as one that
// does not exist.
func (h *Hub) Device(ctx context.Context, a Actor, guid string) (db.Device, error) {
	f, err := h.deviceFilter(ctx, a, "")
	if err != nil {
		return db.Device{}, err
	}
	return h.DB.Device(ctx, f, guid)
}

// DeviceViewer is a viewer of a team, who sees a device when it is Granted.
type DeviceViewer struct {
	db.Member
	Granted bool
}

// DeviceViewers lists the viewers of a device's team, for those who may change the device.
func (h *Hub) DeviceViewers(ctx context.Context, a Actor, guid string) ([]DeviceViewer, error) {
	d, err := h.mayChangeDevice(ctx, a, guid, "see who else sees this device")
	if err != nil {
		return nil, err
	}
	return deviceViewers(ctx, &h.DB.Reader, d)
}

func deviceViewers(ctx context.Context, r *db.Reader, d db.Device) (viewers []DeviceViewer, err error) {
	members, err := r.Members(ctx, d.TeamID)
	if err != nil {
		return nil, err
	}
	granted, err := r.DeviceViewers(ctx, d.GUID)
	for _, m := range members {
		if m.Role == Viewer {
			viewers = append(viewers, DeviceViewer{m, slices.Contains(granted, m.PersonID)})
		}
	}
	return viewers, err
}

func (h *Hub) mayChangeDevice(ctx context.Context, a Actor, guid, what string) (db.Device, error) {
	d, err := h.Device(ctx, a, guid)
	if err == nil {
		_, err = h.mayDevelop(ctx, a, d.TeamID, what)
	}
	return d, err
}

// FindDevices gives a page of the devices that the actor may see, and how many there are in
// all. teamID keeps it to one team; empty: every team that the actor reaches.
func (h *Hub) FindDevices(ctx context.Context, a Actor, teamID string, q db.DeviceQuery) (devices []db.Device, total int, err error) {
	if q.Filter, err = h.deviceFilter(ctx, a, teamID); err != nil {
		return nil, 0, err
	}
	if total, err = h.DB.CountDevices(ctx, q); err != nil || q.Limit == 0 {
		return nil, total, err
	}
	devices, err = h.DB.FindDevices(ctx, q)
	return devices, total, err
}

// ShareDevice says which viewers of its team see a device, and that no others do. seen is as
// in ReplaceDevice. A viewer who may no longer see it loses it at once, by token too.
func (h *Hub) ShareDevice(ctx context.Context, a Actor, guid string, seen []int64, viewers []string) error {
	d, err := h.mayChangeDevice(ctx, a, guid, "say who sees this device")
	if err != nil {
		return err
	}
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := lockVersion(ctx, tx, guid, seen); err != nil {
			return err
		}
		return shareDevice(ctx, tx, a, d, d.DisplayName, viewers)
	})
}

func shareDevice(ctx context.Context, tx *db.Tx, a Actor, d db.Device, name string, chosen []string) error {
	viewers, err := deviceViewers(ctx, &tx.Reader, d)
	if err != nil {
		return err
	}
	var keep, granted, taken []string
	for _, v := range viewers {
		now := slices.Contains(chosen, v.PersonID)
		if now {
			keep = append(keep, v.PersonID)
		}
		switch {
		case now && !v.Granted:
			granted = append(granted, v.Name)
		case !now && v.Granted:
			taken = append(taken, v.Name)
		}
	}
	for _, id := range chosen {
		if !slices.Contains(keep, id) {
			return badField("viewer", "Choose viewers of this team only.")
		}
	}
	if err := tx.SetDeviceViewers(ctx, d.GUID, keep); err != nil {
		return err
	}
	var detail []string
	if len(granted) > 0 {
		detail = append(detail, "granted to "+strings.Join(granted, ", "))
	}
	if len(taken) > 0 {
		detail = append(detail, "no longer granted to "+strings.Join(taken, ", "))
	}
	if len(detail) == 0 {
		return nil
	}
	return a.record(ctx, tx, Event{Action: ActionDeviceShared, TeamID: d.TeamID, Target: ofDevice(d.GUID, name), Detail: strings.Join(detail, "; ")})
}
