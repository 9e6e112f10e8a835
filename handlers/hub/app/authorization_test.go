package hub_test

import (
	"context"
	"errors"
	"testing"

	"gatepost/db"
	"gatepost/handlers/hub"
)

func TestAuthorizationsAreTheirPersons(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, bob := f.person(t, "Ana", hub.Admin), f.person(t, "Bob", hub.Viewer)
	app := f.nativeApp(t, ana)
	family := f.family(t, app, bob)
	list, err := f.Authorizations(ctx, bob)
	if err != nil || len(list) != 1 || list[0].AppName != app.Name {
		t.Fatalf("Authorizations = %+v, %v, want the one app", list, err)
	}
	if err := f.RevokeAuthorization(ctx, ana, list[0].ID); !errors.Is(err, db.ErrNotFound) || !f.alive(t, family) {
		t.Errorf("RevokeAuthorization by another person = %v, want ErrNotFound", err)
	}
	if err := f.RevokeAuthorization(ctx, bob, list[0].ID); err != nil || f.alive(t, family) {
		t.Errorf("RevokeAuthorization = %v, family alive %t, want nil, false", err, f.alive(t, family))
	}
}

func TestTokensOfAnAppAreItsManagersToRevoke(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, dev, eve := f.person(t, "Ana", hub.Admin), f.person(t, "Dev", hub.Developer), f.person(t, "Eve", hub.Developer)
	app := f.nativeApp(t, dev)
	first, second := f.family(t, app, ana), f.family(t, app, ana)
	wantForbidden(t, "RevokeToken by another developer", f.RevokeToken(ctx, eve, app.ClientID, first.ID))
	wantForbidden(t, "RevokeTokens by another developer", f.RevokeTokens(ctx, eve, app.ClientID))
	if err := f.RevokeToken(ctx, dev, app.ClientID, first.ID); err != nil || f.alive(t, first) || !f.alive(t, second) {
		t.Errorf("RevokeToken = %v, the one alive %t, the other %t, want nil, false, true", err, f.alive(t, first), f.alive(t, second))
	}
	if err := f.RevokeTokens(ctx, ana, app.ClientID); err != nil || f.alive(t, second) {
		t.Errorf("RevokeTokens = %v, family alive %t, want nil, false", err, f.alive(t, second))
	}
}
