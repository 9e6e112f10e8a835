package device_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/device"
	"gatepost/handlers/hub/hubtest"
)

func (f *fixture) device(t *testing.T, a hub.Actor, id string) db.Device {
	t.Helper()
	d, err := f.Devices.Add(context.Background(), a, f.OwnTeam.ID, device.Fields{UniqueID: id, DisplayName: "Device " + id, Active: true}, "")
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// sees returns the unique ids that an actor sees in all of its teams.
func (f *fixture) sees(t *testing.T, a hub.Actor, all ...db.Device) (ids []string) {
	t.Helper()
	list, more, err := f.Devices.ListFrom(context.Background(), a, "", db.DeviceQuery{Limit: 100}, db.DeviceKey{})
	if err != nil || more {
		t.Fatalf("ListFrom(%s) = %t, %v", a.Name, more, err)
	}
	for _, d := range list {
		ids = append(ids, d.UniqueID)
	}
	for _, d := range all {
		_, err := f.Devices.Get(context.Background(), a, d.GUID)
		if listed := slices.Contains(ids, d.UniqueID); listed != (err == nil) || !listed && !errors.Is(err, db.ErrNotFound) {
			t.Errorf("Get(%s, %s) = %v, in the list: %t", a.Name, d.UniqueID, err, listed)
		}
	}
	return ids
}

func (f *fixture) reaches(t *testing.T, a hub.Actor, visible, total int) {
	t.Helper()
	teams, err := f.Devices.Reach(context.Background(), a.ID)
	v, n := 0, 0
	for _, r := range teams {
		v, n = v+r.Visible, n+r.Total
	}
	if v != visible || n != total || err != nil {
		t.Errorf("Reach(%s) = %d, %d, %v; want %d, %d", a.Name, v, n, err, visible, total)
	}
}

// The table of roles in CONTRIBUTING.md: admins, developers and clients see the devices of their team, viewers
// the granted ones, always as of now.
func TestWhoSeesADevice(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	admin, dev, viewer, second := f.Join(t, "Ana", hub.Admin), f.Join(t, "Dario", hub.Developer), f.Join(t, "Vito", hub.Viewer), f.Join(t, "Vera", hub.Viewer)
	one, two := f.device(t, admin, "one"), f.device(t, dev, "two")
	client := hub.Actor{Kind: hub.Client, ID: "c", Name: "Sync", TeamID: f.OwnTeam.ID, Scopes: []string{"read"}}
	home := f.OwnTeam
	elsewhere, err := f.Teams.Add(ctx, hub.OperatorActor(), "Elsewhere")
	if err != nil {
		t.Fatal(err)
	}
	f.OwnTeam = elsewhere
	stranger := f.Join(t, "Eve", hub.Admin)
	three := f.device(t, stranger, "three")
	f.OwnTeam = home

	if err := f.Devices.Save(ctx, dev, one.GUID, device.Change{DisplayName: one.DisplayName, Viewers: []string{viewer.ID}}); err != nil {
		t.Fatal(err)
	}
	owner := stranger
	owner.Name, owner.Owner = "owner", true // the database decides who is an owner, and Eve isn't one there
	byToken := viewer
	byToken.Name, byToken.Scopes, byToken.Teams = "viewer by token", []string{"read"}, []string{home.ID}
	unbound := admin
	unbound.Name, unbound.Scopes, unbound.Teams = "admin by a token for another team", []string{"read"}, []string{elsewhere.ID}
	for _, c := range []struct {
		who  hub.Actor
		want []string
	}{
		{admin, []string{"one", "two"}}, {dev, []string{"one", "two"}}, {viewer, []string{"one"}}, {byToken, []string{"one"}}, {unbound, nil}, {second, nil},
		{client, []string{"one", "two"}}, {stranger, []string{"three"}}, {owner, []string{"three"}}, {hub.Actor{Kind: hub.Person, Name: "nobody"}, nil},
	} {
		if got := f.sees(t, c.who, one, two, three); !slices.Equal(got, c.want) {
			t.Errorf("%s sees %v, want %v", c.who.Name, got, c.want)
		}
	}
	f.reaches(t, admin, 2, 2)
	f.reaches(t, viewer, 1, 2)
	f.reaches(t, second, 0, 2)
	for _, a := range []hub.Actor{admin, client} {
		if _, _, err := f.Devices.ListFrom(ctx, a, elsewhere.ID, db.DeviceQuery{Limit: 10}, db.DeviceKey{}); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("ListFrom(%s) of another team = %v, want db.ErrNotFound", a.Name, err)
		}
	}
	// Without the grant, the device is gone immediately.
	if err := f.Devices.Save(ctx, admin, one.GUID, device.Change{DisplayName: one.DisplayName, Viewers: []string{}}); err != nil {
		t.Fatal(err)
	}
	if got := f.sees(t, byToken, one); got != nil {
		t.Errorf("a viewer without a grant sees %v, want nothing", got)
	}
}

