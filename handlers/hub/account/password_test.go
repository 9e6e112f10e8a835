package account_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
	"gatepost/handlers/hub/catalogue"
	"gatepost/handlers/hub/hubtest"
)

// ACC-03: a length, any characters and a blocklist, but no rules about kinds of characters.
func TestPasswordRules(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	add := func(password string) error {
		_, err := f.Accounts.AddPerson(ctx, hub.OperatorActor(), account.NewPerson{Email: "giulia.verdi@example.com", Name: "Giulia Verdi", Password: &password})
		return err
	}
	for _, bad := range []string{
		"short", "elevenchars", strings.Repeat("a", 257), "aaaaaaaaaaaaaaaa", "123456789012345", "1Q2W3E4R5T6Y",
		"qwertyqwerty12", "gatepost2026!", "GiuliaVerdi2026", "giulia.verdi1", "bad \xff utf8 bytes",
	} {
		hubtest.WantInvalid(t, "AddPerson with the password "+strings.ToValidUTF8(bad, "?"), add(bad), "password")
	}
	if err := add("пароль из слов, ясно"); err != nil {
		t.Errorf("AddPerson with a long password of any alphabet = %v, want nil", err)
	}
}

func TestPasswordChangeEndsOtherSessions(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	err := f.DB.Tx(ctx, func(tx *db.Tx) error {
		person, err := tx.Person(ctx, ana.ID)
		if err != nil {
			return err
		}
		for _, id := range []string{"here", "there"} {
			if err := tx.InsertSession(ctx, db.Session{ID: id, PersonID: ana.ID, Data: []byte{}, CreatedAt: tx.Now, LastSeenAt: tx.Now, ExpiresAt: tx.Now.Add(time.Hour)}, person.PasswordChangedAt); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	hubtest.WantInvalid(t, "ChangePassword with a wrong one", hubtest.Err(f.Accounts.ChangePassword(ctx, ana, "here", "not my password", "another good passphrase", account.EndAll)), "current_password")
	if _, err := f.Accounts.ChangePassword(ctx, ana, "here", hubtest.Password, "another good passphrase", account.EndAll); err != nil {
		t.Fatal(err)
	}
	list, err := f.Accounts.Sessions(ctx, ana)
	if err != nil || len(list) != 1 || list[0].ID != "here" {
		t.Errorf("Sessions after the change = %v, %v, want only the one that changed it", list, err)
	}
}

// ACC-03: owners can require 15 characters.
func TestLongPasswords(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	add := func(email, password string) error {
		_, err := f.Accounts.AddPerson(ctx, hub.OperatorActor(), account.NewPerson{Email: email, Name: "Giulia Verdi", Password: &password})
		return err
	}
	if err := add("one@example.com", "blue otters 7"); err != nil {
		t.Errorf("AddPerson with 13 characters = %v, want nil", err)
	}
	ana := f.Join(t, "Ana", hub.Admin)
	hubtest.WantForbidden(t, "ChangeSettings by an admin", f.Catalogue.ChangeSettings(ctx, ana, catalogue.SettingsChange{LongPasswords: new(true)}))
	ana.Owner = true
	if err := f.Catalogue.ChangeSettings(ctx, ana, catalogue.SettingsChange{LongPasswords: new(true)}); err != nil {
		t.Fatal(err)
	}
	hubtest.WantInvalid(t, "AddPerson with 13 characters where 15 are required", add("two@example.com", "blue otters 7"), "password")
	if err := add("two@example.com", "blue otters 789"); err != nil {
		t.Errorf("AddPerson with 15 characters = %v, want nil", err)
	}
	if _, err := f.Accounts.SignIn(ctx, hub.Actor{}, "one@example.com", "blue otters 7"); err != nil {
		t.Errorf("SignIn with an older, shorter password = %v, want nil", err)
	}
}

// REF-06, RFC 9700 section 4.14.2.
func TestPasswordChangeEndsWhatAppsMayDo(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, bob := f.Join(t, "Ana", hub.Admin), f.Join(t, "Bob", hub.Developer)
	app := f.MakeNativeApp(t, ana)
	mine, other := f.MakeFamily(t, app, ana), f.MakeFamily(t, app, bob)
	if _, err := f.Accounts.ChangePassword(ctx, ana, "", hubtest.Password, "another violet anchor", account.EndAll); err != nil {
		t.Fatal(err)
	}
	if f.FamilyLives(t, mine) || !f.FamilyLives(t, other) {
		t.Errorf("after Ana's change of password: Ana's family live %t, Bob's %t, want false, true", f.FamilyLives(t, mine), f.FamilyLives(t, other))
	}
	kept := f.MakeFamily(t, app, ana)
	if err := f.Accounts.EndOtherSessions(ctx, ana, "", false); err != nil || !f.FamilyLives(t, kept) {
		t.Errorf("EndOtherSessions without the apps = %v, family live %t, want nil, true", err, f.FamilyLives(t, kept))
	}
	if err := f.Accounts.EndOtherSessions(ctx, ana, "", true); err != nil || f.FamilyLives(t, kept) {
		t.Errorf("EndOtherSessions with the apps = %v, family live %t, want nil, false", err, f.FamilyLives(t, kept))
	}
}
