package account_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
	"gatepost/handlers/hub/catalogue"
	"gatepost/handlers/hub/hubtest"
	"gatepost/handlers/secret"
)

func TestPersonalTokens(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	dev, viewer := f.Join(t, "Dev", hub.Developer), f.Join(t, "Vera", hub.Viewer)
	owner := f.SignedIn(hub.Actor{Kind: hub.Person, ID: dev.ID, Owner: true})
	good := account.NewPersonalToken{Name: "laptop", Scopes: []string{"read"}, ExpiresAt: f.Clock.Now().Add(7 * 24 * time.Hour), Once: "form"}
	made, err := f.Accounts.CreatePersonalToken(ctx, dev, good)
	if err != nil || !secret.WellFormed(secret.PersonalToken, made.Plain) {
		t.Fatalf("CreatePersonalToken = well-formed %t, %v, want a token", secret.WellFormed(secret.PersonalToken, made.Plain), err)
	}
	stored, err := f.DB.PersonalTokenByHash(ctx, secret.HashToken(made.Plain))
	if err != nil || stored.PersonID != dev.ID || stored.Hint != made.Plain[len(made.Plain)-4:] {
		t.Errorf("PersonalTokenByHash = %+v, %v, want the token of its person", stored, err)
	}
	var again *hub.AlreadyDone
	if _, err := f.Accounts.CreatePersonalToken(ctx, dev, good); !errors.As(err, &again) {
		t.Errorf("CreatePersonalToken with the same one-time key = %v, want AlreadyDone", err)
	}
	hubtest.WantForbidden(t, "CreatePersonalToken by a viewer", hubtest.Err(f.Accounts.CreatePersonalToken(ctx, viewer, good)))

	with := func(change func(*account.NewPersonalToken)) account.NewPersonalToken {
		c := good
		c.Once = ""
		change(&c)
		return c
	}
	for _, c := range []struct {
		field string
		in    account.NewPersonalToken
	}{
		{"name", with(func(c *account.NewPersonalToken) { c.Name = " " })},
		{"scopes", with(func(c *account.NewPersonalToken) { c.Scopes = []string{"everything"} })},
		{"expires_at", with(func(c *account.NewPersonalToken) { c.ExpiresAt = f.Clock.Now() })},
		{"expires_at", with(func(c *account.NewPersonalToken) { c.ExpiresAt = time.Time{} })},
	} {
		hubtest.WantInvalid(t, "CreatePersonalToken", hubtest.Err(f.Accounts.CreatePersonalToken(ctx, dev, c.in)), c.field)
	}
	hubtest.WantInvalid(t, "CreatePersonalToken without scopes", hubtest.Err(f.Accounts.CreatePersonalToken(ctx, dev, with(func(c *account.NewPersonalToken) { c.Scopes = nil }))), "scopes")
	hubtest.WantInvalid(t, "CreatePersonalToken for two years", hubtest.Err(f.Accounts.CreatePersonalToken(ctx, dev, with(func(c *account.NewPersonalToken) { c.ExpiresAt = f.Clock.Now().AddDate(2, 0, 0) }))), "expires_at")

	hubtest.WantForbidden(t, "ChangeSettings by a developer", f.Catalogue.ChangeSettings(ctx, dev, catalogue.SettingsChange{NoExpiry: new(true)}))
	if err := f.Catalogue.ChangeSettings(ctx, owner, catalogue.SettingsChange{NoExpiry: new(true)}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Accounts.CreatePersonalToken(ctx, dev, with(func(c *account.NewPersonalToken) { c.ExpiresAt = time.Time{} })); err != nil {
		t.Errorf("CreatePersonalToken without an expiry, which the portal allows = %v, want nil", err)
	}
	if err := f.Accounts.RevokePersonalToken(ctx, viewer, made.ID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("RevokePersonalToken by another person = %v, want ErrNotFound", err)
	}
	if err := f.Accounts.RevokePersonalToken(ctx, dev, made.ID); err != nil {
		t.Errorf("RevokePersonalToken = %v, want nil", err)
	}
	if err := f.Accounts.RevokePersonalToken(ctx, dev, made.ID); !errors.Is(err, hub.ErrTokenEnded) {
		t.Errorf("RevokePersonalToken again = %v, want ErrTokenEnded", err)
	}
}

// A token can't create one with more scopes or a later expiry than its own, and an app can't create any for
// the person it acts for.
func TestATokenMakesNoStrongerOne(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	dev := f.Join(t, "Dev", hub.Developer)
	byToken := dev
	byToken.Scopes, byToken.Personal, byToken.TokenEnds = []string{"account:write", "read"}, true, f.Clock.Now().Add(48*time.Hour)
	in := func(end time.Time, scopes ...string) account.NewPersonalToken {
		return account.NewPersonalToken{Name: "Job", Scopes: scopes, ExpiresAt: end}
	}
	soon := f.Clock.Now().Add(24 * time.Hour)
	if _, err := f.Accounts.CreatePersonalToken(ctx, byToken, in(byToken.TokenEnds, "read")); err != nil {
		t.Errorf("CreatePersonalToken with some of the token's scopes, until its expiry = %v, want nil", err)
	}
	hubtest.WantLacks(t, "CreatePersonalToken with another scope", hubtest.Err(f.Accounts.CreatePersonalToken(ctx, byToken, in(soon, "write"))), "write")
	hubtest.WantInvalid(t, "CreatePersonalToken for longer", hubtest.Err(f.Accounts.CreatePersonalToken(ctx, byToken, in(soon.AddDate(0, 1, 0), "read"))), "expires_at")
	if err := f.Catalogue.ChangeSettings(ctx, f.SignedIn(hub.Actor{Kind: hub.Person, ID: dev.ID, Owner: true}), catalogue.SettingsChange{NoExpiry: new(true)}); err != nil {
		t.Fatal(err)
	}
	hubtest.WantInvalid(t, "CreatePersonalToken without an expiry", hubtest.Err(f.Accounts.CreatePersonalToken(ctx, byToken, in(time.Time{}, "read"))), "expires_at")
	byApp := byToken
	byApp.Personal = false
	hubtest.WantForbidden(t, "CreatePersonalToken by an app for a person", hubtest.Err(f.Accounts.CreatePersonalToken(ctx, byApp, in(soon, "read"))))
}
