package hub_test

import (
	"context"
	"errors"
	"testing"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// An app goes to another team by an admin of both, with its client id, secrets and tokens.
func TestTransferApp(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, dario := f.person(t, "Ana", hub.Admin), f.person(t, "Dario", hub.Developer)
	made := f.app(t, dario, "Sync")
	id := made.App.ClientID
	home := f.team
	lecce, err := f.AddTeam(ctx, hub.OperatorActor(), "Lecce")
	if err != nil {
		t.Fatal(err)
	}
	f.team = lecce
	luca := f.person(t, "Luca", hub.Admin)
	clash := f.app(t, luca, "sync") // the same name to who reads it
	join := func(a hub.Actor, role string) {
		t.Helper()
		if err := f.db.Tx(ctx, func(tx *db.Tx) error { return tx.PutMember(ctx, lecce.ID, a.ID, role) }); err != nil {
			t.Fatal(err)
		}
	}

	wantForbidden(t, "TransferApp by the developer who made it", f.TransferApp(ctx, dario, id, lecce.ID))
	if err := f.TransferApp(ctx, ana, id, lecce.ID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("TransferApp to a team that one is not in = %v, want db.ErrNotFound", err)
	}
	if err := f.TransferApp(ctx, luca, id, lecce.ID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("TransferApp by an admin of the other team alone = %v, want db.ErrNotFound", err)
	}
	client := hub.Actor{Kind: hub.Client, ID: "c", TeamID: home.ID, Scopes: []string{"apps:write"}}
	if err := f.TransferApp(ctx, client, id, lecce.ID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("TransferApp by a client of the team = %v, want db.ErrNotFound", err)
	}
	join(ana, hub.Developer)
	wantForbidden(t, "TransferApp to a team where one is developer", f.TransferApp(ctx, ana, id, lecce.ID))
	join(ana, hub.Admin)
	wantInvalid(t, "TransferApp to the same team", f.TransferApp(ctx, ana, id, home.ID), "team")
	wantInvalid(t, "TransferApp to a team with an app of that name", f.TransferApp(ctx, ana, id, lecce.ID), "team")
	if err := f.DeleteApp(ctx, luca, clash.App.ClientID); err != nil {
		t.Fatal(err)
	}
	if err := f.TransferApp(ctx, ana, id, lecce.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := f.App(ctx, dario, id); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("App to its maker, who stayed behind = %v, want db.ErrNotFound", err)
	}
	_, secrets, err := f.AppFacts(ctx, luca, id)
	if err != nil || len(secrets) != 1 || secrets[0].ID != made.Secret.ID || !secrets[0].Live(f.clock.now) {
		t.Errorf("AppFacts in the new team = %v, %v, want its one live secret", secrets, err)
	}
	wantEvent(t, f, ana, "app.received", "from Bari")
	f.team = home
	wantEvent(t, f, ana, "app.transferred", "to Lecce")

	// What stands for a team's logins stays with it.
	if _, login, err := f.VendorLogin(ctx, hub.Actor{Address: "203.0.113.9"}, home.SolutionKey, "dario@example.com", goodPassword); err != nil {
		t.Fatal(err)
	} else if err := f.TransferApp(ctx, ana, login.ClientID, lecce.ID); !errors.Is(err, hub.ErrVendorLoginApp) {
		t.Errorf("TransferApp of the login app = %v, want ErrVendorLoginApp", err)
	}
}
