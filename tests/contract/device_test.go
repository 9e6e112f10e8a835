package contract

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"gatepost/db"
)

var devicePromises = []promise{
	{"devices: what is inserted is read", deviceRoundTrip},
	{"devices: a unique id is unique in its team", uniqueIDIsUnique},
	{"devices: a person sees what the role and the grants give now", peopleSeeTheirDevices},
	{"devices: who left the team loses them at once", whoLeftSeesNothing},
	{"devices: they are listed page by page, equal names by guid", devicesPageByPage},
	{"devices: a grant is only to a member of the device's team", grantsAreToMembers},
	{"devices: grants set at once leave one of the sets", grantsAtOnce},
	{"reach: the apps of a person are those of teams where they develop", appsOfPerson},
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
		if filter != mine {
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

// person adds somebody with this role in each of the teams.
func (s store) person(t *testing.T, owner bool, role string, teamIDs ...string) db.Person {
	t.Helper()
	p := newPerson()
	p.Owner = owner
	s.do(t, func(tx *db.Tx) error {
		err := tx.InsertPerson(t.Context(), p)
		for _, id := range teamIDs {
			err = errors.Join(err, tx.PutMember(t.Context(), id, p.ID, role))
		}
		return err
	})
	return p
}

func peopleSeeTheirDevices(t *testing.T, s store) {
	one, two := s.fixture(t), s.fixture(t)
	a, b, c := newDevice(one.team.ID, "a"), newDevice(one.team.ID, "b"), newDevice(two.team.ID, "c")
	s.add(t, a, b, c)
	developer, owner := s.person(t, false, "developer", one.team.ID, two.team.ID), s.person(t, true, "")
	viewer, stranger := s.person(t, false, "viewer", one.team.ID, two.team.ID), s.person(t, false, "")
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.SetDeviceViewers(t.Context(), a.GUID, []string{viewer.ID}), tx.SetDeviceViewers(t.Context(), c.GUID, []string{viewer.ID, developer.ID}))
	})
	check := func(who string, p db.Person, teamID string, want []string) {
		t.Helper()
		filter := db.DeviceFilter{TeamID: teamID, PersonID: p.ID}
		var names []string
		for _, d := range must[[]db.Device](t)(s.DevicesFrom(t.Context(), db.DeviceQuery{Filter: filter, Limit: 10}, db.DeviceKey{})) {
			names = append(names, d.DisplayName)
		}
		sameList(t, "devices that "+who+" sees in team "+teamID, names, want)
		for _, d := range []db.Device{a, b, c} {
			_, err := s.Device(t.Context(), filter, d.GUID)
			seen := false
			for _, n := range want {
				seen = seen || n == d.DisplayName
			}
			if seen != (err == nil) || !seen && !errors.Is(err, db.ErrNotFound) {
				t.Errorf("Device %s for %s = %v, seen in the list: %t", d.DisplayName, who, err, seen)
			}
		}
	}
	reach := func(who string, p db.Person, visible, total int) {
		t.Helper()
		v, n, err := s.DeviceReach(t.Context(), p.ID)
		if v != visible || n != total || err != nil {
			t.Errorf("DeviceReach of %s = %d, %d, %v; want %d, %d", who, v, n, err, visible, total)
		}
	}
	check("a developer of both teams", developer, "", []string{"a", "b", "c"})
	check("a developer of both teams", developer, two.team.ID, []string{"c"})
	check("an admin of one team", one.person, "", []string{"a", "b"})
	check("an admin of one team", one.person, two.team.ID, nil)
	check("an owner in no team", owner, "", []string{"a", "b", "c"})
	check("a viewer", viewer, "", []string{"a", "c"})
	check("a viewer", viewer, one.team.ID, []string{"a"})
	check("a person in no team", stranger, "", nil)
	reach("a developer of both teams", developer, 3, 3)
	reach("an admin of one team", one.person, 2, 2)
	reach("an owner in no team", owner, 3, 3)
	reach("a viewer", viewer, 2, 3)
	reach("a person in no team", stranger, 0, 0)

	// What changes counts at once: a role up, a grant away, a membership away.
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.PutMember(t.Context(), two.team.ID, viewer.ID, "developer"), tx.SetDeviceViewers(t.Context(), a.GUID, nil))
	})
	check("a viewer who became developer of the other team", viewer, "", []string{"c"})
	reach("a viewer who became developer of the other team", viewer, 1, 3)
}

