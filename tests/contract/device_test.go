package contract

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"gatepost/db"
)

var devicePromises = []promise{
	{"devices: those new to the team are added, many in one call", insertManyDevices},
	{"devices: each change raises the version", changesRaiseTheVersion},
	{"devices: of changes to one version made at once, one succeeds", changesOfOneVersionAtOnce},
	{"devices: what is inserted is read", deviceRoundTrip},
	{"devices: a unique id is unique in its team", uniqueIDIsUnique},
}

func newDevice(teamID, name string) db.Device {
	id := fresh("device")
	return db.Device{GUID: id, TeamID: teamID, UniqueID: "SN-" + id, DisplayName: name, Active: true, TemplateGUID: "template", EntityName: "Ward 3",
		GroupName: "Beds", LastConnection: now(), CreatedAt: now().Add(-time.Hour), UpdatedAt: now().Add(-time.Hour), Version: 1}
}

func (s store) add(t *testing.T, devices ...db.Device) {
	t.Helper()
	s.do(t, func(tx *db.Tx) error {
		for _, d := range devices {
			if err := tx.InsertDevice(t.Context(), d); err != nil {
				return err
			}
		}
		return nil
	})
}

func deviceRoundTrip(t *testing.T, s store) {
	f := s.fixture(t)
	want := newDevice(f.team.ID, "Bed \"3\" 安")
	bare := db.Device{GUID: fresh("device"), TeamID: f.team.ID, UniqueID: "bare", DisplayName: "bare", CreatedAt: now(), UpdatedAt: now(), Version: 1}
	s.add(t, want, bare)
	mine := db.DeviceFilter{TeamID: f.team.ID}
	equal(t, "Device", must[db.Device](t)(s.Device(t.Context(), mine, want.GUID)), want)
	equal(t, "Device without more", must[db.Device](t)(s.Device(t.Context(), mine, bare.GUID)), bare)

	change := want
	change.DisplayName, change.Active, change.TemplateGUID, change.EntityName, change.GroupName = "Bed 4", false, "", "Ward 4", "none"
	change.TeamID, change.UniqueID, change.LastConnection = "other", "other", time.Time{} // these stay
	s.do(t, func(tx *db.Tx) error {
		want.UpdatedAt = tx.Now.UTC()
		return tx.UpdateDevice(t.Context(), change)
	})
	want.DisplayName, want.Active, want.TemplateGUID, want.EntityName, want.GroupName = "Bed 4", false, "", "Ward 4", "none"
	want.Version = 2
	equal(t, "Device after UpdateDevice", must[db.Device](t)(s.Device(t.Context(), mine, want.GUID)), want)

	s.do(t, func(tx *db.Tx) error { return tx.DeleteDevice(t.Context(), want.GUID) })
	for what, filter := range map[string]db.DeviceFilter{
		"a deleted device":                  mine,
		"a device with no filter":           {},
		"a device of another team":          {TeamID: "other"},
		"a device of a team and a stranger": {TeamID: f.team.ID, PersonID: "nobody"},
	} {
		guid := bare.GUID
		if what == "a deleted device" {
			guid = want.GUID
		}
		_, err := s.Device(t.Context(), filter, guid)
		wantErr(t, "Device of "+what, err, db.ErrNotFound)
		if !reflect.DeepEqual(filter, mine) {
			equal(t, "Devices where there is "+what, len(must[[]db.Device](t)(s.DevicesFrom(t.Context(), db.DeviceQuery{Filter: filter, Limit: 10}, db.DeviceKey{}))), 0)
		}
	}
	for what, change := range map[string]func(tx *db.Tx) error{
		"UpdateDevice":     func(tx *db.Tx) error { return tx.UpdateDevice(t.Context(), want) },
		"DeleteDevice":     func(tx *db.Tx) error { return tx.DeleteDevice(t.Context(), want.GUID) },
		"SetDeviceViewers": func(tx *db.Tx) error { return tx.SetDeviceViewers(t.Context(), want.GUID, nil) },
	} {
		wantErr(t, what+" of a deleted device", s.Tx(t.Context(), change), db.ErrNotFound)
	}
}

