package device_test

import (
	"context"
	"strings"
	"testing"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/device"
	"gatepost/handlers/hub/hubtest"
)

func TestManyDevices(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	dev, viewer, other := f.Join(t, "Dario", hub.Developer), f.Join(t, "Vito", hub.Viewer), f.Join(t, "Vera", hub.Viewer)
	f.imported(t, dev, "unique_id,display_name,group\na,A,G\nb,B,G\nc,C,\n")
	group := device.Many{TeamID: f.OwnTeam.ID, Query: db.DeviceQuery{GroupName: "G"}, Words: "A and B"}
	// Whatever the filter of a query, it stays in the team.
	group.Query.Filter = db.DeviceFilter{TeamID: "another"}
	n, err := f.Devices.ShareMany(ctx, dev, group, []string{viewer.ID, other.ID}, false)
	if n != 4 || err != nil {
		t.Errorf("ShareMany = %d, %v; want 4", n, err)
	}
	if got := f.sees(t, viewer); len(got) != 2 {
		t.Errorf("the viewer sees %v, want a and b", got)
	}
	n, err = f.Devices.ShareMany(ctx, dev, group, []string{other.ID}, true)
	if n != 2 || err != nil || len(f.sees(t, other)) != 0 || len(f.sees(t, viewer)) != 2 {
		t.Errorf("ShareMany with take = %d, %v", n, err)
	}
	groups, err := f.Devices.Groups(ctx, other, f.OwnTeam.ID, 10)
	if len(groups) != 0 || err != nil {
		t.Errorf("groups of a viewer who sees no device = %v, %v, want none", groups, err)
	}
	if n, err = f.Devices.GroupMany(ctx, dev, group, " H "); n != 2 || err != nil || f.found(t, dev, "a").GroupName != "H" {
		t.Errorf("GroupMany = %d, %v", n, err)
	}
	_, err = f.Devices.GroupMany(ctx, viewer, group, "H")
	hubtest.WantForbidden(t, "GroupMany by a viewer", err)
	_, err = f.Devices.ShareMany(ctx, viewer, group, []string{viewer.ID}, false)
	hubtest.WantForbidden(t, "ShareMany by a viewer", err)
	_, err = f.Devices.ShareMany(ctx, dev, group, nil, false)
	hubtest.WantInvalid(t, "ShareMany with nobody", err, "grant")
	_, err = f.Devices.ShareMany(ctx, dev, group, []string{dev.ID}, false)
	hubtest.WantInvalid(t, "ShareMany with a developer", err, "grant")
	_, err = f.Devices.GroupMany(ctx, dev, group, strings.Repeat("x", 101))
	hubtest.WantInvalid(t, "GroupMany with a long name", err, "group_name")
}

// Many devices are set to a template of their team, and to no other's.
func TestManyDevicesAreSetToATemplate(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, viewer := f.Join(t, "Ana", hub.Admin), f.Join(t, "Vito", hub.Viewer)
	pump := f.template(t, ana, "pump")
	for _, id := range []string{"1", "2", "3"} {
		f.device(t, ana, id)
	}
	set := func(a hub.Actor, q db.DeviceQuery, guid string) (int, error) {
		return f.Devices.TemplateMany(ctx, a, device.Many{TeamID: f.OwnTeam.ID, Query: q, Words: "Some"}, guid)
	}
	for _, c := range []struct {
		q    db.DeviceQuery
		guid string
		want int
		has  string
	}{
		{db.DeviceQuery{UniqueID: "1"}, strings.ToUpper(pump.GUID), 1, "pump 1"}, {db.DeviceQuery{}, pump.GUID, 2, "pump 3"}, {db.DeviceQuery{}, pump.GUID, 0, "pump 3"}, {db.DeviceQuery{}, "", 3, "pump 0"},
	} {
		if n, err := set(ana, c.q, c.guid); n != c.want || err != nil {
			t.Errorf("TemplateMany(%q) = %d, %v, want %d", c.guid, n, err, c.want)
		}
		if got := f.codes(t, ana, ""); got[0] != c.has {
			t.Errorf("Templates after TemplateMany(%q) = %q, want %s", c.guid, got, c.has)
		}
	}
	_, err := set(ana, db.DeviceQuery{}, "A1B2C3D4-0000-4000-8000-00000000000F")
	hubtest.WantInvalid(t, "TemplateMany of another system's template", err, "template_guid")
	_, err = set(viewer, db.DeviceQuery{}, pump.GUID)
	hubtest.WantForbidden(t, "TemplateMany by a viewer", err)
}