func whoLeftSeesNothing(t *testing.T, s store) {
	f := s.fixture(t)
	d, viewer := newDevice(f.team.ID, "d"), s.person(t, false, "viewer", f.team.ID)
	s.add(t, d)
	s.do(t, func(tx *db.Tx) error { return tx.SetDeviceViewers(t.Context(), d.GUID, []string{viewer.ID}) })
	if _, err := s.raw(t).Exec(`DELETE FROM memberships WHERE person_id = $1`, viewer.ID); err != nil {
		t.Fatal(err)
	}
	_, err := s.Device(t.Context(), db.DeviceFilter{PersonID: viewer.ID}, d.GUID)
	wantErr(t, "Device for who left the team, with a grant", err, db.ErrNotFound)
	visible, total, err := s.DeviceReach(t.Context(), viewer.ID)
	if visible != 0 || total != 0 || err != nil {
		t.Errorf("DeviceReach of who left the team = %d, %d, %v; want 0, 0", visible, total, err)
	}
}

func devicesPageByPage(t *testing.T, s store) {
	f := s.fixture(t)
	var want []string
	for i := range 5 {
		d := newDevice(f.team.ID, fmt.Sprint("name ", i/2)) // 0 0 1 1 2
		s.add(t, d)
		want = append(want, d.GUID)
	}
	for _, filter := range []db.DeviceFilter{{TeamID: f.team.ID}, {PersonID: f.person.ID}, {TeamID: f.team.ID, PersonID: f.person.ID}} {
		var got []string
		var after db.DeviceKey
		for range 4 {
			page := must[[]db.Device](t)(s.DevicesFrom(t.Context(), db.DeviceQuery{Filter: filter, Limit: 2}, after))
			for _, d := range page {
				got, after = append(got, d.GUID), db.DeviceKey{DisplayName: d.DisplayName, GUID: d.GUID}
			}
		}
		sameList(t, fmt.Sprintf("guids of four pages of two by %+v", filter), got, want)
	}
}

func grantsAreToMembers(t *testing.T, s store) {
	f, other := s.fixture(t), s.fixture(t)
	d := newDevice(f.team.ID, "d")
	s.add(t, d)
	first, second := s.person(t, false, "viewer", f.team.ID), s.person(t, false, "viewer", f.team.ID)
	set := func(ids ...string) error {
		return s.Tx(t.Context(), func(tx *db.Tx) error { return tx.SetDeviceViewers(t.Context(), d.GUID, ids) })
	}
	for _, ids := range [][]string{{first.ID}, {first.ID, second.ID}, {second.ID}, nil, {first.ID, second.ID}} {
		if err := set(ids...); err != nil {
			t.Fatal(err)
		}
		sameList(t, "DeviceViewers", must[[]string](t)(s.DeviceViewers(t.Context(), d.GUID)), ids)
	}
	wantErr(t, "a grant to a member of another team", set(first.ID, other.person.ID), db.ErrNotFound)
	wantErr(t, "a grant to nobody", set("nobody"), db.ErrNotFound)
	sameList(t, "DeviceViewers after refusals", must[[]string](t)(s.DeviceViewers(t.Context(), d.GUID)), []string{first.ID, second.ID})
	s.do(t, func(tx *db.Tx) error { return tx.DeleteDevice(t.Context(), d.GUID) })
	equal(t, "grants of a deleted device", len(must[[]string](t)(s.DeviceViewers(t.Context(), d.GUID))), 0)
}

func grantsAtOnce(t *testing.T, s store) {
	f := s.fixture(t)
	d := newDevice(f.team.ID, "d")
	s.add(t, d)
	one, two := s.person(t, false, "viewer", f.team.ID), s.person(t, false, "viewer", f.team.ID)
	for _, err := range atOnce(8, func(i int) error {
		ids := []string{one.ID, two.ID}
		if i%2 == 0 {
			ids = nil
		}
		return s.Tx(t.Context(), func(tx *db.Tx) error { return tx.SetDeviceViewers(t.Context(), d.GUID, ids) })
	}) {
		if err != nil {
			t.Errorf("SetDeviceViewers at once = %v", err)
		}
	}
	if got := must[[]string](t)(s.DeviceViewers(t.Context(), d.GUID)); len(got) != 0 && len(got) != 2 {
		t.Errorf("DeviceViewers = %v, want both or none", got)
	}
}

func appsOfPerson(t *testing.T, s store) {
	one, two := s.fixture(t), s.fixture(t)
	check := func(who string, p db.Person, want ...string) {
		t.Helper()
		var got []string
		for _, a := range must[[]db.App](t)(s.AppsOf(t.Context(), p.ID)) {
			got = append(got, a.ClientID)
		}
		sameList(t, "apps of "+who, got, want)
	}
	check("an admin of one team", one.person, one.app.ClientID)
	check("a developer of both", s.person(t, false, "developer", one.team.ID, two.team.ID), one.app.ClientID, two.app.ClientID)
	check("a viewer", s.person(t, false, "viewer", one.team.ID))
	check("an owner in no team", s.person(t, true, ""), one.app.ClientID, two.app.ClientID)
	check("nobody", db.Person{ID: "nobody"})
}
