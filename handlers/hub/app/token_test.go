package app_test

import (
	"context"
	"testing"

	"gatepost/handlers/hub"
	"gatepost/handlers/hub/hubtest"
)

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
