package hub

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"gatepost/db"
	"gatepost/handlers/secret"
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

// Devices lists up to limit devices that the actor may see, in one team or (teamID empty) in
// every team that the actor reaches, after a place in the list, and says whether more follow.
func (h *Hub) Devices(ctx context.Context, a Actor, teamID string, after db.DeviceKey, limit int) (devices []db.Device, more bool, err error) {
	f, err := h.deviceFilter(ctx, a, teamID)
	if err != nil {
		return nil, false, err
	}
	devices, err = h.DB.Devices(ctx, f, after, limit+1)
	if len(devices) > limit {
		return devices[:limit], true, err
	}
	return devices, false, err
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

// NewDevice is what a device is made from.
type NewDevice struct{ UniqueID, DisplayName, GroupName string }

const wrongUniqueID = "Write up to 128 letters, digits and . _ : - such as a serial number, with a letter or digit first."

var uniqueIDForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$`)

// AddDevice adds a device to a team; viewers don't see it until it is granted to them.
func (h *Hub) AddDevice(ctx context.Context, a Actor, teamID string, in NewDevice) (db.Device, error) {
	if _, err := h.mayDevelop(ctx, a, teamID, "add devices"); err != nil {
		return db.Device{}, err
	}
	now := h.Now()
	d := db.Device{GUID: secret.JTI(), TeamID: teamID, UniqueID: strings.TrimSpace(in.UniqueID), Active: true, CreatedAt: now, UpdatedAt: now}
	bad := &Invalid{}
	if !uniqueIDForm.MatchString(d.UniqueID) {
		bad.add("unique_id", wrongUniqueID)
	}
	d.DisplayName = deviceName(bad, in.DisplayName)
	d.GroupName = deviceText(bad, "group", in.GroupName)
	if err := bad.orNil(); err != nil {
		return d, err
	}
	return d, h.DB.Tx(ctx, func(tx *db.Tx) error {
		err := tx.InsertDevice(ctx, d)
		if errors.Is(err, db.ErrConflict) {
			return invalid("unique_id", "The team has a device with this unique id already.")
		}
		if err != nil {
			return err
		}
		return a.record(ctx, tx, "device.added", teamID, "device", d.GUID, d.DisplayName, "with the unique id "+d.UniqueID)
	})
}

func deviceName(bad *Invalid, name string) string {
	return cleanName(bad, "display_name", "a name for the device", name, 100)
}

// deviceText checks a text of a device that may be empty, such as its group.
func deviceText(bad *Invalid, field, text string) string {
	if text = strings.TrimSpace(text); text == "" {
		return ""
	}
	return cleanName(bad, field, "a name", text, 100)
}

// DeviceChange is what can be changed of a device. Viewers are the ids of the viewers of its
// team who may see it, and no others; what is nil stays as it is.
type DeviceChange struct {
	DisplayName string
	GroupName   *string
	Active      *bool
	Viewers     []string
}

// changed gives the device with the change made, and says in words what is different.
func (in DeviceChange) changed(bad *Invalid, d db.Device) (db.Device, []string) {
	var words []string
	if name := deviceName(bad, in.DisplayName); name != d.DisplayName {
		words = append(words, "was named "+d.DisplayName)
		d.DisplayName = name
	}
	if in.GroupName != nil {
		if group := deviceText(bad, "group", *in.GroupName); group != d.GroupName {
			words = append(words, groupWords(group))
			d.GroupName = group
		}
	}
	if in.Active != nil && *in.Active != d.Active {
		words = append(words, map[bool]string{true: "set to active", false: "set to inactive"}[*in.Active])
		d.Active = *in.Active
	}
	return d, words
}

func groupWords(group string) string {
	if group == "" {
		return "taken out of its group"
	}
	return "put into the group " + group
}

// SaveDevice changes a device. A viewer who may no longer see it loses it at once, by token too.
func (h *Hub) SaveDevice(ctx context.Context, a Actor, guid string, in DeviceChange) error {
	d, err := h.mayChangeDevice(ctx, a, guid, "change this device")
	if err != nil {
		return err
	}
	bad := &Invalid{}
	changed, words := in.changed(bad, d)
	if err := bad.orNil(); err != nil {
		return err
	}
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		if len(words) > 0 {
			if err := tx.UpdateDevice(ctx, changed); err != nil {
				return err
			}
			if err := a.record(ctx, tx, "device.changed", d.TeamID, "device", guid, changed.DisplayName, strings.Join(words, "; ")); err != nil {
				return err
			}
		}
		if in.Viewers == nil {
			return nil
		}
		return a.shareDevice(ctx, tx, d, changed.DisplayName, in.Viewers)
	})
}

func (a Actor) shareDevice(ctx context.Context, tx *db.Tx, d db.Device, name string, chosen []string) error {
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
			return invalid("viewer", "Choose viewers of this team only.")
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
	return a.record(ctx, tx, "device.shared", d.TeamID, "device", d.GUID, name, strings.Join(detail, "; "))
}

// RemoveDevice removes a device from its team's registry.
func (h *Hub) RemoveDevice(ctx context.Context, a Actor, guid string) error {
	d, err := h.mayChangeDevice(ctx, a, guid, "remove this device")
	if err != nil {
		return err
	}
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.DeleteDevice(ctx, guid); err != nil {
			return err
		}
		return a.record(ctx, tx, "device.removed", d.TeamID, "device", guid, d.DisplayName, "with the unique id "+d.UniqueID)
	})
}
