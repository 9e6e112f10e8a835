package contract

import (
	"errors"
	"testing"

	"gatepost/db"
)

var deviceFilterPromises = []promise{
	{"devices: a person sees what their role and grants allow now", peopleSeeTheirDevices},
	{"devices: a former member sees none immediately", whoLeftSeesNothing},
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

// reach adds up what DeviceReach says of each team.
func (s store) reach(t *testing.T, p db.Person) (visible, total int, err error) {
	t.Helper()
	teams, err := s.DeviceReach(t.Context(), p.ID)
	for _, r := range teams {
		visible, total = visible+r.Visible, total+r.Total
	}
	return visible, total, err
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
		v, n, err := s.reach(t, p)
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
	// Bound to teams, a person sees what they see there as a member, and an owner no more.
	bound := func(who string, p db.Person, teamID string, teams, want []string) {
		t.Helper()
		q := db.DeviceQuery{Filter: db.DeviceFilter{TeamID: teamID, PersonID: p.ID, Teams: teams}, Limit: 10}
		var names []string
		for _, d := range must[[]db.Device](t)(s.DevicesFrom(t.Context(), q, db.DeviceKey{})) {
			names = append(names, d.DisplayName)
		}
		sameList(t, "devices that an app of "+who+" sees in team "+teamID, names, want)
	}
	bound("a developer of both teams", developer, "", []string{two.team.ID}, []string{"c"})
	bound("a developer of both teams", developer, one.team.ID, []string{two.team.ID}, nil)
	bound("a developer of both teams", developer, one.team.ID, []string{one.team.ID, two.team.ID}, []string{"a", "b"})
	bound("a developer of both teams", developer, "", []string{}, nil)
	bound("a viewer", viewer, "", []string{one.team.ID}, []string{"a"})
	bound("an owner in no team", owner, "", []string{one.team.ID, two.team.ID}, nil)
	bound("an owner in no team", owner, one.team.ID, []string{one.team.ID}, nil)
	reach("a developer of both teams", developer, 3, 3)
	reach("an admin of one team", one.person, 2, 2)
	reach("an owner in no team", owner, 0, 0) // an app that they let in has nothing of their rights
	reach("a viewer", viewer, 2, 3)
	reach("a person in no team", stranger, 0, 0)

	// Changes count immediately: a higher role, a grant removed, a membership removed.
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
	visible, total, err := s.reach(t, viewer)
	if visible != 0 || total != 0 || err != nil {
		t.Errorf("DeviceReach of who left the team = %d, %d, %v; want 0, 0", visible, total, err)
	}
}
