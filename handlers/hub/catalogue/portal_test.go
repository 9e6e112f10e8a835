package hub_test

import (
	"context"
	"testing"

	"gatepost/db"
	"gatepost/handlers/hub"
)

func TestPortalSettingsChangeTogether(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	owner := f.person(t, "Ana", hub.Admin)
	owner.Owner = true
	settings := func() hub.PortalSettings {
		t.Helper()
		s, err := f.PortalSettings(ctx, owner)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	wantForbidden(t, "ChangePortal by an admin", f.ChangePortal(ctx, f.person(t, "Bea", hub.Admin), hub.PortalChange{NoEnd: new(true)}))
	wantInvalid(t, "ChangePortal without a second factor of one's own",
		f.ChangePortal(ctx, owner, hub.PortalChange{NoEnd: new(true), SecondFactor: new(true)}), "requires_second_factor")
	if got := settings(); got != (hub.PortalSettings{}) {
		t.Errorf("settings after a change that was refused in part = %+v, want all as before", got)
	}
	for range 2 { // what is so already is no change
		if err := f.ChangePortal(ctx, hub.OperatorActor(), hub.PortalChange{NoEnd: new(true), VendorLoginOff: new(false), SecondFactor: new(true)}); err != nil {
			t.Fatal(err)
		}
	}
	if got := settings(); got != (hub.PortalSettings{NoEnd: true, SecondFactor: true}) {
		t.Errorf("settings = %+v, want personal tokens without end, a second factor, and nothing else", got)
	}
	events, err := f.db.AuditEvents(ctx, db.AuditQuery{AllTeams: true, Action: "portal.changed", Limit: 9})
	if err != nil || len(events) != 2 {
		t.Errorf("events of changes = %+v, %v, want one for each of the two", events, err)
	}
}
