package hub_test

import (
	"context"
	"errors"
	"testing"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// The table of roles in CONTRIBUTING.md: who may do what in a team.
func TestRolesDecideWhoManagesApps(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	admin, dev, other, viewer := f.person(t, "Ana", hub.Admin), f.person(t, "Dario", hub.Developer), f.person(t, "Olga", hub.Developer), f.person(t, "Vito", hub.Viewer)
	made := f.app(t, dev, "Sync")
	id := made.App.ClientID

	_, err := f.CreateApp(ctx, viewer, hub.NewApp{TeamID: f.team.ID, Name: "X", Scopes: []string{"read"}})
	wantForbidden(t, "CreateApp by a viewer", err)
	_, _, err = f.AddSecret(ctx, other, id, hub.NewSecret{})
	wantForbidden(t, "AddSecret by a developer to another's app", err)
	wantForbidden(t, "DeleteApp by a developer of another's app", f.DeleteApp(ctx, other, id))
	wantForbidden(t, "RevokeSecret by a viewer", f.RevokeSecret(ctx, viewer, id, made.Secret.ID, false))
	_, err = f.Invite(ctx, dev, f.team.ID, "new@example.com", hub.Viewer)
	wantForbidden(t, "Invite by a developer", err)

	if _, _, err := f.AddSecret(ctx, admin, id, hub.NewSecret{Label: "by Ana"}); err != nil {
		t.Errorf("AddSecret by an admin = %v, want nil", err)
	}
	if err := f.DeleteApp(ctx, dev, id); err != nil {
		t.Errorf("DeleteApp by its developer = %v, want nil", err)
	}
}

// ACC-14: what is another team's does not exist.
func TestAnotherTeamsAppDoesNotExist(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	made := f.app(t, f.person(t, "Ana", hub.Admin), "Sync")
	elsewhere, err := f.AddTeam(ctx, hub.OperatorActor(), "Elsewhere")
	if err != nil {
		t.Fatal(err)
	}
	f.team = elsewhere
	stranger := f.person(t, "Eve", hub.Admin)
	client := hub.Actor{Kind: hub.Client, ID: "c", TeamID: elsewhere.ID, Scopes: []string{"apps:write"}}
	for name, a := range map[string]hub.Actor{"admin of another team": stranger, "client of another team": client} {
		if _, _, err := f.AppFacts(ctx, a, made.App.ClientID); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("%s: AppFacts = %v, want db.ErrNotFound", name, err)
		}
		if err := f.DeleteApp(ctx, a, made.App.ClientID); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("%s: DeleteApp = %v, want db.ErrNotFound", name, err)
		}
	}
}

// Nobody raises rights by way of an app: admin-only scopes are an admin's to give, and a
// client gives only what it has.
func TestAdminOnlyScopes(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	want := hub.NewApp{TeamID: f.team.ID, Name: "Terraform", Scopes: []string{"apps:write"}}
	_, err := f.CreateApp(ctx, f.person(t, "Dario", hub.Developer), want)
	wantInvalid(t, "CreateApp with apps:write by a developer", err, "scope")
	_, err = f.CreateApp(ctx, hub.Actor{Kind: hub.Client, ID: "c", TeamID: f.team.ID, Scopes: []string{"read"}}, want)
	wantInvalid(t, "CreateApp with apps:write by a client without it", err, "scope")
	if _, err := f.CreateApp(ctx, f.person(t, "Ana", hub.Admin), want); err != nil {
		t.Errorf("CreateApp with apps:write by an admin = %v, want nil", err)
	}
}
