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

// AUT-22: an app that acts for an owner has no rights of an owner, and reaches the teams that they chose
// with the role that they have there.
func TestAppsTokenHasNoOwnersRights(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	owner := f.Join(t, "Olga", hub.Developer)
	owner.Owner = true
	elsewhere, err := f.Teams.Add(ctx, hub.OperatorActor(), "Elsewhere")
	if err != nil {
		t.Fatal(err)
	}
	byApp := owner
	byApp.Scopes, byApp.Teams = []string{"apps:write", "portal:write"}, []string{f.OwnTeam.ID, elsewhere.ID}
	personal := owner
	personal.Scopes, personal.Personal = byApp.Scopes, true
	for name, c := range map[string]struct {
		actor hub.Actor
		owns  bool
	}{"a session": {owner, true}, "a personal token": {personal, true}, "an app's token": {byApp, false}} {
		_, err := f.Rights(ctx, c.actor, elsewhere.ID)
		if missing := errors.Is(err, db.ErrNotFound); missing == c.owns {
			t.Errorf("Rights of %s of an owner in a foreign team = %v, want rights: %t", name, err, c.owns)
		}
		r, err := f.Rights(ctx, c.actor, f.OwnTeam.ID)
		if err != nil || r.Manage != c.owns {
			t.Errorf("Rights of %s of an owner who is a developer = %+v, %v, want to manage: %t", name, r, err, c.owns)
		}
		if err := f.MayOwn(ctx, c.actor, "x"); (err == nil) != c.owns {
			t.Errorf("MayOwn of %s = %v, want nil: %t", name, err, c.owns)
		}
		teams, err := f.Teams.Of(ctx, c.actor)
		if all := len(teams) > 1; err != nil || all != c.owns {
			t.Errorf("Of(%s) = %v, %v, want all teams: %t", name, teams, err, c.owns)
		}
		if _, err := f.Teams.Add(ctx, c.actor, "Made by "+name); (err == nil) != c.owns {
			t.Errorf("Add of a team by %s = %v, want nil: %t", name, err, c.owns)
		}
	}
}

// AUT-22: an app can't end a membership of its person in a team that it isn't let into.
func TestAppDoesNotLeaveATeamThatItDoesNotReach(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	f.Join(t, "Ana", hub.Admin)
	dario := f.Join(t, "Dario", hub.Developer)
	byApp := dario
	byApp.Scopes, byApp.Teams = []string{"team:write"}, []string{}
	if _, err := f.Teams.RemoveMember(ctx, byApp, f.OwnTeam.ID, dario.ID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("RemoveMember of its own person = %v, want db.ErrNotFound", err)
	}
	if apps, err := f.Apps.List(ctx, byApp, ""); err != nil || len(apps) != 0 {
		t.Errorf("List of all apps = %v, %v, want none", apps, err)
	}
}
