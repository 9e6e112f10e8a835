package contract

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gatepost/db"
)

var deviceTemplatePromises = []promise{
	{"device templates: what is inserted is read, and a change raises the version", templateRoundTrip},
	{"device templates: a code is unique in its team, in any case", templateCodeIsUnique},
	{"device templates: a viewer's are those of the devices granted to them", templatesOfVisible},
	{"device templates: a template and a device that names it are never changed at the same time", templateAndDeviceAtOnce},
}

func newTemplate(teamID, code, name string) db.DeviceTemplate {
	return db.DeviceTemplate{GUID: fresh("template"), TeamID: teamID, Code: code, Name: name, Tag: "gateway", AuthType: 5, MessageVersion: "2.1",
		EdgeSupport: true, IotEdge: true, GreenGrass: true, Attributes: 3, Commands: 2, Document: []byte(`{"x": "\u00e9"}`), CreatedAt: now(), UpdatedAt: now(), Version: 1}
}

func (s store) templates(t *testing.T, q db.DeviceTemplateQuery) (out []string) {
	t.Helper()
	for _, row := range must[[]db.DeviceTemplateRow](t)(s.DeviceTemplates(t.Context(), q)) {
		out = append(out, fmt.Sprint(row.Code, " ", row.Devices))
	}
	return out
}

func templateRoundTrip(t *testing.T, s store) {
	f, other := s.fixture(t), s.fixture(t)
	want := newTemplate(f.team.ID, "Pump2", "Pumpe Ü")
	mine := db.DeviceTemplateQuery{Filter: db.DeviceFilter{TeamID: f.team.ID}}
	read := func() db.DeviceTemplate {
		row := must[[]db.DeviceTemplateRow](t)(s.DeviceTemplates(t.Context(), mine))[0].DeviceTemplate
		row.Document = must[[]byte](t)(s.DeviceTemplateDocument(t.Context(), f.team.ID, want.GUID))
		return row
	}
	check := func(what string) {
		t.Helper()
		if got := read(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s = %v, want %v", what, got, want)
		}
	}
	s.do(t, func(tx *db.Tx) error { return tx.InsertDeviceTemplate(t.Context(), want) })
	check("a new template")
	for search, n := range map[string]int{"": 1, "PUMPE ü": 1, "pump2": 1, "GATE": 1, "%": 0} {
		q := mine
		q.Search = search
		equal(t, "templates found by "+search, len(s.templates(t, q)), n)
	}
	s.do(t, func(tx *db.Tx) error {
		equal(t, "its version", must[int64](t)(tx.LockDeviceTemplate(t.Context(), f.team.ID, want.GUID)), 1)
		change := want
		change.Code, change.Name, change.Tag, change.AuthType, change.MessageVersion, change.Document = "pump3", "Pump 3", "", 0, "", []byte(`{}`)
		change.EdgeSupport, change.IotEdge, change.GreenGrass, change.Attributes, change.Commands = false, false, false, 0, 0
		want = change
		want.Version, want.UpdatedAt = 2, tx.Now.UTC()
		change.TeamID, change.CreatedAt = other.team.ID, time.Time{} // these stay
		return tx.UpdateDeviceTemplate(t.Context(), change)
	})
	check("a changed template")
	_, err := s.DeviceTemplateDocument(t.Context(), other.team.ID, want.GUID)
	wantErr(t, "DeviceTemplateDocument of another team", err, db.ErrNotFound)
	err = s.Tx(t.Context(), func(tx *db.Tx) error {
		_, err := tx.LockDeviceTemplate(t.Context(), other.team.ID, want.GUID)
		return err
	})
	wantErr(t, "LockDeviceTemplate of another team", err, db.ErrNotFound)
	equal(t, "templates of the other team", must[int](t)(s.CountDeviceTemplates(t.Context(), other.team.ID)), 0)
	s.do(t, func(tx *db.Tx) error { return tx.DeleteDeviceTemplate(t.Context(), want.GUID) })
	wantErr(t, "DeleteDeviceTemplate of a deleted one", s.Tx(t.Context(), func(tx *db.Tx) error { return tx.DeleteDeviceTemplate(t.Context(), want.GUID) }), db.ErrNotFound)
	equal(t, "templates at the end", must[int](t)(s.CountDeviceTemplates(t.Context(), f.team.ID)), 0)
}

