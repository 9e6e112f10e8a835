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

// A token makes no other that may do more than itself, or that outlives it; an app makes none
// for the person who lets it act for them.
func TestATokenMakesNoStrongerOne(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	dev := f.person(t, "Dev", hub.Developer)
	byToken := dev
	byToken.Scopes, byToken.Personal, byToken.TokenEnds = []string{"account:write", "read"}, true, f.clock.Now().Add(48*time.Hour)
	in := func(end time.Time, scopes ...string) hub.NewPersonalToken {
		return hub.NewPersonalToken{Name: "Job", Scopes: scopes, ExpiresAt: end}
	}
	soon := f.clock.Now().Add(24 * time.Hour)
	if _, err := f.CreatePersonalToken(ctx, byToken, in(byToken.TokenEnds, "read")); err != nil {
		t.Errorf("CreatePersonalToken with a part of the token's scopes, to its end = %v, want nil", err)
	}
	wantInvalid(t, "CreatePersonalToken with another scope", second(f.CreatePersonalToken(ctx, byToken, in(soon, "write"))), "scope")
	wantInvalid(t, "CreatePersonalToken for longer", second(f.CreatePersonalToken(ctx, byToken, in(soon.AddDate(0, 1, 0), "read"))), "expires")
	if err := f.ChangePortal(ctx, hub.Actor{Kind: hub.Person, ID: dev.ID, Owner: true}, hub.PortalChange{NoEnd: new(true)}); err != nil {
		t.Fatal(err)
	}
	wantInvalid(t, "CreatePersonalToken without an end", second(f.CreatePersonalToken(ctx, byToken, in(time.Time{}, "read"))), "expires")
	byApp := byToken
	byApp.Personal = false
	wantForbidden(t, "CreatePersonalToken by an app for a person", second(f.CreatePersonalToken(ctx, byApp, in(soon, "read"))))
}
