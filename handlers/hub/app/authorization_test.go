package app_test

import (
	"context"
	"errors"
	"testing"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/hubtest"
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

func TestTokensOfAnAppAreItsManagersToRevoke(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, dev, eve := f.Join(t, "Ana", hub.Admin), f.Join(t, "Dev", hub.Developer), f.Join(t, "Eve", hub.Developer)
	app := f.MakeNativeApp(t, dev)
	first, second := f.MakeFamily(t, app, ana), f.MakeFamily(t, app, ana)
	hubtest.WantForbidden(t, "RevokeToken by another developer", f.Apps.RevokeToken(ctx, eve, app.ClientID, first.ID))
	hubtest.WantForbidden(t, "RevokeTokens by another developer", f.Apps.RevokeTokens(ctx, eve, app.ClientID))
	if err := f.Apps.RevokeToken(ctx, dev, app.ClientID, first.ID); err != nil || f.FamilyLives(t, first) || !f.FamilyLives(t, second) {
		t.Errorf("RevokeToken = %v, the one alive %t, the other %t, want nil, false, true", err, f.FamilyLives(t, first), f.FamilyLives(t, second))
	}
	if err := f.Apps.RevokeTokens(ctx, ana, app.ClientID); err != nil || f.FamilyLives(t, second) {
		t.Errorf("RevokeTokens = %v, family alive %t, want nil, false", err, f.FamilyLives(t, second))
	}
}
