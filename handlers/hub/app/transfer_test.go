package app_test

import (
	"context"
	"errors"
	"testing"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/hubtest"
)

// An admin of two teams moves an app from one to the other, with its client id, secrets and tokens.
func TestTransferApp(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, dario := f.Join(t, "Ana", hub.Admin), f.Join(t, "Dario", hub.Developer)
	made := f.MakeApp(t, dario, "Sync")
	id := made.App.ClientID
	home := f.OwnTeam
	lecce, err := f.Teams.Add(ctx, hub.OperatorActor(), "Lecce")
	if err != nil {
		t.Fatal(err)
	}
	f.OwnTeam = lecce
	luca := f.Join(t, "Luca", hub.Admin)
	clash := f.MakeApp(t, luca, "sync") // the same name to a reader
	join := func(a hub.Actor, role string) {
		t.Helper()
		if err := f.DB.Tx(ctx, func(tx *db.Tx) error { return tx.PutMember(ctx, lecce.ID, a.ID, role) }); err != nil {
			t.Fatal(err)
		}
	}

	hubtest.WantForbidden(t, "Transfer by the developer who made it", f.Apps.Transfer(ctx, dario, id, lecce.ID))
	if err := f.Apps.Transfer(ctx, ana, id, lecce.ID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("Transfer to a team that the actor isn't in = %v, want db.ErrNotFound", err)
	}
	if err := f.Apps.Transfer(ctx, luca, id, lecce.ID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("Transfer by an admin of the other team alone = %v, want db.ErrNotFound", err)
	}
	client := hub.Actor{Kind: hub.Client, ID: "c", TeamID: home.ID, Scopes: []string{"apps:write"}}
	if err := f.Apps.Transfer(ctx, client, id, lecce.ID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("Transfer by a client of the team = %v, want db.ErrNotFound", err)
	}
	join(ana, hub.Developer)
	hubtest.WantForbidden(t, "Transfer to a team where the actor is a developer", f.Apps.Transfer(ctx, ana, id, lecce.ID))
	join(ana, hub.Admin)
	hubtest.WantInvalid(t, "Transfer to the same team", f.Apps.Transfer(ctx, ana, id, home.ID), "team")
	hubtest.WantInvalid(t, "Transfer to a team with an app of that name", f.Apps.Transfer(ctx, ana, id, lecce.ID), "team")
	if err := f.Apps.Delete(ctx, luca, clash.App.ClientID); err != nil {
		t.Fatal(err)
	}
	if err := f.Apps.Transfer(ctx, ana, id, lecce.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Apps.App(ctx, dario, id); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("App to its maker, who stayed behind = %v, want db.ErrNotFound", err)
	}
	_, secrets, err := f.Apps.Facts(ctx, luca, id)
	if err != nil || len(secrets) != 1 || secrets[0].ID != made.Secret.ID || !secrets[0].Live(f.Clock.Now()) {
		t.Errorf("Facts in the new team = %v, %v, want its one live secret", secrets, err)
	}
	hubtest.WantEvent(t, f.Fixture, ana, "app.received", "from Bari")
	f.OwnTeam = home
	hubtest.WantEvent(t, f.Fixture, ana, "app.transferred", "to Lecce")

	// The app of a team's vendor logins stays with the team.
	if _, login, err := f.Accounts.VendorLogin(ctx, hub.Actor{Address: "203.0.113.9"}, home.SolutionKey, "dario@example.com", hubtest.Password); err != nil {
		t.Fatal(err)
	} else if err := f.Apps.Transfer(ctx, ana, login.ClientID, lecce.ID); !errors.Is(err, hub.ErrVendorLoginApp) {
		t.Errorf("Transfer of the login app = %v, want ErrVendorLoginApp", err)
	}
}
