package contract

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/tests/testapp"
)

var deviceQueryPromises = []promise{
	{"device queries: every field narrows, and what LIKE means is only text", queriesNarrow},
	{"device queries: every sort gives a whole order, page by page", queriesSort},
	{"device queries: a viewer finds and counts the granted devices only", queriesKeepToGrants},
	{"devices: each change raises the version", changesRaiseTheVersion},
	{"devices: of changes of the version that was seen, made at once, one is done", changesOfOneVersionAtOnce},
	{"teams: the app for logins is found by its team until it is deleted", loginApps},
}

func (s store) find(t *testing.T, q db.DeviceQuery) (names []string) {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 100
	}
	for _, d := range must[[]db.Device](t)(s.FindDevices(t.Context(), q)) {
		names = append(names, d.DisplayName)
	}
	if q.Limit == 100 {
		equal(t, fmt.Sprintf("CountDevices(%+v)", q), must[int](t)(s.CountDevices(t.Context(), q)), len(names))
	}
	return names
}

func queriesNarrow(t *testing.T, s store) {
	f, other := s.fixture(t), s.fixture(t)
	add := func(teamID, uniqueID, name, template, entity, group string, active bool) {
		s.add(t, db.Device{GUID: fresh("device"), TeamID: teamID, UniqueID: uniqueID, DisplayName: name, TemplateGUID: template, EntityName: entity,
			GroupName: group, Active: active, CreatedAt: now(), UpdatedAt: now()})
	}
	add(f.team.ID, "SN-1", "Alpha 100%", "t1", "e1", "g1", true)
	add(f.team.ID, "SN_2", "beta", "t1", "e2", "g1", false)
	add(f.team.ID, "sn-3", `back\slash`, "t2", "e1", "g2", true)
	add(f.team.ID, "X4", "Éclair_ß", "", "", "", true)
	add(other.team.ID, "SN-1", "Alpha elsewhere", "t1", "e1", "g1", true)
	mine := db.DeviceFilter{TeamID: f.team.ID}
	yes, no := true, false
	for what, c := range map[string]struct {
		query db.DeviceQuery
		want  []string
	}{
		"nothing":                   {db.DeviceQuery{}, []string{"Alpha 100%", `back\slash`, "beta", "Éclair_ß"}},
		"search":                    {db.DeviceQuery{Search: "ALPHA"}, []string{"Alpha 100%"}},
		"search of a unique id":     {db.DeviceQuery{Search: "sn-"}, []string{"Alpha 100%", `back\slash`}},
		"search of a percent sign":  {db.DeviceQuery{Search: "%"}, []string{"Alpha 100%"}},
		"search of an underscore":   {db.DeviceQuery{Search: "_"}, []string{"beta", "Éclair_ß"}},
		"search of a backslash":     {db.DeviceQuery{Search: `\`}, []string{`back\slash`}},
		"search of other letters":   {db.DeviceQuery{Search: "Éclair"}, []string{"Éclair_ß"}},
		"search in small letters":   {db.DeviceQuery{Search: "éclair"}, []string{"Éclair_ß"}},
		"search in capitals":        {db.DeviceQuery{Search: "ÉCLAIR"}, []string{"Éclair_ß"}},
		"search of a quote":         {db.DeviceQuery{Search: "'"}, nil},
		"search of another's":       {db.DeviceQuery{Search: "elsewhere"}, nil},
		"active":                    {db.DeviceQuery{Active: &yes}, []string{"Alpha 100%", `back\slash`, "Éclair_ß"}},
		"not active":                {db.DeviceQuery{Active: &no}, []string{"beta"}},
		"unique id":                 {db.DeviceQuery{UniqueID: "SN-1"}, []string{"Alpha 100%"}},
		"unique id in another case": {db.DeviceQuery{UniqueID: "sn-1"}, nil},
		"template":                  {db.DeviceQuery{TemplateGUID: "t1"}, []string{"Alpha 100%", "beta"}},
		"entity and group":          {db.DeviceQuery{EntityName: "e1", GroupName: "g2"}, []string{`back\slash`}},
		"all of them":               {db.DeviceQuery{Search: "a", Active: &yes, UniqueID: "SN-1", TemplateGUID: "t1", EntityName: "e1", GroupName: "g1"}, []string{"Alpha 100%"}},
	} {
		c.query.Filter = mine
		got := s.find(t, c.query)
		if len(got) != len(c.want) { // in which order names come that are not ASCII is the engine's
			t.Errorf("FindDevices by %s = %q, want %q", what, got, c.want)
			continue
		}
		for _, name := range c.want {
			if !strings.Contains(strings.Join(got, "\n"), name) {
				t.Errorf("FindDevices by %s = %q, want %q", what, got, c.want)
			}
		}
	}
	sameList(t, "FindDevices by the zero filter", s.find(t, db.DeviceQuery{}), nil)
}

func queriesSort(t *testing.T, s store) {
	f := s.fixture(t)
	for i := range 7 {
		d := newDevice(f.team.ID, fmt.Sprint("name ", i/2)) // 0 0 1 1 2 2 3
		d.Active, d.GroupName, d.EntityName, d.TemplateGUID = i%2 == 0, fmt.Sprint("g", i/3), "", fmt.Sprint("t", 9-i)
		d.LastConnection = now().Add(-time.Duration(i%4) * time.Hour)
		s.add(t, d)
	}
	for _, sort := range []db.DeviceSort{"", db.SortDisplayName, db.SortUniqueID, db.SortActive, db.SortTemplate, db.SortEntity, db.SortGroup, db.SortLastConnection} {
		var orders [2][]string
		for i, descending := range []bool{false, true} {
			q := db.DeviceQuery{Filter: db.DeviceFilter{TeamID: f.team.ID}, Sort: sort, Descending: descending, Limit: 2}
			for range 4 {
				for _, d := range must[[]db.Device](t)(s.FindDevices(t.Context(), q)) {
					orders[i] = append(orders[i], d.GUID)
				}
				q.Offset += q.Limit
			}
		}
		up, down := orders[0], orders[1]
		for i := range up {
			if len(up) != 7 || len(down) != 7 || up[i] != down[6-i] {
				t.Fatalf("pages by %q = %v, and descending %v; want all seven, once the other way round", sort, up, down)
			}
		}
	}
}

func queriesKeepToGrants(t *testing.T, s store) {
	one, two := s.fixture(t), s.fixture(t)
	a, b, c := newDevice(one.team.ID, "a"), newDevice(one.team.ID, "b"), newDevice(two.team.ID, "c")
	s.add(t, a, b, c)
	viewer := s.person(t, false, "viewer", one.team.ID)
	s.do(t, func(tx *db.Tx) error { return tx.SetDeviceViewers(t.Context(), b.GUID, []string{viewer.ID}) })
	for _, teamID := range []string{"", one.team.ID} {
		filter := db.DeviceFilter{PersonID: viewer.ID, TeamID: teamID}
		for _, sort := range []db.DeviceSort{db.SortDisplayName, db.SortGroup} {
			sameList(t, "what a viewer finds", s.find(t, db.DeviceQuery{Filter: filter, Sort: sort, Descending: true}), []string{"b"})
		}
		for _, q := range []db.DeviceQuery{{Search: "a"}, {UniqueID: a.UniqueID}, {Search: a.UniqueID}, {UniqueID: c.UniqueID}} {
			q.Filter = filter
			sameList(t, "what a viewer finds of others", s.find(t, q), nil)
		}
	}
	sameList(t, "what a viewer finds in another team", s.find(t, db.DeviceQuery{Filter: db.DeviceFilter{PersonID: viewer.ID, TeamID: two.team.ID}}), nil)
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
		held, err := tx.LockDevice(t.Context(), d.GUID)
		equal(t, "LockDevice", held, 3)
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
			held, err := tx.LockDevice(context.Background(), d.GUID)
			if err == nil && held != 1 {
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
			t.Errorf("a change at once = %v", err)
		}
	}
	equal(t, "changes that were done", done, 1)
	equal(t, "version after them", s.version(t, d), 2)
}

func loginApps(t *testing.T, s store) {
	f := s.fixture(t)
	equal(t, "TeamBySolutionKey", must[db.Team](t)(s.TeamBySolutionKey(t.Context(), f.team.SolutionKey)), f.team)
	for _, key := range []string{"", "none", strings.ToUpper(f.team.SolutionKey), f.team.SolutionKey + " ", "a\x00b", "\xff"} {
		_, err := s.TeamBySolutionKey(t.Context(), key)
		wantErr(t, fmt.Sprintf("TeamBySolutionKey(%q)", key), err, db.ErrNotFound)
	}
	_, err := s.VendorLoginApp(t.Context(), f.team.ID)
	wantErr(t, "VendorLoginApp before there is one", err, db.ErrNotFound)
	s.do(t, func(tx *db.Tx) error {
		return errors.Join(tx.LockTeam(t.Context(), f.team.ID), tx.SetVendorLoginApp(t.Context(), f.team.ID, f.app.ClientID))
	})
	equal(t, "VendorLoginApp", must[db.App](t)(s.VendorLoginApp(t.Context(), f.team.ID)).ClientID, f.app.ClientID)
	s.do(t, func(tx *db.Tx) error { return tx.DeleteApp(t.Context(), f.app.ClientID) })
	_, err = s.VendorLoginApp(t.Context(), f.team.ID)
	wantErr(t, "VendorLoginApp that was deleted", err, db.ErrNotFound)
	err = s.Tx(t.Context(), func(tx *db.Tx) error { return tx.LockTeam(t.Context(), "none") })
	wantErr(t, "LockTeam(none)", err, db.ErrNotFound)
}

// BenchmarkDevices asks for pages among 100,000 devices of a team and as many of another.
func BenchmarkDevices(b *testing.B) {
	for engine, dsn := range map[string]func() string{
		"sqlite":   func() string { return filepath.Join(b.TempDir(), "g.db") },
		"postgres": func() string { return testapp.StartPostgres(b).Database(b) },
	} {
		b.Run(engine, func(b *testing.B) {
			d, err := db.Open(b.Context(), dsn())
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { d.Close() })
			team, viewer := manyDevices(b, d, 100_000)
			yes := true
			byTeam, byPerson := db.DeviceFilter{TeamID: team.ID}, db.DeviceFilter{TeamID: team.ID, PersonID: "admin"}
			for _, c := range []struct {
				name  string
				query db.DeviceQuery
			}{
				{"first page", db.DeviceQuery{Filter: byTeam}},
				{"first page of a person", db.DeviceQuery{Filter: byPerson}},
				{"first page of a person in all teams", db.DeviceQuery{Filter: db.DeviceFilter{PersonID: "admin"}}},
				{"first page of a viewer", db.DeviceQuery{Filter: db.DeviceFilter{TeamID: team.ID, PersonID: viewer.ID}}},
				{"last page", db.DeviceQuery{Filter: byPerson, Offset: 99_950}},
				{"search", db.DeviceQuery{Filter: byPerson, Search: "9999"}},
				{"sort by group", db.DeviceQuery{Filter: byPerson, Sort: db.SortGroup}},
				{"sort by connection", db.DeviceQuery{Filter: byPerson, Sort: db.SortLastConnection, Descending: true}},
				{"filter by group and activity", db.DeviceQuery{Filter: byPerson, GroupName: "group 7", Active: &yes}},
				{"unique id", db.DeviceQuery{Filter: byPerson, UniqueID: "SN-77777"}},
			} {
				c.query.Limit = 50
				b.Run(c.name, func(b *testing.B) {
					for b.Loop() {
						if _, err := d.CountDevices(b.Context(), c.query); err != nil {
							b.Fatal(err)
						}
						if _, err := d.FindDevices(b.Context(), c.query); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		})
	}
}

// manyDevices makes two teams with n devices each, an admin of both, and a viewer of one
// with a hundred grants.
func manyDevices(b *testing.B, d *db.DB, n int) (db.Team, db.Person) {
	b.Helper()
	team, other, admin, viewer := newTeam(), newTeam(), newPerson(), newPerson()
	admin.ID = "admin"
	err := d.Tx(b.Context(), func(tx *db.Tx) error {
		err := errors.Join(tx.InsertTeam(b.Context(), team), tx.InsertTeam(b.Context(), other), tx.InsertPerson(b.Context(), admin), tx.InsertPerson(b.Context(), viewer),
			tx.PutMember(b.Context(), team.ID, admin.ID, "admin"), tx.PutMember(b.Context(), other.ID, admin.ID, "admin"), tx.PutMember(b.Context(), team.ID, viewer.ID, "viewer"))
		for i := range n {
			for _, id := range []string{team.ID, other.ID} {
				device := newDevice(id, fmt.Sprintf("Device %06d", (i*7919)%n))
				device.UniqueID, device.GroupName = fmt.Sprint("SN-", i), fmt.Sprint("group ", i%50)
				device.LastConnection = now().Add(-time.Duration(i*31%n) * time.Minute)
				err = errors.Join(err, tx.InsertDevice(b.Context(), device))
				if i%1000 == 0 && id == team.ID {
					err = errors.Join(err, tx.SetDeviceViewers(b.Context(), device.GUID, []string{viewer.ID}))
				}
			}
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return team, viewer
}
