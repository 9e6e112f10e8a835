package hub_test

import (
	"context"
	"errors"
	"testing"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/hub/hubtest"
)

// The table of roles in CONTRIBUTING.md: who may do what in a team.
func TestRolesDecideWhoManagesApps(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	admin, dev, other, viewer := f.Join(t, "Ana", hub.Admin), f.Join(t, "Dario", hub.Developer), f.Join(t, "Olga", hub.Developer), f.Join(t, "Vito", hub.Viewer)
	made := f.MakeApp(t, dev, "Sync")
	id := made.App.ClientID

	_, err := f.Apps.Create(ctx, viewer, app.NewApp{TeamID: f.OwnTeam.ID, Name: "X", Scopes: []string{"read"}})
	hubtest.WantForbidden(t, "Create by a viewer", err)
	_, _, err = f.Apps.AddSecret(ctx, other, id, app.NewSecret{})
	hubtest.WantForbidden(t, "AddSecret by a developer to another's app", err)
	hubtest.WantForbidden(t, "Delete by a developer of another's app", f.Apps.Delete(ctx, other, id))
	hubtest.WantForbidden(t, "RevokeSecret by a viewer", f.Apps.RevokeSecret(ctx, viewer, id, made.Secret.ID, false))
	_, err = f.Teams.Invite(ctx, dev, f.OwnTeam.ID, "new@example.com", hub.Viewer)
	hubtest.WantForbidden(t, "Invite by a developer", err)

	if _, _, err := f.Apps.AddSecret(ctx, admin, id, app.NewSecret{Label: "by Ana"}); err != nil {
		t.Errorf("AddSecret by an admin = %v, want nil", err)
	}
	if err := f.Apps.Delete(ctx, dev, id); err != nil {
		t.Errorf("Delete by its developer = %v, want nil", err)
	}
}

// ACC-14: another team's app looks like one that doesn't exist.
func TestAnotherTeamsAppDoesNotExist(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	made := f.MakeApp(t, f.Join(t, "Ana", hub.Admin), "Sync")
	elsewhere, err := f.Teams.Add(ctx, hub.OperatorActor(), "Elsewhere")
	if err != nil {
		t.Fatal(err)
	}
	f.OwnTeam = elsewhere
	stranger := f.Join(t, "Eve", hub.Admin)
	client := hub.Actor{Kind: hub.Client, ID: "c", TeamID: elsewhere.ID, Scopes: []string{"apps:write"}}
	for name, a := range map[string]hub.Actor{"admin of another team": stranger, "client of another team": client} {
		if _, _, err := f.Apps.Facts(ctx, a, made.App.ClientID); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("%s: Facts = %v, want db.ErrNotFound", name, err)
		}
		if err := f.Apps.Delete(ctx, a, made.App.ClientID); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("%s: Delete = %v, want db.ErrNotFound", name, err)
		}
	}
}

// Nobody gains rights through an app: only admins grant admin-only scopes, and a client grants only
// scopes that it has itself.
func TestAdminOnlyScopes(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	want := app.NewApp{TeamID: f.OwnTeam.ID, Name: "Terraform", Scopes: []string{"apps:write"}}
	_, err := f.Apps.Create(ctx, f.Join(t, "Dario", hub.Developer), want)
	hubtest.WantInvalid(t, "Create with apps:write by a developer", err, "scopes")
	_, err = f.Apps.Create(ctx, hub.Actor{Kind: hub.Client, ID: "c", TeamID: f.OwnTeam.ID, Scopes: []string{"read"}}, want)
	hubtest.WantLacks(t, "Create with apps:write by a client without it", err, "apps:write")
	if _, err := f.Apps.Create(ctx, f.Join(t, "Ana", hub.Admin), want); err != nil {
		t.Errorf("Create with apps:write by an admin = %v, want nil", err)
	}
}
