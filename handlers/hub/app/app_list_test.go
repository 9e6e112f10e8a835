package app_test

import (
	"context"
	"errors"
	"testing"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/hubtest"
)

// Members see the apps of their teams, but viewers none, and a client sees those of its team.
func TestListIsWhatTheActorSees(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	dev, viewer := f.Join(t, "Dario", hub.Developer), f.Join(t, "Vito", hub.Viewer)
	made := f.MakeApp(t, dev, "Sync")
	client := hub.Actor{Kind: hub.Client, ID: "c", TeamID: f.OwnTeam.ID, Scopes: []string{"apps:read"}}
	for _, c := range []struct {
		who     hub.Actor
		OwnTeam string
		want    int
	}{{dev, "", 1}, {dev, f.OwnTeam.ID, 1}, {viewer, "", 0}, {client, "", 1}, {client, f.OwnTeam.ID, 1}} {
		apps, err := f.Apps.List(ctx, c.who, c.OwnTeam)
		if err != nil || len(apps) != c.want || c.want > 0 && apps[0].ClientID != made.App.ClientID {
			t.Errorf("List(%s, %q) = %v, %v; want %d apps", c.who.Name, c.OwnTeam, apps, err, c.want)
		}
	}
	_, err := f.Apps.List(ctx, viewer, f.OwnTeam.ID)
	hubtest.WantForbidden(t, "List of a team by a viewer", err)
	for _, a := range []hub.Actor{dev, client} {
		if _, err := f.Apps.List(ctx, a, "elsewhere"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("List of another team = %v, want db.ErrNotFound", err)
		}
	}
}
