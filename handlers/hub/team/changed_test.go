package team_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"gatepost/handlers/hub"
	"gatepost/handlers/hub/team"
)

// A rule that was told what its caller saw changes nothing else, and says what is there now.
func TestWhatTheCallerSawIsCheckedInTheTransaction(t *testing.T) {
	f := newFixture(t)
	ctx := context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	dan := f.Join(t, "Dan", hub.Developer)
	seen, err := f.Teams.Rules(ctx, ana, f.OwnTeam.ID)
	if err != nil {
		t.Fatal(err)
	}
	saved := team.Rules{MaxSecretDays: 90, WarnDays: []int{7}}
	if err := f.Teams.SaveRules(ctx, ana, f.OwnTeam.ID, &seen, saved); err != nil {
		t.Fatalf("SaveRules of what was seen = %v", err)
	}
	name := team.SettingsOf(f.OwnTeam)
	name.Name = "Another"
	role := hub.Viewer
	for what, err := range map[string]error{
		"SaveRules":      f.Teams.SaveRules(ctx, ana, f.OwnTeam.ID, &seen, team.Rules{MaxSecretDays: 30}),
		"Change":         f.Teams.Change(ctx, ana, f.OwnTeam.ID, team.Change{Name: new("Third"), Seen: &name}),
		"ChangeRoleFrom": f.Teams.ChangeRoleFrom(ctx, ana, f.OwnTeam.ID, dan.ID, &role, hub.Admin),
	} {
		var changed *hub.Changed
		if !errors.As(err, &changed) || !errors.Is(err, hub.ErrChanged) {
			t.Errorf("%s of what was changed since = %v, want *hub.Changed", what, err)
		}
	}
	var changed *hub.Changed
	if err := f.Teams.SaveRules(ctx, ana, f.OwnTeam.ID, &seen, seen); !errors.As(err, &changed) || !reflect.DeepEqual(changed.Now, saved) {
		t.Errorf("SaveRules = %v, want the rules of now in it", err)
	}
	if now, err := f.Teams.Rules(ctx, ana, f.OwnTeam.ID); err != nil || !reflect.DeepEqual(now, saved) {
		t.Errorf("Rules after refused changes = %v, %v, want %v", now, err, saved)
	}
}