// A viewer can't change anything, or learn anything about devices that aren't granted.
func TestWhoChangesADevice(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	admin, dev, viewer := f.Join(t, "Ana", hub.Admin), f.Join(t, "Dario", hub.Developer), f.Join(t, "Vito", hub.Viewer)
	granted, hidden := f.device(t, admin, "granted"), f.device(t, admin, "hidden")
	if err := f.Devices.Save(ctx, admin, granted.GUID, device.Change{DisplayName: "Granted", Viewers: []string{viewer.ID}}); err != nil {
		t.Fatal(err)
	}
	_, err := f.Devices.Add(ctx, viewer, f.OwnTeam.ID, device.Fields{UniqueID: "x", DisplayName: "x"}, "")
	hubtest.WantForbidden(t, "Add by a viewer", err)
	change := device.Change{DisplayName: "mine", Viewers: []string{viewer.ID}}
	hubtest.WantForbidden(t, "Save by a viewer", f.Devices.Save(ctx, viewer, granted.GUID, change))
	hubtest.WantForbidden(t, "Remove by a viewer", f.Devices.Remove(ctx, viewer, granted.GUID, nil))
	_, err = f.Devices.Viewers(ctx, viewer, granted.GUID)
	hubtest.WantForbidden(t, "Viewers by a viewer", err)
	for what, err := range map[string]error{
		"SaveDevice":        f.Devices.Save(ctx, viewer, hidden.GUID, change),
		"RemoveDevice":      f.Devices.Remove(ctx, viewer, hidden.GUID, nil),
		"Remove of nothing": f.Devices.Remove(ctx, admin, "none", nil),
	} {
		if !errors.Is(err, db.ErrNotFound) {
			t.Errorf("%s by a viewer who doesn't see it = %v, want db.ErrNotFound", what, err)
		}
	}
	viewers, err := f.Devices.Viewers(ctx, dev, granted.GUID)
	if err != nil || len(viewers) != 1 || viewers[0].PersonID != viewer.ID || !viewers[0].Granted {
		t.Errorf("Viewers = %+v, %v; want the one viewer, granted", viewers, err)
	}
	if err := f.Devices.Remove(ctx, dev, granted.GUID, nil); err != nil {
		t.Errorf("Remove by a developer = %v, want nil", err)
	}
}

