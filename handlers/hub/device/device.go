package device

import (
	"context"
	"slices"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// Devices are the rules of IoT devices. They are safe for concurrent use.
type Devices struct {
	hub     *hub.Hub
	imports *imports
}

// New returns the rules of devices. Close them when no more calls come.
func New(h *hub.Hub) *Devices { return &Devices{hub: h, imports: newImports()} }

// Close interrupts imports and waits until they have stopped.
func (ds *Devices) Close() { ds.imports.close() }

// Get returns a device that the actor can see. Any other is db.ErrNotFound, like one that doesn't
// exist.
func (ds *Devices) Get(ctx context.Context, a hub.Actor, guid string) (db.Device, error) {
	f, err := ds.deviceFilter(ctx, a, "")
	if err != nil {
		return db.Device{}, err
	}
	return ds.hub.DB.Device(ctx, f, guid)
}

// Viewer is a viewer of a team, who sees a device if it is Granted.
type Viewer struct {
	db.Member
	Granted bool
}

// Viewers lists the viewers of a device's team, for actors who can change the device.
func (ds *Devices) Viewers(ctx context.Context, a hub.Actor, guid string) ([]Viewer, error) {
	d, err := ds.mayChangeDevice(ctx, a, guid, "see who else sees this device")
	if err != nil {
		return nil, err
	}
	return deviceViewers(ctx, &ds.hub.DB.Reader, d)
}

func deviceViewers(ctx context.Context, r *db.Reader, d db.Device) (viewers []Viewer, err error) {
	members, err := r.Members(ctx, d.TeamID)
	if err != nil {
		return nil, err
	}
	granted, err := r.DeviceViewers(ctx, d.GUID)
	for _, m := range members {
		if m.Role == hub.Viewer {
			viewers = append(viewers, Viewer{m, slices.Contains(granted, m.PersonID)})
		}
	}
	return viewers, err
}

func (ds *Devices) mayChangeDevice(ctx context.Context, a hub.Actor, guid, what string) (db.Device, error) {
	d, err := ds.Get(ctx, a, guid)
	if err == nil {
		_, err = ds.hub.MayDevelop(ctx, a, d.TeamID, what)
	}
	return d, err
}

// Share grants a device to the viewers with these ids, and takes it from all others. seen is as in
// Replace. A viewer without the grant loses the device immediately, and so do their tokens.
func (ds *Devices) Share(ctx context.Context, a hub.Actor, guid string, seen []int64, viewers []string) error {
	d, err := ds.mayChangeDevice(ctx, a, guid, "say who sees this device")
	if err != nil {
		return err
	}
	return ds.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := lockVersion(ctx, tx, guid, seen); err != nil {
			return err
		}
		return shareDevice(ctx, tx, a, d, d.DisplayName, viewers)
	})
}

func shareDevice(ctx context.Context, tx *db.Tx, a hub.Actor, d db.Device, name string, chosen []string) error {
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
			return hub.BadField("viewers", "Choose viewers of this team only.")
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
	return a.Record(ctx, tx, hub.Event{Action: hub.ActionDeviceShared, TeamID: d.TeamID, Target: hub.OfDevice(d.GUID, name), Detail: strings.Join(detail, "; ")})
}
