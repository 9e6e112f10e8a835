package device

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
)

// DeviceFields are what is set of a device.
type Fields struct {
	UniqueID     string // of a new device only
	DisplayName  string
	Active       bool
	TemplateGUID string // a GUID, or empty
	EntityName   string
	GroupName    string
}

// of gives a device with these fields, and the unique id that it has.
func (in Fields) of(d db.Device) db.Device {
	d.DisplayName, d.Active, d.TemplateGUID, d.EntityName, d.GroupName = in.DisplayName, in.Active, in.TemplateGUID, in.EntityName, in.GroupName
	return d
}

var (
	uniqueIDForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$`)
	guidForm     = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)
)

// checkDevice checks everything that is set of a device, and takes the spaces off its ends.
func checkDevice(bad *hub.Invalid, d *db.Device) {
	if d.UniqueID = strings.TrimSpace(d.UniqueID); !uniqueIDForm.MatchString(d.UniqueID) {
		bad.Add("unique_id", "Write up to 128 letters, digits and . _ : - such as a serial number, with a letter or digit first.")
	}
	d.DisplayName = hub.CleanName(bad, "display_name", "a name for the device", d.DisplayName, 100)
	d.GroupName = deviceText(bad, "group_name", d.GroupName)
	d.EntityName = deviceText(bad, "entity_name", d.EntityName)
	if d.TemplateGUID = strings.TrimSpace(d.TemplateGUID); d.TemplateGUID != "" && !guidForm.MatchString(d.TemplateGUID) {
		bad.Add("template_guid", "Write a GUID, or leave it empty.")
	}
}

// deviceText checks a text of a device that may be empty, such as its group.
func deviceText(bad *hub.Invalid, field, text string) string {
	if text = strings.TrimSpace(text); text == "" {
		return ""
	}
	return hub.CleanName(bad, field, "a name", text, 100)
}

// AddDevice adds a device to a team; viewers don't see it until it is granted to them. One
// whose unique id the team has already gives ErrDeviceThere, the same Once again
// *AlreadyDone with the device's guid.
func (ds *Devices) Add(ctx context.Context, a hub.Actor, teamID string, in Fields, once string) (db.Device, error) {
	if _, err := ds.hub.MayDevelop(ctx, a, teamID, "add devices"); err != nil {
		return db.Device{}, err
	}
	if err := ds.hub.FirstTime(ctx, a, once); err != nil {
		return db.Device{}, err
	}
	now := ds.hub.Now()
	d := in.of(db.Device{GUID: secret.JTI(), TeamID: teamID, UniqueID: in.UniqueID, CreatedAt: now, UpdatedAt: now, Version: 1})
	bad := &hub.Invalid{}
	checkDevice(bad, &d)
	if err := bad.OrNil(); err != nil {
		return d, err
	}
	err := ds.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := hub.UseOnce(ctx, tx, a, once, d.GUID); err != nil {
			return err
		}
		if err := tx.InsertDevice(ctx, d); errors.Is(err, db.ErrConflict) {
			return hub.ErrDeviceThere
		} else if err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionDeviceAdded, TeamID: teamID, Target: hub.OfDevice(d.GUID, d.DisplayName), Detail: "with the unique id " + d.UniqueID})
	})
	return d, ds.hub.DoneBefore(ctx, a, once, err)
}

// DeviceChange is what can be changed of a device. Viewers are the ids of the viewers of its
// team who may see it, and no others; what is nil stays as it is.
type Change struct {
	DisplayName string
	GroupName   *string
	Active      *bool
	Viewers     []string
}

// changed gives the device with the change made, and says in words what is different.
func (in Change) changed(bad *hub.Invalid, had db.Device) (db.Device, []string) {
	d := had
	d.DisplayName = in.DisplayName
	if in.GroupName != nil {
		d.GroupName = *in.GroupName
	}
	if in.Active != nil {
		d.Active = *in.Active
	}
	checkDevice(bad, &d)
	var words []string
	if d.DisplayName != had.DisplayName {
		words = append(words, "was named "+had.DisplayName)
	}
	if d.GroupName != had.GroupName {
		words = append(words, groupWords(d.GroupName))
	}
	if d.Active != had.Active {
		words = append(words, map[bool]string{true: "set to active", false: "set to inactive"}[d.Active])
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
func (ds *Devices) Save(ctx context.Context, a hub.Actor, guid string, in Change) error {
	d, err := ds.mayChangeDevice(ctx, a, guid, "change this device")
	if err != nil {
		return err
	}
	return ds.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := lockVersion(ctx, tx, guid, nil); err != nil {
			return err
		}
		// As it is by now: what the change leaves out may have been changed a moment ago.
		d, err := tx.Device(ctx, db.DeviceFilter{TeamID: d.TeamID}, guid)
		if err != nil {
			return err
		}
		bad := &hub.Invalid{}
		changed, words := in.changed(bad, d)
		if err := bad.OrNil(); err != nil {
			return err
		}
		if len(words) > 0 {
			if err := tx.UpdateDevice(ctx, changed); err != nil {
				return err
			}
			if err := a.Record(ctx, tx, hub.Event{Action: hub.ActionDeviceChanged, TeamID: d.TeamID, Target: hub.OfDevice(guid, changed.DisplayName), Detail: strings.Join(words, "; ")}); err != nil {
				return err
			}
		}
		if in.Viewers == nil {
			return nil
		}
		return shareDevice(ctx, tx, a, d, changed.DisplayName, in.Viewers)
	})
}

// ReplaceDevice sets all fields of a device but its unique id. seen are the versions that the
// caller takes for the present one; another one by now gives ErrDeviceChanged. Nil: any is.
func (ds *Devices) Replace(ctx context.Context, a hub.Actor, guid string, seen []int64, in Fields) (db.Device, error) {
	d, err := ds.mayChangeDevice(ctx, a, guid, "change this device")
	if err != nil {
		return d, err
	}
	bad := &hub.Invalid{}
	if in.UniqueID != "" && in.UniqueID != d.UniqueID {
		bad.Add("unique_id", "The unique id of a device can't be changed: remove it and add another.")
	}
	d = in.of(d)
	checkDevice(bad, &d)
	if err := bad.OrNil(); err != nil {
		return d, err
	}
	err = ds.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := lockVersion(ctx, tx, guid, seen); err != nil {
			return err
		}
		if err := tx.UpdateDevice(ctx, d); err != nil {
			return err
		}
		if d, err = tx.Device(ctx, db.DeviceFilter{TeamID: d.TeamID}, guid); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionDeviceChanged, TeamID: d.TeamID, Target: hub.OfDevice(guid, d.DisplayName)})
	})
	return d, err
}

// RemoveDevice removes a device from its team's registry. seen is as in ReplaceDevice.
func (ds *Devices) Remove(ctx context.Context, a hub.Actor, guid string, seen []int64) error {
	d, err := ds.mayChangeDevice(ctx, a, guid, "remove this device")
	if err != nil {
		return err
	}
	return ds.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := lockVersion(ctx, tx, guid, seen); err != nil {
			return err
		}
		if err := tx.DeleteDevice(ctx, guid); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionDeviceRemoved, TeamID: d.TeamID, Target: hub.OfDevice(guid, d.DisplayName), Detail: "with the unique id " + d.UniqueID})
	})
}

// lockVersion locks a device's row, and says whether it is a version that was seen.
func lockVersion(ctx context.Context, tx *db.Tx, guid string, seen []int64) error {
	now, err := tx.LockDevice(ctx, guid)
	if err == nil && seen != nil && !slices.Contains(seen, now) {
		err = hub.ErrDeviceChanged
	}
	return err
}