func uniqueIDIsUnique(t *testing.T, s store) {
	f, other := s.fixture(t), s.fixture(t)
	first := newDevice(f.team.ID, "first")
	same, elsewhere := newDevice(f.team.ID, "second"), newDevice(other.team.ID, "third")
	same.UniqueID, elsewhere.UniqueID = first.UniqueID, first.UniqueID
	s.add(t, first, elsewhere)
	err := s.Tx(t.Context(), func(tx *db.Tx) error { return tx.InsertDevice(t.Context(), same) })
	wantErr(t, "InsertDevice with a unique id that the team has", err, db.ErrConflict)
}

func (s store) version(t *testing.T, d db.Device) int64 {
	t.Helper()
	return must[db.Device](t)(s.Device(t.Context(), db.DeviceFilter{TeamID: d.TeamID}, d.GUID)).Version
}

func changesRaiseTheVersion(t *testing.T, s store) {
	f := s.fixture(t)
	d := newDevice(f.team.ID, "d")
	s.add(t, d)
	equal(t, "version of a new device", s.version(t, d), 1)
	s.do(t, func(tx *db.Tx) error { return tx.UpdateDevice(t.Context(), d) })
	equal(t, "version after UpdateDevice", s.version(t, d), 2)
	s.do(t, func(tx *db.Tx) error { return tx.SetDeviceViewers(t.Context(), d.GUID, nil) })
	equal(t, "version after SetDeviceViewers", s.version(t, d), 3)
	s.do(t, func(tx *db.Tx) error {
		version, err := tx.LockDevice(t.Context(), d.GUID)
		equal(t, "LockDevice", version, 3)
		return err
	})
	equal(t, "version after LockDevice", s.version(t, d), 3)
	err := s.Tx(t.Context(), func(tx *db.Tx) error { _, err := tx.LockDevice(t.Context(), "none"); return err })
	wantErr(t, "LockDevice(none)", err, db.ErrNotFound)
}

func changesOfOneVersionAtOnce(t *testing.T, s store) {
	f := s.fixture(t)
	d := newDevice(f.team.ID, "d")
	s.add(t, d)
	errOther := errors.New("another version")
	done := 0
	for _, err := range atOnce(8, func(i int) error {
		return s.Tx(context.Background(), func(tx *db.Tx) error {
			version, err := tx.LockDevice(context.Background(), d.GUID)
			if err == nil && version != 1 {
				err = errOther
			}
			if err != nil {
				return err
			}
			return tx.UpdateDevice(context.Background(), d)
		})
	}) {
		if err == nil {
			done++
		} else if !errors.Is(err, errOther) {
			t.Errorf("a concurrent change = %v", err)
		}
	}
	equal(t, "changes that were done", done, 1)
	equal(t, "version after them", s.version(t, d), 2)
}

func insertManyDevices(t *testing.T, s store) {
	f, other := s.fixture(t), s.fixture(t)
	there, elsewhere := newDevice(f.team.ID, "there"), newDevice(other.team.ID, "elsewhere")
	s.add(t, there, elsewhere)
	var list []db.Device
	for i := range 250 {
		list = append(list, newDevice(f.team.ID, fmt.Sprint("device ", i)))
	}
	list[3].UniqueID = there.UniqueID
	list[120].UniqueID = elsewhere.UniqueID // another team's doesn't matter
	var added map[string]bool
	s.do(t, func(tx *db.Tx) (err error) { added, err = tx.InsertDevices(t.Context(), list); return err })
	equal(t, "devices added", len(added), 249)
	equal(t, "the one that was there is added", added[list[3].GUID], false)
	equal(t, "the one with another team's unique id is added", added[list[120].GUID], true)
	mine := db.DeviceFilter{TeamID: f.team.ID}
	equal(t, "devices of the team", must[int](t)(s.CountDevices(t.Context(), db.DeviceQuery{Filter: mine})), 250)
	want := list[200]
	want.Version = 1
	equal(t, "Device", must[db.Device](t)(s.Device(t.Context(), mine, want.GUID)), want)
	equal(t, "the one that was there", must[db.Device](t)(s.Device(t.Context(), mine, there.GUID)).DisplayName, "there")
	s.do(t, func(tx *db.Tx) (err error) { added, err = tx.InsertDevices(t.Context(), nil); return err })
	equal(t, "devices added of none", len(added), 0)
}
