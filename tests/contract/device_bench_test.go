package contract

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/tests/testapp"
)

// BenchmarkDevices reads pages of the 100,000 devices of a team, next to as many of another.
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

// manyDevices creates two teams with n devices each, an admin of both, and a viewer of one with
// a hundred grants.
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
