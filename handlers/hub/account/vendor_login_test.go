package account_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/hub/catalogue"
	"gatepost/handlers/hub/hubtest"
)

// All refusals are the same error, and are recorded even if there is no account: the time of a commit can
// be measured.
func TestVendorLoginsThatAreRefusedAreAlike(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	dev := f.Join(t, "dev", hub.Developer)
	other, err := f.Teams.Add(ctx, hub.OperatorActor(), "Elsewhere")
	if err != nil {
		t.Fatal(err)
	}
	stranger := hub.Actor{Kind: hub.Person, Address: "203.0.113.7"}
	email := "dev@example.com"
	for what, try := range map[string][3]string{
		"a wrong password":             {f.OwnTeam.SolutionKey, email, "wrong"},
		"an unknown account":           {f.OwnTeam.SolutionKey, "nobody@example.com", hubtest.Password},
		"an unknown solution key":      {"made-up", email, hubtest.Password},
		"the key of another team":      {other.SolutionKey, email, hubtest.Password},
		"no solution key":              {"", email, hubtest.Password},
		"a solution key of 100,000":    {strings.Repeat("k", 100_000), email, hubtest.Password},
		"a username of 50,000 letters": {f.OwnTeam.SolutionKey, strings.Repeat("x", 50_000), hubtest.Password},
	} {
		_, _, err := f.Accounts.VendorLogin(ctx, stranger, try[0], try[1], try[2])
		if !errors.Is(err, hub.ErrWrongPassword) {
			t.Errorf("VendorLogin with %s = %v, want ErrWrongPassword", what, err)
		}
	}
	refused, err := f.DB.OpenRefusals(ctx, 50)
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]int{}
	for _, r := range refused {
		of[r.PersonID] += r.Count
	}
	if want := map[string]int{"": 2, dev.ID: 5}; !maps.Equal(of, want) {
		t.Errorf("refusals counted by person = %v, want %v", of, want)
	}
	p, client, err := f.Accounts.VendorLogin(ctx, stranger, f.OwnTeam.SolutionKey, " DEV@example.com ", hubtest.Password)
	if err != nil || p.ID != dev.ID || client.TeamID != f.OwnTeam.ID {
		t.Fatalf("VendorLogin = %v, %v, %v, want dev in the team", p.ID, client.TeamID, err)
	}
}

// A solution key has its own limit, whoever tries from wherever: beyond it, each place has one try a minute,
// so that nobody who knows the key keeps the team out.
func TestVendorLoginsAreLimitedByTeam(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	f.Join(t, "dev", hub.Developer)
	login := func(i int, email, password string) error {
		a := hub.Actor{Kind: hub.Person, Address: fmt.Sprintf("203.0.113.%d", i)}
		_, _, err := f.Accounts.VendorLogin(ctx, a, f.OwnTeam.SolutionKey, email, password)
		return err
	}
	for i := range 300 {
		if err := login(i/5, fmt.Sprintf("nobody%d@example.com", i), "wrong"); !errors.Is(err, hub.ErrWrongPassword) {
			t.Fatalf("try %d = %v, want ErrWrongPassword", i, err)
		}
	}
	if err := login(200, "dev@example.com", "wrong"); !errors.Is(err, hub.ErrWrongPassword) {
		t.Errorf("the first VendorLogin from another place after 300 wrong ones of the team = %v, want ErrWrongPassword", err)
	}
	w := wait(t, login(200, "dev@example.com", hubtest.Password))
	if w <= 0 || w > time.Minute {
		t.Errorf("the second demands a wait of %v, want up to a minute", w)
	}
	if _, err := f.Accounts.SignIn(ctx, hub.Actor{Address: "203.0.113.200"}, "dev@example.com", hubtest.Password); err != nil {
		t.Errorf("SignIn meanwhile = %v, want it to work", err)
	}
	f.Clock.Add(w)
	if err := login(201, "dev@example.com", hubtest.Password); err != nil {
		t.Errorf("VendorLogin after the wait = %v", err)
	}
}

// The app of a team's vendor logins is created once, is like any other app, and is created again after it
// was deleted.
func TestVendorLoginApp(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	f.Join(t, "dev", hub.Developer)
	admin := f.Join(t, "admin", hub.Admin)
	login := func() db.App {
		t.Helper()
		_, client, err := f.Accounts.VendorLogin(ctx, hub.Actor{Kind: hub.Person}, f.OwnTeam.SolutionKey, "dev@example.com", hubtest.Password)
		if err != nil {
			t.Fatal(err)
		}
		return client
	}
	f.MakeApp(t, admin, "IoTConnect login") // the name is taken
	client := login()
	if again := login(); again.ClientID != client.ClientID {
		t.Errorf("the second login has the app %s, want %s", again.ClientID, client.ClientID)
	}
	if client.Name != "IoTConnect login 2" || !slices.Equal(client.Scopes, []string{"read", "write"}) || !slices.Equal(client.Grants, []string{"refresh_token"}) {
		t.Errorf("app of logins = %+v, want the scopes that are not for admins, and refresh", client)
	}
	change := app.Change{Name: client.Name, Scopes: []string{"read"}, TokenLifetime: client.TokenLifetime}
	for _, refresh := range []bool{false, true} {
		change.Refresh = refresh
		if err := f.Apps.Update(ctx, admin, client.ClientID, change); err != nil {
			t.Fatal(err)
		}
		if got := login(); slices.Contains(got.Grants, "refresh_token") != refresh || !slices.Equal(got.Scopes, []string{"read"}) {
			t.Errorf("app of logins after its settings were saved = %+v, want refresh: %t", got, refresh)
		}
	}
	if err := f.Apps.Delete(ctx, admin, client.ClientID); err != nil {
		t.Fatal(err)
	}
	if fresh := login(); fresh.ClientID == client.ClientID {
		t.Error("a deleted app is used for logins again")
	}
}

func TestVendorLoginsAreSwitchedByOwners(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	dev := f.Join(t, "dev", hub.Developer)
	hubtest.WantForbidden(t, "ChangeSettings by a developer", f.Catalogue.ChangeSettings(ctx, dev, catalogue.SettingsChange{VendorLoginOff: new(true)}))
	if err := f.Catalogue.ChangeSettings(ctx, hub.OperatorActor(), catalogue.SettingsChange{VendorLoginOff: new(true)}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Accounts.VendorLogin(ctx, dev, f.OwnTeam.SolutionKey, "dev@example.com", hubtest.Password); !errors.Is(err, hub.ErrVendorLoginOff) {
		t.Errorf("VendorLogin, switched off = %v, want ErrVendorLoginOff", err)
	}
	if err := f.Catalogue.ChangeSettings(ctx, hub.OperatorActor(), catalogue.SettingsChange{VendorLoginOff: new(false)}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Accounts.VendorLogin(ctx, dev, f.OwnTeam.SolutionKey, "dev@example.com", hubtest.Password); err != nil {
		t.Errorf("VendorLogin, switched on again = %v", err)
	}
}