func TestDeviceInputIsChecked(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	admin, viewer := f.Join(t, "Ana", hub.Admin), f.Join(t, "Vito", hub.Viewer)
	made := f.device(t, admin, "A4:C1:38:00:12:9F")
	for _, bad := range []string{"", " ", "two words", "slash/es", "-first", "ä", "line\nline", strings.Repeat("x", 129), "\x00"} {
		_, err := f.Devices.Add(ctx, admin, f.OwnTeam.ID, device.Fields{UniqueID: bad, DisplayName: "Door"}, "")
		hubtest.WantInvalid(t, "Add with the unique id "+bad, err, "unique_id")
	}
	_, err := f.Devices.Add(ctx, admin, f.OwnTeam.ID, device.Fields{UniqueID: made.UniqueID, DisplayName: "Again"}, "")
	if !errors.Is(err, hub.ErrDeviceExists) {
		t.Errorf("Add with a unique id that is taken = %v, want ErrDeviceExists", err)
	}
	for _, bad := range []string{"", "two\nlines", strings.Repeat("x", 101), "\xff"} {
		_, err := f.Devices.Add(ctx, admin, f.OwnTeam.ID, device.Fields{UniqueID: "ok", DisplayName: bad}, "")
		hubtest.WantInvalid(t, "Add with a bad name", err, "display_name")
		hubtest.WantInvalid(t, "Save with a bad name", f.Devices.Save(ctx, admin, made.GUID, device.Change{DisplayName: bad}), "display_name")
	}
	for _, bad := range []string{"nobody", admin.ID} {
		err := f.Devices.Save(ctx, admin, made.GUID, device.Change{DisplayName: "Renamed", Viewers: []string{viewer.ID, bad}})
		hubtest.WantInvalid(t, "Save with a person who isn't a viewer of the team", err, "viewers")
	}
	if d, err := f.Devices.Get(ctx, admin, made.GUID); err != nil || d.DisplayName != made.DisplayName {
		t.Errorf("name after refused changes = %q, %v; want %q", d.DisplayName, err, made.DisplayName)
	}
}

// Each change records its event. What changes nothing records none.
func TestDeviceChangesAreWrittenDown(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	admin, viewer := f.Join(t, "Ana", hub.Admin), f.Join(t, "Vito", hub.Viewer)
	d := f.device(t, admin, "SN-1")
	save := func(name string, viewers []string) {
		t.Helper()
		if err := f.Devices.Save(ctx, admin, d.GUID, device.Change{DisplayName: name, Viewers: viewers}); err != nil {
			t.Fatal(err)
		}
	}
	save("Door", []string{viewer.ID})
	save("Door", []string{viewer.ID})
	save("Door", nil)
	save("Door", []string{})
	if err := f.Devices.Remove(ctx, admin, d.GUID, nil); err != nil {
		t.Fatal(err)
	}
	events, err := f.DB.TargetAudit(ctx, d.GUID, 20)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range slices.Backward(events) {
		got = append(got, e.Action+" "+e.TargetName+": "+e.Detail)
		if e.Actor != admin.ID || e.TeamID != f.OwnTeam.ID || e.Address != admin.Address || e.TargetType != "device" {
			t.Errorf("event %s is by %q from %q, want the admin's", e.Action, e.Actor, e.Address)
		}
	}
	want := []string{
		"device.added Device SN-1: with the unique id SN-1", "device.changed Door: was named Device SN-1", "device.shared Door: granted to Vito",
		"device.shared Door: no longer granted to Vito", "device.removed Door: with the unique id SN-1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("events =\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Of two concurrent changes, neither undoes what only the other changed.
func TestChangesAtOnceBothHold(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	for n := range 20 {
		d := f.device(t, ana, fmt.Sprint("SN-", n))
		group, active := "Doors", false
		changes := []device.Change{{DisplayName: d.DisplayName, GroupName: &group}, {DisplayName: d.DisplayName, Active: &active}}
		if err := errors.Join(f.Both(func(i int) error { return f.Devices.Save(ctx, ana, d.GUID, changes[i]) })...); err != nil {
			t.Fatal(err)
		}
		if got, err := f.Devices.Get(ctx, ana, d.GUID); err != nil || got.GroupName != group || got.Active {
			t.Fatalf("device after both changes = group %q, active %t, %v, want both changes", got.GroupName, got.Active, err)
		}
	}
}
