package contract

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"gatepost/db"
)

var deviceBulkPromises = []promise{
	{"device bulk: what is new to the team is added, in one go of many", insertManyDevices},
	{"device bulk: groups are those of the devices that one may see", groupsOfVisible},
	{"device bulk: a group is set on what the query gives, on all pages", setGroupOfMany},
	{"device bulk: a grant of many is only to a member of their team", grantMany},
	{"device bulk: grants of many and of one at once leave all of one or none", grantManyAtOnce},
	{"device imports: how far one has come is read, by its team alone", importProgress},
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
	list[120].UniqueID = elsewhere.UniqueID // another team's does not matter
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
		q.Filter, q.Limit = mine, 1 // the page's size is not the query's
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
			t.Errorf("grants at once = %v", err)
		}
	}
	// The first device may have been granted by itself last.
	if got := strings.TrimPrefix(s.names(t, db.DeviceQuery{Filter: db.DeviceFilter{PersonID: viewer.ID}}), "a"); got != "" && got != "bcd" {
		t.Errorf("devices granted at the end = a and %q, want bcd or none", got)
	}
}

func importProgress(t *testing.T, s store) {
	f, other := s.fixture(t), s.fixture(t)
	i := db.DeviceImport{ID: fresh("import"), TeamID: f.team.ID, PersonID: f.person.ID, PersonName: "Ana", FileName: "list.csv", Total: 3, CreatedAt: now()}
	s.do(t, func(tx *db.Tx) error { return tx.InsertDeviceImport(t.Context(), i) })
	i.SeenAt = i.CreatedAt
	read := func() db.DeviceImport { return must[db.DeviceImport](t)(s.DeviceImport(t.Context(), f.team.ID, i.ID)) }
	equal(t, "a new import", read(), i)
	advance := func(report string) error {
		return s.Tx(t.Context(), func(tx *db.Tx) error { return tx.AdvanceDeviceImport(t.Context(), i, report) })
	}
	i.Done, i.Added, i.Refused, i.SeenAt = 2, 1, 1, now().Add(time.Minute)
	if err := errors.Join(advance("one\n"), advance("two\n")); err != nil {
		t.Fatal(err)
	}
	equal(t, "an import under way", read(), i)
	i.Done, i.Added, i.FinishedAt = 3, 2, now().Add(time.Hour)
	if err := advance(""); err != nil {
		t.Fatal(err)
	}
	equal(t, "a finished import", read(), i)
	equal(t, "its report", must[string](t)(s.DeviceImportReport(t.Context(), i.ID)), "one\ntwo\n")
	wantErr(t, "AdvanceDeviceImport of a finished one", advance("three\n"), db.ErrNotFound)
	_, err := s.DeviceImport(t.Context(), other.team.ID, i.ID)
	wantErr(t, "DeviceImport of another team", err, db.ErrNotFound)
	later := i
	later.ID, later.CreatedAt = fresh("import"), i.CreatedAt.Add(time.Second)
	s.do(t, func(tx *db.Tx) error { return tx.InsertDeviceImport(t.Context(), later) })
	imports := func(team, before string, limit int) []db.DeviceImport {
		return must[[]db.DeviceImport](t)(s.DeviceImports(t.Context(), team, before, limit))
	}
	if list := imports(f.team.ID, "", 10); len(list) != 2 || list[0].ID != later.ID || list[1] != i {
		t.Errorf("DeviceImports = %+v, want the later one first", list)
	}
	equal(t, "the first of two imports", imports(f.team.ID, "", 1)[0].ID, later.ID)
	equal(t, "the import before the later one", imports(f.team.ID, later.ID, 10)[0], i)
	equal(t, "imports before the first", len(imports(f.team.ID, i.ID, 10)), 0)
	equal(t, "imports of the other team", len(imports(other.team.ID, "", 10)), 0)
}
