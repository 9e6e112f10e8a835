package catalogue_test

import (
	"context"
	"testing"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/catalogue"
	"gatepost/handlers/hub/hubtest"
)

func TestPortalSettingsChangeTogether(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	owner := f.Join(t, "Ana", hub.Admin)
	owner.Owner = true
	settings := func() catalogue.Settings {
		t.Helper()
		s, err := f.Catalogue.Settings(ctx, owner)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	hubtest.WantForbidden(t, "ChangeSettings by an admin", f.Catalogue.ChangeSettings(ctx, f.Join(t, "Bea", hub.Admin), catalogue.SettingsChange{NoExpiry: new(true)}))
	hubtest.WantInvalid(t, "ChangeSettings without a second factor of one's own",
		f.Catalogue.ChangeSettings(ctx, owner, catalogue.SettingsChange{NoExpiry: new(true), SecondFactor: new(true)}), "requires_second_factor")
	if got := settings(); got != (catalogue.Settings{}) {
		t.Errorf("settings after a change with a refused part = %+v, want all as before", got)
	}
	for range 2 { // the second time changes nothing
		if err := f.Catalogue.ChangeSettings(ctx, hub.OperatorActor(), catalogue.SettingsChange{NoExpiry: new(true), VendorLoginOff: new(false), SecondFactor: new(true)}); err != nil {
			t.Fatal(err)
		}
	}
	if got := settings(); got != (catalogue.Settings{NoExpiry: true, SecondFactor: true}) {
		t.Errorf("settings = %+v, want personal tokens without an expiry, a second factor, and nothing else", got)
	}
	events, err := f.DB.AuditEvents(ctx, db.AuditQuery{AllTeams: true, Action: "portal.changed", Limit: 9})
	if err != nil || len(events) != 2 {
		t.Errorf("events of changes = %+v, %v, want one for each of the two", events, err)
	}
}
