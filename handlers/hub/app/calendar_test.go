package hub_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
)

func TestCalendarBelongsToOnePerson(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, ben := f.person(t, "Ana", hub.Admin), f.person(t, "Ben", hub.Developer)
	made := f.app(t, ana, "Sync")
	ends := f.clock.Now().Add(40 * 24 * time.Hour).UTC()
	if _, _, err := f.AddSecret(ctx, ana, made.App.ClientID, hub.NewSecret{Label: "production", ExpiresAt: ends}); err != nil {
		t.Fatal(err)
	}
	if err := f.SaveTeamRules(ctx, ana, f.team.ID, hub.TeamRules{MaxSecretDays: 90}); err != nil {
		t.Fatal(err)
	}
	feed := func(a hub.Actor) string {
		t.Helper()
		address, err := f.MakeCalendar(ctx, a, f.team.ID)
		token, ok := strings.CutPrefix(address, "https://portal.example.com/calendar/")
		if err != nil || !ok || !strings.HasPrefix(token, "gpc_") {
			t.Fatalf("MakeCalendar = %q, %v, want an address of the portal", address, err)
		}
		return token
	}
	old := feed(ben)
	token := feed(ben)
	c, err := f.Calendar(ctx, token)
	if err != nil || len(c.Entries) != 3 {
		t.Fatalf("Calendar = %+v, %v, want one end and two ages", c, err)
	}
	if e := c.Entries[0]; e.Rule || e.Label != "production" || !e.At.Equal(ends) || e.App != "Sync" {
		t.Errorf("the first entry = %+v, want the secret's end", e)
	}
	gone := func(what, token string) {
		t.Helper()
		if _, err := f.Calendar(ctx, token); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("Calendar at an address %s = %v, want ErrNotFound", what, err)
		}
	}
	gone("that was replaced", old)
	gone("that is made up", "gpc_x")
	if err := f.RevokeCalendar(ctx, ben, f.team.ID); err != nil {
		t.Fatal(err)
	}
	gone("that was revoked", token)
	token = feed(ben)
	if err := f.db.Tx(ctx, func(tx *db.Tx) error { return tx.PutMember(ctx, f.team.ID, ben.ID, hub.Viewer) }); err != nil {
		t.Fatal(err)
	}
	gone("of who is a viewer by now", token)
	token = feed(ana)
	if err := f.db.Tx(ctx, func(tx *db.Tx) error { _, _, err := tx.DisablePerson(ctx, ana.ID); return err }); err != nil {
		t.Fatal(err)
	}
	gone("of who is disabled", token)
}
