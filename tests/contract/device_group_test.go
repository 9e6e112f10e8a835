package contract

import (
	"strings"
	"testing"

	"gatepost/db"
)

var deviceGroupPromises = []promise{
	{"device groups: a person's are those of the devices they may see", groupsOfVisible},
	{"device groups: a group is set on all pages of a query", setGroupOfMany},
}

// grouped adds devices named a, b, c .. in these groups.
func (s store) grouped(t *testing.T, teamID string, groups ...string) (out []db.Device) {
	t.Helper()
	for i, g := range groups {
		d := newDevice(teamID, string(rune('a'+i)))
		d.GroupName = g
		out = append(out, d)
	}
	s.add(t, out...)
	return out
}

func groupsOfVisible(t *testing.T, s store) {
	f := s.fixture(t)
	list := s.grouped(t, f.team.ID, "Doors", "Beds", "", "Doors", "Lamps")
	viewer := s.person(t, false, "viewer", f.team.ID)
	s.do(t, func(tx *db.Tx) error { return tx.SetDeviceViewers(t.Context(), list[1].GUID, []string{viewer.ID}) })
	groups := func(filter db.DeviceFilter, limit int) []string {
		return must[[]string](t)(s.DeviceGroups(t.Context(), filter, limit))
	}
	sameList(t, "groups of the team", groups(db.DeviceFilter{TeamID: f.team.ID}, 10), []string{"Beds", "Doors", "Lamps"})
	sameList(t, "two groups of the team", groups(db.DeviceFilter{TeamID: f.team.ID}, 2), []string{"Beds", "Doors"})
	sameList(t, "groups that a viewer sees", groups(db.DeviceFilter{TeamID: f.team.ID, PersonID: viewer.ID}, 10), []string{"Beds"})
	sameList(t, "groups without a filter", groups(db.DeviceFilter{}, 10), nil)
}

func (s store) names(t *testing.T, q db.DeviceQuery) string {
	t.Helper()
	q.Limit = 100
	var names []string
	for _, d := range must[[]db.Device](t)(s.FindDevices(t.Context(), q)) {
		names = append(names, d.DisplayName)
	}
	equal(t, "CountDevices", must[int](t)(s.CountDevices(t.Context(), q)), len(names))
	return strings.Join(names, "")
}

func setGroupOfMany(t *testing.T, s store) {
	f, other := s.fixture(t), s.fixture(t)
	list := s.grouped(t, f.team.ID, "Doors", "Beds", "", "Doors", "")
	foreign := s.grouped(t, other.team.ID, "Beds")
	mine := db.DeviceFilter{TeamID: f.team.ID}
	set := func(q db.DeviceQuery, group string, want int64) {
		t.Helper()
		q.Filter, q.Limit = mine, 1 // the page size doesn't matter here
		var n int64
		s.do(t, func(tx *db.Tx) (err error) { n, err = tx.SetDeviceGroup(t.Context(), q, group); return err })
		equal(t, "devices put into "+group, n, want)
	}
	equal(t, "in no group", s.names(t, db.DeviceQuery{Filter: mine, NoGroup: true}), "ce")
	set(db.DeviceQuery{NoGroup: true}, "Lamps", 2)
	equal(t, "in Lamps", s.names(t, db.DeviceQuery{Filter: mine, GroupName: "Lamps"}), "ce")
	set(db.DeviceQuery{GUIDs: []string{list[0].GUID, list[1].GUID, list[2].GUID, foreign[0].GUID}}, "Lamps", 2)
	set(db.DeviceQuery{GUIDs: []string{}}, "Nothing", 0)
	set(db.DeviceQuery{Search: strings.ToUpper(list[3].UniqueID)}, "", 1)
	set(db.DeviceQuery{}, "Lamps", 1)
	equal(t, "in Lamps at the end", s.names(t, db.DeviceQuery{Filter: mine, GroupName: "Lamps"}), "abcde")
	equal(t, "the other team's", s.names(t, db.DeviceQuery{Filter: db.DeviceFilter{TeamID: other.team.ID}, GroupName: "Beds"}), "a")
	equal(t, "only these", s.names(t, db.DeviceQuery{Filter: mine, GUIDs: []string{list[4].GUID, foreign[0].GUID}}), "e")
	equal(t, "none of them", s.names(t, db.DeviceQuery{Filter: mine, GUIDs: []string{}}), "")
	equal(t, "version after one change", must[db.Device](t)(s.Device(t.Context(), mine, list[4].GUID)).Version, 2)
	equal(t, "version after two changes", must[db.Device](t)(s.Device(t.Context(), mine, list[3].GUID)).Version, 3)
}
