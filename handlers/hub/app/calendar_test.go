package app_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/hub/team"
	"gatepost/handlers/secret"
)

func TestCalendarBelongsToOnePerson(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, ben := f.Join(t, "Ana", hub.Admin), f.Join(t, "Ben", hub.Developer)
	made := f.MakeApp(t, ana, "Sync")
	ends := f.Clock.Now().Add(40 * 24 * time.Hour).UTC()
	if _, _, err := f.Apps.AddSecret(ctx, ana, made.App.ClientID, app.NewSecret{Label: "production", ExpiresAt: ends}); err != nil {
		t.Fatal(err)
	}
	if err := f.Teams.SaveRules(ctx, ana, f.OwnTeam.ID, nil, team.Rules{MaxSecretDays: 90}); err != nil {
		t.Fatal(err)
	}
	feed := func(a hub.Actor) string {
		t.Helper()
		address, err := f.Apps.MakeCalendar(ctx, a, f.OwnTeam.ID)
		token, ok := strings.CutPrefix(address, "https://portal.example.com/calendar/")
		if err != nil || !ok || !secret.WellFormed(secret.CalendarAddress, token) {
			t.Fatalf("MakeCalendar = %q, %v, want an address of the portal", address, err)
		}
		return token
	}
	old := feed(ben)
	token := feed(ben)
	c, err := f.Apps.Calendar(ctx, token)
	if err != nil || len(c.Entries) != 3 {
		t.Fatalf("Calendar = %+v, %v, want one expiry and two age limits", c, err)
	}
	if e := c.Entries[0]; e.Rule || e.Label != "production" || !e.At.Equal(ends) || e.App != "Sync" {
		t.Errorf("the first entry = %+v, want the expiry of the secret", e)
	}
	gone := func(what, token string) {
		t.Helper()
		if _, err := f.Apps.Calendar(ctx, token); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("Calendar at an address %s = %v, want ErrNotFound", what, err)
		}
	}
	gone("that was replaced", old)
	gone("that is made up", "gpf_x")
	if err := f.Apps.RevokeCalendar(ctx, ben, f.OwnTeam.ID); err != nil {
		t.Fatal(err)
	}
	gone("that was revoked", token)
	token = feed(ben)
	if err := f.DB.Tx(ctx, func(tx *db.Tx) error { return tx.PutMember(ctx, f.OwnTeam.ID, ben.ID, hub.Viewer) }); err != nil {
		t.Fatal(err)
	}
	gone("of who is a viewer by now", token)
	for _, role := range []string{hub.Developer, hub.Viewer, hub.Developer} {
		if err := f.Teams.ChangeRole(ctx, ana, f.OwnTeam.ID, ben.ID, role); err != nil {
			t.Fatal(err)
		}
	}
	gone("of who was a viewer in between", token)
	token = feed(ana)
	if err := f.DB.Tx(ctx, func(tx *db.Tx) error { _, err := tx.DisablePerson(ctx, ana.ID); return err }); err != nil {
		t.Fatal(err)
	}
	gone("of who is disabled", token)
}

// Addresses of the first release shared their prefix with authorization codes. Programs subscribe to them for years.
func TestCalendarAddressWithTheFormerPrefixStillWorks(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ben := f.Join(t, "Ben", hub.Developer)
	plain, hash := secret.NewToken("gpc_")
	if err := f.DB.Tx(ctx, func(tx *db.Tx) error {
		return tx.PutCalendarFeed(ctx, db.CalendarFeed{TokenHash: hash, TeamID: f.OwnTeam.ID, PersonID: ben.ID, CreatedAt: tx.Now})
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Apps.Calendar(ctx, plain); err != nil {
		t.Errorf("Calendar at an address with the former prefix = %v, want it", err)
	}
	if secret.WellFormed(secret.AuthorizationCode, plain) {
		t.Error("the address passes for an authorization code")
	}
}