func templateCodeIsUnique(t *testing.T, s store) {
	f, other := s.fixture(t), s.fixture(t)
	insert := func(d db.DeviceTemplate) error {
		return s.Tx(t.Context(), func(tx *db.Tx) error { return tx.InsertDeviceTemplate(t.Context(), d) })
	}
	second := newTemplate(f.team.ID, "valve", "Valve")
	for _, d := range []db.DeviceTemplate{newTemplate(f.team.ID, "pump", "Pump"), newTemplate(other.team.ID, "pump", "Pump"), second} {
		wantErr(t, "InsertDeviceTemplate of "+d.Code, insert(d), nil)
	}
	wantErr(t, "InsertDeviceTemplate of PUMP", insert(newTemplate(f.team.ID, "PUMP", "Pump")), db.ErrConflict)
	second.Code = "Pump"
	wantErr(t, "UpdateDeviceTemplate to Pump", s.Tx(t.Context(), func(tx *db.Tx) error { return tx.UpdateDeviceTemplate(t.Context(), second) }), db.ErrConflict)
	q := db.DeviceTemplateQuery{Filter: db.DeviceFilter{TeamID: f.team.ID}, Code: "PuMp"}
	sameList(t, "the template with the code", s.templates(t, q), []string{"pump 0"})
}

func templatesOfVisible(t *testing.T, s store) {
	f := s.fixture(t)
	a, b, c := newTemplate(f.team.ID, "a", "1"), newTemplate(f.team.ID, "b", "2"), newTemplate(f.team.ID, "c", "3")
	s.do(t, func(tx *db.Tx) error {
		for _, d := range []db.DeviceTemplate{c, a, b} {
			if err := tx.InsertDeviceTemplate(t.Context(), d); err != nil {
				return err
			}
		}
		return nil
	})
	var devices []db.Device
	for _, guid := range []string{a.GUID, a.GUID, b.GUID, "", "another system's"} {
		d := newDevice(f.team.ID, "D")
		d.TemplateGUID = guid
		devices = append(devices, d)
	}
	s.add(t, devices...)
	viewer := s.person(t, false, "viewer", f.team.ID)
	s.do(t, func(tx *db.Tx) error { return tx.SetDeviceViewers(t.Context(), devices[0].GUID, []string{viewer.ID}) })
	team, theirs := db.DeviceFilter{TeamID: f.team.ID}, db.DeviceFilter{TeamID: f.team.ID, PersonID: viewer.ID}
	bound := theirs
	bound.Teams = []string{f.team.ID}
	for _, q := range []struct {
		what string
		db.DeviceTemplateQuery
		want []string
	}{
		{"all of the team", db.DeviceTemplateQuery{Filter: team}, []string{"a 2", "b 1", "c 0"}},
		{"the used ones", db.DeviceTemplateQuery{Filter: team, Used: true}, []string{"a 2", "b 1"}},
		{"a viewer's", db.DeviceTemplateQuery{Filter: theirs, Used: true}, []string{"a 1"}},
		{"a viewer's by a token", db.DeviceTemplateQuery{Filter: bound, Used: true}, []string{"a 1"}},
		{"one that a viewer doesn't see", db.DeviceTemplateQuery{Filter: theirs, Used: true, GUID: b.GUID}, nil},
		{"one by its guid", db.DeviceTemplateQuery{Filter: team, GUID: strings.ToUpper(b.GUID)}, []string{"b 1"}},
		{"all, uncounted", db.DeviceTemplateQuery{Filter: team, Uncounted: true}, []string{"a 0", "b 0", "c 0"}},
		{"all by a member, uncounted", db.DeviceTemplateQuery{Filter: db.DeviceFilter{TeamID: f.team.ID, PersonID: f.person.ID}, Uncounted: true}, []string{"a 0", "b 0", "c 0"}},
		{"a viewer's, uncounted", db.DeviceTemplateQuery{Filter: theirs, Used: true, Uncounted: true}, []string{"a 0"}},
	} {
		sameList(t, q.what, s.templates(t, q.DeviceTemplateQuery), q.want)
	}
	var n int64
	set := db.DeviceQuery{Filter: team, TemplateGUID: a.GUID, Limit: 1}
	s.do(t, func(tx *db.Tx) (err error) { n, err = tx.SetDeviceTemplate(t.Context(), set, c.GUID); return err })
	equal(t, "devices set to c", n, 2)
	sameList(t, "all after it", s.templates(t, db.DeviceTemplateQuery{Filter: team}), []string{"a 0", "b 1", "c 2"})
	set.TemplateGUID = c.GUID
	s.do(t, func(tx *db.Tx) (err error) { n, err = tx.SetDeviceTemplate(t.Context(), set, c.GUID); return err })
	equal(t, "devices set to c again", n, 0)
	s.do(t, func(tx *db.Tx) (err error) { n, err = tx.SetDeviceTemplate(t.Context(), set, a.GUID); return err })
	equal(t, "devices set back", n, 2)
	equal(t, "the team of a template", must[string](t)(s.DeviceTemplateTeam(t.Context(), a.GUID)), f.team.ID)
	_, err := s.DeviceTemplateTeam(t.Context(), "none")
	wantErr(t, "DeviceTemplateTeam of none", err, db.ErrNotFound)
	for what, n := range map[string]struct {
		db.DeviceQuery
		want int
	}{
		"without a template": {db.DeviceQuery{NoTemplate: true}, 1}, "of a template": {db.DeviceQuery{TemplateGUID: a.GUID}, 2},
		"of a template in upper case": {db.DeviceQuery{TemplateGUID: strings.ToUpper(a.GUID)}, 2}, "of another system's": {db.DeviceQuery{TemplateGUID: "another system's"}, 1},
	} {
		n.Filter = team
		equal(t, "devices "+what, must[int](t)(s.CountDevices(t.Context(), n.DeviceQuery)), n.want)
	}
}

