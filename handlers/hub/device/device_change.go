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

// Fields are the fields of a device that people set.
type Fields struct {
	UniqueID     string // of a new device only
	DisplayName  string
	Active       bool
	TemplateGUID string // a GUID, or empty
	EntityName   string
	GroupName    string
}

// of returns the device with these fields. It keeps its unique id.
func (in Fields) of(d db.Device) db.Device {
	d.DisplayName, d.Active, d.TemplateGUID, d.EntityName, d.GroupName = in.DisplayName, in.Active, in.TemplateGUID, in.EntityName, in.GroupName
	return d
}

var (
	uniqueIDForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$`)
	guidForm     = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)
)

// checkDevice checks the fields that people set, and trims them.
func checkDevice(bad *hub.Invalid, d *db.Device) {
	if d.UniqueID = strings.TrimSpace(d.UniqueID); !uniqueIDForm.MatchString(d.UniqueID) {
		bad.Add("unique_id", "Write up to 128 letters, digits and . _ : - starting with a letter or digit, such as a serial number.")
	}
	d.DisplayName = hub.CleanName(bad, "display_name", "a name for the device", d.DisplayName, 100)
	d.GroupName = hub.CleanLine(bad, "group_name", d.GroupName, 100)
	d.EntityName = hub.CleanLine(bad, "entity_name", d.EntityName, 100)
	if d.TemplateGUID = strings.TrimSpace(d.TemplateGUID); d.TemplateGUID != "" && !guidForm.MatchString(d.TemplateGUID) {
		bad.Add("template_guid", "Write a GUID, or leave it empty.")
	}
}

// Add adds a device to a team. Viewers don't see it until it is granted to them. It returns
// ErrDeviceExists if the team has a device with the unique id, and *AlreadyDone with the device's
// guid if the one-time key once was used before.
func (ds *Devices) Add(ctx context.Context, a hub.Actor, teamID string, in Fields, once string) (db.Device, error) {
	if _, err := ds.hub.MayDevelop(ctx, a, teamID, "add devices"); err != nil {
		return db.Device{}, err
	}
	if err := ds.hub.CheckOnce(ctx, a, once); err != nil {
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
		if err := keepTemplates(ctx, tx, teamID, &d); err != nil {
			return err
		}
		if err := tx.InsertDevice(ctx, d); errors.Is(err, db.ErrConflict) {
			return hub.ErrDeviceExists
		} else if err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionDeviceAdded, TeamID: teamID, Target: hub.OfDevice(d.GUID, d.DisplayName), Detail: "with the unique id " + d.UniqueID})
	})
	return d, ds.hub.ResolveOnce(ctx, a, once, err)
}

// Change is a change of a device. Viewers are the ids of the only viewers of its team who see the
// device from then on. Fields that are nil stay unchanged.
type Change struct {
	DisplayName string
	GroupName   *string
	Template    *string // a guid, or empty
	Active      *bool
	Viewers     []string
	Seen        []int64 // as in Replace
}

// changed returns the device with the change applied, and the differences for the audit log.
func (in Change) changed(bad *hub.Invalid, had db.Device) (db.Device, []string) {
	d := had
	d.DisplayName = in.DisplayName
	if in.GroupName != nil {
		d.GroupName = *in.GroupName
	}
	if in.Template != nil {
		d.TemplateGUID = *in.Template
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
	if d.TemplateGUID != had.TemplateGUID {
		words = append(words, templateWords(d.TemplateGUID))
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

func templateWords(guid string) string {
	if guid == "" {
		return "set to no template"
	}
	return "set to the template " + guid
}

// Save changes a device. A viewer without the grant loses it immediately, and so do their tokens.
func (ds *Devices) Save(ctx context.Context, a hub.Actor, guid string, in Change) error {
	return ds.save(ctx, a, guid, in.Seen, func(db.Device) Change { return in })
}

// SetActive is Save of whether a device is active alone.
func (ds *Devices) SetActive(ctx context.Context, a hub.Actor, guid string, active bool) error {
	return ds.save(ctx, a, guid, nil, func(d db.Device) Change { return Change{DisplayName: d.DisplayName, Active: &active} })
}

// save makes the change that is made of the device as it is within the transaction. seen are the versions
// that the caller has seen, as in Change.
func (ds *Devices) save(ctx context.Context, a hub.Actor, guid string, seen []int64, change func(db.Device) Change) error {
	d, err := ds.mayChangeDevice(ctx, a, guid, "change this device")
	if err != nil {
		return err
	}
	return ds.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := lockVersion(ctx, tx, guid, seen); err != nil {
			return err
		}
		// Read it within the lock: fields that stay unchanged could have been changed a moment ago.
		d, err := tx.Device(ctx, db.DeviceFilter{TeamID: d.TeamID}, guid)
		if err != nil {
			return err
		}
		in, bad := change(d), &hub.Invalid{}
		changed, words := in.changed(bad, d)
		if err := bad.OrNil(); err != nil {
			return err
		}
		if len(words) > 0 {
			if err := keepTemplates(ctx, tx, d.TeamID, &changed); err != nil {
				return err
			}
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

// Replace sets all fields of a device but its unique id. seen are the versions that the caller has
// seen: if the current one isn't among them, Replace returns *hub.Changed with ErrDeviceChanged. Nil accepts any.
func (ds *Devices) Replace(ctx context.Context, a hub.Actor, guid string, seen []int64, in Fields) (db.Device, error) {
	d, err := ds.mayChangeDevice(ctx, a, guid, "change this device")
	if err != nil {
		return d, err
	}
	bad := &hub.Invalid{}
	if in.UniqueID != "" && in.UniqueID != d.UniqueID {
		bad.Add("unique_id", "A device's unique id can't be changed. Remove the device and add another.")
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
		if err := keepTemplates(ctx, tx, d.TeamID, &d); err != nil {
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

// Remove removes a device from its team's registry. seen is as in Replace.
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

// lockVersion locks a device's row. It returns *hub.Changed if its version isn't in seen.
func lockVersion(ctx context.Context, tx *db.Tx, guid string, seen []int64) error {
	now, err := tx.LockDevice(ctx, guid)
	if err == nil && seen != nil && !slices.Contains(seen, now) {
		err = &hub.Changed{Refusal: hub.ErrDeviceChanged, Now: now}
	}
	return err
}
