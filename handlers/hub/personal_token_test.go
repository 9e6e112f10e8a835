package hub_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
)

func TestPersonalTokens(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	dev, viewer := f.person(t, "Dev", hub.Developer), f.person(t, "Vera", hub.Viewer)
	owner := hub.Actor{Kind: hub.Person, ID: dev.ID, Owner: true}
	good := hub.NewPersonalToken{Name: "laptop", Scopes: []string{"read"}, ExpiresAt: f.clock.Now().Add(7 * 24 * time.Hour), Once: "form"}
	made, err := f.CreatePersonalToken(ctx, dev, good)
	if err != nil || !secret.WellFormed(secret.PersonalToken, made.Plain) {
		t.Fatalf("CreatePersonalToken = well-formed %t, %v, want a token", secret.WellFormed(secret.PersonalToken, made.Plain), err)
	}
	stored, err := f.db.PersonalTokenByHash(ctx, secret.HashToken(made.Plain))
	if err != nil || stored.PersonID != dev.ID || stored.Hint != made.Plain[len(made.Plain)-4:] {
		t.Errorf("PersonalTokenByHash = %+v, %v, want the token of its person", stored, err)
	}
	var again *hub.AlreadyDone
	if _, err := f.CreatePersonalToken(ctx, dev, good); !errors.As(err, &again) {
		t.Errorf("CreatePersonalToken by the same form = %v, want AlreadyDone", err)
	}
	wantForbidden(t, "CreatePersonalToken by a viewer", second(f.CreatePersonalToken(ctx, viewer, good)))

	with := func(change func(*hub.NewPersonalToken)) hub.NewPersonalToken {
		c := good
		c.Once = ""
		change(&c)
		return c
	}
	for field, in := range map[string]hub.NewPersonalToken{
		"name":       with(func(c *hub.NewPersonalToken) { c.Name = " " }),
		"scope":      with(func(c *hub.NewPersonalToken) { c.Scopes = []string{"everything"} }),
		"expires_on": with(func(c *hub.NewPersonalToken) { c.ExpiresAt = f.clock.Now() }),
		"expires":    with(func(c *hub.NewPersonalToken) { c.ExpiresAt = time.Time{} }),
	} {
		wantInvalid(t, "CreatePersonalToken", second(f.CreatePersonalToken(ctx, dev, in)), field)
	}
	wantInvalid(t, "CreatePersonalToken without scopes", second(f.CreatePersonalToken(ctx, dev, with(func(c *hub.NewPersonalToken) { c.Scopes = nil }))), "scope")
	wantInvalid(t, "CreatePersonalToken for two years", second(f.CreatePersonalToken(ctx, dev, with(func(c *hub.NewPersonalToken) { c.ExpiresAt = f.clock.Now().AddDate(2, 0, 0) }))), "expires_on")

	wantForbidden(t, "ChangePortal by a developer", f.ChangePortal(ctx, dev, hub.PortalChange{NoEnd: new(true)}))
	if err := f.ChangePortal(ctx, owner, hub.PortalChange{NoEnd: new(true)}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.CreatePersonalToken(ctx, dev, with(func(c *hub.NewPersonalToken) { c.ExpiresAt = time.Time{} })); err != nil {
		t.Errorf("CreatePersonalToken without an end, which the owner allows = %v, want nil", err)
	}
	if err := f.RevokePersonalToken(ctx, viewer, made.ID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("RevokePersonalToken by another person = %v, want ErrNotFound", err)
	}
	if err := f.RevokePersonalToken(ctx, dev, made.ID); err != nil {
		t.Errorf("RevokePersonalToken = %v, want nil", err)
	}
	if err := f.RevokePersonalToken(ctx, dev, made.ID); !errors.Is(err, hub.ErrTokenEnded) {
		t.Errorf("RevokePersonalToken again = %v, want ErrTokenEnded", err)
	}
}

// family gives an app a yes of a person.
func (f *fixture) family(t *testing.T, app db.App, person hub.Actor) db.Family {
	t.Helper()
	family := db.Family{ID: secret.ID(), ClientID: app.ClientID, PersonID: person.ID, Scope: "read", CreatedAt: f.clock.Now(), ExpiresAt: f.clock.Now().Add(time.Hour)}
	err := f.db.Tx(context.Background(), func(tx *db.Tx) error {
		if _, err := tx.KeepAuthorization(context.Background(), person.ID, app.ClientID, []string{"read"}, secret.ID()); err != nil {
			return err
		}
		return tx.InsertFamily(context.Background(), family)
	})
	if err != nil {
		t.Fatal(err)
	}
	return family
}

func (f *fixture) alive(t *testing.T, family db.Family) bool {
	t.Helper()
	got, err := f.db.Family(context.Background(), family.ID)
	if err != nil {
		t.Fatal(err)
	}
	return got.RevokedAt.IsZero()
}

// REF-06, RFC 9700 section 4.14.2.
func TestPasswordChangeEndsWhatAppsMayDo(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, bob := f.person(t, "Ana", hub.Admin), f.person(t, "Bob", hub.Developer)
	app := f.nativeApp(t, ana)
	mine, other := f.family(t, app, ana), f.family(t, app, bob)
	if err := f.ChangePassword(ctx, ana, "", goodPassword, "another violet anchor"); err != nil {
		t.Fatal(err)
	}
	if f.alive(t, mine) || !f.alive(t, other) {
		t.Errorf("after Ana's change of password: Ana's family alive %t, Bob's %t, want false, true", f.alive(t, mine), f.alive(t, other))
	}
	kept := f.family(t, app, ana)
	if err := f.EndOtherSessions(ctx, ana, "", false); err != nil || !f.alive(t, kept) {
		t.Errorf("EndOtherSessions without the apps = %v, family alive %t, want nil, true", err, f.alive(t, kept))
	}
	if err := f.EndOtherSessions(ctx, ana, "", true); err != nil || f.alive(t, kept) {
		t.Errorf("EndOtherSessions with the apps = %v, family alive %t, want nil, false", err, f.alive(t, kept))
	}
}

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

func addAPI(ctx context.Context, f *fixture, a hub.Actor, name, audience string) error {
	_, err := f.AddAPI(ctx, a, name, audience, "")
	return err
}

func TestAPIsAreTheOwners(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.person(t, "Ana", hub.Admin)
	owner := hub.Actor{Kind: hub.Person, ID: ana.ID, Owner: true}
	wantForbidden(t, "AddAPI by an admin", addAPI(ctx, f, ana, "Meters", "https://api.example"))
	byToken := owner
	byToken.Scopes = []string{"apps:write"}
	wantForbidden(t, "AddAPI by an app's token for an owner", addAPI(ctx, f, byToken, "Meters", "https://api.example"))
	byToken.Personal = true
	if err := addAPI(ctx, f, byToken, "Gauges", "https://gauges.example"); err != nil {
		t.Errorf("AddAPI by an owner's personal token = %v, want nil", err)
	}
	for _, bad := range []string{"", "meters", "/api", "https://api.example/#x", "https://api.example/ b", "https://portal.example.com"} {
		wantInvalid(t, "AddAPI with the audience "+bad, addAPI(ctx, f, owner, "Meters", bad), "audience")
	}
	for _, good := range []string{"https://api.example", "urn:example:meters"} {
		if err := addAPI(ctx, f, owner, "Meters", good); err != nil {
			t.Errorf("AddAPI(%s) = %v, want nil", good, err)
		}
	}
	wantInvalid(t, "AddAPI twice", addAPI(ctx, f, owner, "Meters", "https://api.example"), "audience")
	list, err := f.APIs(ctx, owner)
	if err != nil || len(list) != 3 {
		t.Fatalf("APIs = %v, %v, want three", list, err)
	}
	if err := f.RemoveAPI(ctx, owner, list[0].ID); err != nil {
		t.Errorf("RemoveAPI = %v, want nil", err)
	}
	if err := f.RemoveAPI(ctx, owner, list[0].ID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("RemoveAPI again = %v, want ErrNotFound", err)
	}
}