// While a transaction stores a device of a template, another that wants to remove the template waits,
// and then counts the device.
func templateAndDeviceAtOnce(t *testing.T, s store) {
	f := s.fixture(t)
	for range 10 {
		template, d := newTemplate(f.team.ID, fresh("")[2:], "T"), newDevice(f.team.ID, "D")
		d.TemplateGUID = template.GUID
		s.do(t, func(tx *db.Tx) error { return tx.InsertDeviceTemplate(t.Context(), template) })
		for _, err := range atOnce(2, func(i int) error {
			return s.Tx(t.Context(), func(tx *db.Tx) error {
				if i == 0 {
					known, err := tx.ShareDeviceTemplates(t.Context(), f.team.ID, []string{template.GUID, "another"})
					if err != nil || !slices.Equal(known, []string{template.GUID}) {
						return err
					}
					return tx.InsertDevice(t.Context(), d)
				}
				if _, err := tx.LockDeviceTemplate(t.Context(), f.team.ID, template.GUID); err != nil {
					return err
				}
				n, err := tx.CountDevices(t.Context(), db.DeviceQuery{Filter: db.DeviceFilter{TeamID: f.team.ID}, TemplateGUID: template.GUID})
				if err != nil || n > 0 {
					return err
				}
				return tx.DeleteDeviceTemplate(t.Context(), template.GUID)
			})
		}) {
			wantErr(t, "one of two at the same time", err, nil)
		}
		q := db.DeviceTemplateQuery{Filter: db.DeviceFilter{TeamID: f.team.ID}, GUID: template.GUID}
		_, err := s.Device(t.Context(), q.Filter, d.GUID)
		if exists, used := len(s.templates(t, q)) > 0, err == nil; exists != used {
			t.Fatalf("after a device and a removal at the same time: the template exists: %t, the device exists: %t, want both or none", exists, used)
		}
	}
}
