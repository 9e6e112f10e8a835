package hub

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"unicode/utf8"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// DeviceFields are what a program sets of a device.
type DeviceFields struct {
	UniqueID     string // of a new device only
	DisplayName  string
	Active       bool
	TemplateGUID string // a GUID, or empty
	EntityName   string
	GroupName    string
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

var guidForm = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// checkFields checks what a program sets. The names of the fields are the wire's.
func checkFields(bad *Invalid, in DeviceFields) {
	cleanName(bad, "displayName", "a name for the device", in.DisplayName, 100)
	if in.TemplateGUID != "" && !guidForm.MatchString(in.TemplateGUID) {
		bad.add("deviceTemplateGuid", "Write a GUID, or leave it out.")
	}
	for _, f := range []struct{ name, value string }{{"entityName", in.EntityName}, {"groupName", in.GroupName}} {
		if oneLine(f.value) != f.value || utf8.RuneCountInString(f.value) > 100 {
			bad.add(f.name, "Use one line of at most 100 characters.")
		}
	}
}

// RegisterDevice adds a device for a program. The same once again gives *AlreadyDone with
// the device's guid.
func (h *Hub) RegisterDevice(ctx context.Context, a Actor, teamID string, in DeviceFields, once string) (db.Device, error) {
	if _, err := h.mayDevelop(ctx, a, teamID, "add devices"); err != nil {
		return db.Device{}, err
	}
	if err := h.firstTime(ctx, a, once); err != nil {
		return db.Device{}, err
	}
	bad := &Invalid{}
	if !uniqueIDForm.MatchString(in.UniqueID) {
		bad.add("uniqueId", "Write up to 128 letters, digits and . _ : - with a letter or digit first.")
	}
	checkFields(bad, in)
	if err := bad.orNil(); err != nil {
		return db.Device{}, err
	}
	now := h.Now()
	d := db.Device{
		GUID: secret.JTI(), TeamID: teamID, UniqueID: in.UniqueID, DisplayName: in.DisplayName, Active: in.Active, TemplateGUID: in.TemplateGUID,
		EntityName: in.EntityName, GroupName: in.GroupName, CreatedAt: now, UpdatedAt: now, Version: 1,
	}
	err := h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := useOnce(ctx, tx, a, once, d.GUID); err != nil {
			return err
		}
		if err := tx.InsertDevice(ctx, d); errors.Is(err, db.ErrConflict) {
			return ErrDeviceThere
		} else if err != nil {
			return err
		}
		return a.record(ctx, tx, "device.added", teamID, "device", d.GUID, d.DisplayName, "with the unique id "+d.UniqueID)
	})
	return d, h.doneBefore(ctx, a, once, err)
}

// ReplaceDevice sets all fields of a device but its unique id. seen are the versions that the
// caller takes for the present one; another one by now gives ErrDeviceChanged. Nil: any is.
func (h *Hub) ReplaceDevice(ctx context.Context, a Actor, guid string, seen []int64, in DeviceFields) (db.Device, error) {
	d, err := h.mayChangeDevice(ctx, a, guid, "change this device")
	if err != nil {
		return d, err
	}
	bad := &Invalid{}
	if in.UniqueID != "" && in.UniqueID != d.UniqueID {
		bad.add("uniqueId", "The unique id of a device can't be changed: remove it and add another.")
	}
	checkFields(bad, in)
	if err := bad.orNil(); err != nil {
		return d, err
	}
	d.DisplayName, d.Active, d.TemplateGUID, d.EntityName, d.GroupName = in.DisplayName, in.Active, in.TemplateGUID, in.EntityName, in.GroupName
	err = h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := holdVersion(ctx, tx, guid, seen); err != nil {
			return err
		}
		if err := tx.UpdateDevice(ctx, d); err != nil {
			return err
		}
		if d, err = tx.Device(ctx, db.DeviceFilter{TeamID: d.TeamID}, guid); err != nil {
			return err
		}
		return a.record(ctx, tx, "device.changed", d.TeamID, "device", guid, d.DisplayName, "")
	})
	return d, err
}

// UnregisterDevice is RemoveDevice with the versions that the caller takes for the present one.
func (h *Hub) UnregisterDevice(ctx context.Context, a Actor, guid string, seen []int64) error {
	d, err := h.mayChangeDevice(ctx, a, guid, "remove this device")
	if err != nil {
		return err
	}
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := holdVersion(ctx, tx, guid, seen); err != nil {
			return err
		}
		if err := tx.DeleteDevice(ctx, guid); err != nil {
			return err
		}
		return a.record(ctx, tx, "device.removed", d.TeamID, "device", guid, d.DisplayName, "with the unique id "+d.UniqueID)
	})
}

// holdVersion holds a device's row, and says whether it is a version that was seen.
func holdVersion(ctx context.Context, tx *db.Tx, guid string, seen []int64) error {
	now, err := tx.HoldDevice(ctx, guid)
	if err == nil && seen != nil && !slices.Contains(seen, now) {
		err = ErrDeviceChanged
	}
	return err
}
