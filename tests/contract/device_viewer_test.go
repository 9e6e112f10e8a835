package contract

import (
	"strings"
	"testing"

	"gatepost/db"
)

var deviceViewerPromises = []promise{
	{"device viewers: many devices are only granted to a member of their team", grantMany},
	{"device viewers: grants of many and of one made at once leave all of one or none", grantManyAtOnce},
	{"device viewers: a device is only granted to a member of its team", grantsAreToMembers},
	{"device viewers: of sets of viewers stored at once one remains", grantsAtOnce},
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

func grantMany(t *testing.T, s store) {
	f, other := s.fixture(t), s.fixture(t)
	list := s.grouped(t, f.team.ID, "Doors", "Beds", "Doors")
	viewer := s.person(t, false, "viewer", f.team.ID)
	seen := func() string {
		return s.names(t, db.DeviceQuery{Filter: db.DeviceFilter{PersonID: viewer.ID}})
	}
	do := func(what string, change func(tx *db.Tx) (int64, error), want int64, names string) {
		t.Helper()
		var n int64
		s.do(t, func(tx *db.Tx) (err error) { n, err = change(tx); return err })
		equal(t, what, n, want)
		equal(t, "devices seen after "+what, seen(), names)
	}
	doors := db.DeviceQuery{Filter: db.DeviceFilter{TeamID: f.team.ID}, GroupName: "Doors"}
	all := db.DeviceQuery{Filter: db.DeviceFilter{TeamID: f.team.ID}}
	grant := func(q db.DeviceQuery, id string) func(*db.Tx) (int64, error) {
		return func(tx *db.Tx) (int64, error) { return tx.AddDeviceViewer(t.Context(), q, id) }
	}
	take := func(q db.DeviceQuery, id string) func(*db.Tx) (int64, error) {
		return func(tx *db.Tx) (int64, error) { return tx.RemoveDeviceViewer(t.Context(), q, id) }
	}
	do("a grant of the doors", grant(doors, viewer.ID), 2, "ac")
	do("the same again", grant(doors, viewer.ID), 0, "ac")
	do("a grant to a stranger", grant(all, other.person.ID), 0, "ac")
	do("a grant of all", grant(all, viewer.ID), 1, "abc")
	do("taking the doors", take(doors, viewer.ID), 2, "b")
	do("taking them again", take(doors, viewer.ID), 0, "b")
	do("taking from a stranger", take(all, other.person.ID), 0, "b")
	do("taking all", take(all, viewer.ID), 1, "")
	equal(t, "version after four changes", must[db.Device](t)(s.Device(t.Context(), doors.Filter, list[0].GUID)).Version, 3)
}

func grantManyAtOnce(t *testing.T, s store) {
	f := s.fixture(t)
	list := s.grouped(t, f.team.ID, "", "", "", "")
	viewer := s.person(t, false, "viewer", f.team.ID)
	all := db.DeviceQuery{Filter: db.DeviceFilter{TeamID: f.team.ID}}
	for _, err := range atOnce(9, func(i int) error {
		return s.Tx(t.Context(), func(tx *db.Tx) (err error) {
			switch i % 3 {
			case 0:
				_, err = tx.AddDeviceViewer(t.Context(), all, viewer.ID)
			case 1:
				_, err = tx.RemoveDeviceViewer(t.Context(), all, viewer.ID)
			default:
				err = tx.SetDeviceViewers(t.Context(), list[0].GUID, []string{viewer.ID})
			}
			return err
		})
	}) {
		if err != nil {
			t.Errorf("concurrent grants = %v", err)
		}
	}
	// The grant of the first device alone may have come last.
	if got := strings.TrimPrefix(s.names(t, db.DeviceQuery{Filter: db.DeviceFilter{PersonID: viewer.ID}}), "a"); got != "" && got != "bcd" {
		t.Errorf("devices granted at the end = a and %q, want bcd or none", got)
	}
}
