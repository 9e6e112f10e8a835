package app_test

import (
	"context"
	"errors"
	"testing"

	"gatepost/db"
	"gatepost/handlers/hub"
)

func TestAuthorizationsAreTheirPersons(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, bob := f.Join(t, "Ana", hub.Admin), f.Join(t, "Bob", hub.Viewer)
	app := f.MakeNativeApp(t, ana)
	family := f.MakeFamily(t, app, bob)
	list, err := f.Apps.Authorizations(ctx, bob)
	if err != nil || len(list) != 1 || list[0].AppName != app.Name {
		t.Fatalf("Authorizations = %+v, %v, want the one app", list, err)
	}
	if err := f.Apps.RevokeAuthorization(ctx, ana, list[0].ID); !errors.Is(err, db.ErrNotFound) || !f.FamilyLives(t, family) {
		t.Errorf("RevokeAuthorization by another person = %v, want ErrNotFound", err)
	}
	if err := f.Apps.RevokeAuthorization(ctx, bob, list[0].ID); err != nil || f.FamilyLives(t, family) {
		t.Errorf("RevokeAuthorization = %v, family alive %t, want nil, false", err, f.FamilyLives(t, family))
	}
}
