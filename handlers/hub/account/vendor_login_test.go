package hub_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// Each way to be refused is the same error, and is written down: also where there is no
// account, since a commit takes time that can be measured.
func TestVendorLoginsThatAreRefusedAreAlike(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	dev := f.person(t, "dev", hub.Developer)
	other, err := f.AddTeam(ctx, hub.OperatorActor(), "Elsewhere")
	if err != nil {
		t.Fatal(err)
	}
	stranger := hub.Actor{Kind: hub.Person, Address: "203.0.113.7"}
	email := "dev@example.com"
	for what, try := range map[string][3]string{
		"a wrong password":             {f.team.SolutionKey, email, "wrong"},
		"an unknown account":           {f.team.SolutionKey, "nobody@example.com", goodPassword},
		"an unknown solution key":      {"made-up", email, goodPassword},
		"the key of another team":      {other.SolutionKey, email, goodPassword},
		"no solution key":              {"", email, goodPassword},
		"a solution key of 100,000":    {strings.Repeat("k", 100_000), email, goodPassword},
		"a username of 50,000 letters": {f.team.SolutionKey, strings.Repeat("x", 50_000), goodPassword},
	} {
		_, _, err := f.VendorLogin(ctx, stranger, try[0], try[1], try[2])
		if !errors.Is(err, hub.ErrWrongPassword) {
			t.Errorf("VendorLogin with %s = %v, want ErrWrongPassword", what, err)
		}
	}
	events, err := f.db.AuditEvents(ctx, db.AuditQuery{AllTeams: true, Action: "sign_in.failed", Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]int{}
	for _, e := range events {
		of[e.TargetID]++
	}
	if want := map[string]int{"": 2, dev.ID: 5}; !maps.Equal(of, want) {
		t.Errorf("refusals written down by person = %v, want %v", of, want)
	}
	p, app, err := f.VendorLogin(ctx, stranger, f.team.SolutionKey, " DEV@example.com ", goodPassword)
	if err != nil || p.ID != dev.ID || app.TeamID != f.team.ID {
		t.Fatalf("VendorLogin = %v, %v, %v, want dev in the team", p.ID, app.TeamID, err)
	}
}

// A solution key has its own limit, whoever tries from wherever; those who come in don't
// use it up.
func TestVendorLoginsAreLimitedByTeam(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	f.person(t, "dev", hub.Developer)
	from := func(i int) hub.Actor {
		return hub.Actor{Kind: hub.Person, Address: fmt.Sprintf("203.0.113.%d", i)}
	}
	for range 3 {
		if _, _, err := f.VendorLogin(ctx, from(0), f.team.SolutionKey, "dev@example.com", goodPassword); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 300 {
		_, _, err := f.VendorLogin(ctx, from(i/5), f.team.SolutionKey, fmt.Sprintf("nobody%d@example.com", i), "wrong")
		if !errors.Is(err, hub.ErrWrongPassword) {
			t.Fatalf("try %d = %v, want ErrWrongPassword", i, err)
		}
	}
	var wait *hub.Throttled
	if _, _, err := f.VendorLogin(ctx, from(200), f.team.SolutionKey, "dev@example.com", goodPassword); !errors.As(err, &wait) {
		t.Errorf("VendorLogin after 300 wrong ones of the team = %v, want Throttled", err)
	}
	if _, err := f.SignIn(ctx, from(200), "dev@example.com", goodPassword); err != nil {
		t.Errorf("SignIn meanwhile = %v, want it to work", err)
	}
	f.clock.add(wait.RetryAfter)
	if _, _, err := f.VendorLogin(ctx, from(200), f.team.SolutionKey, "dev@example.com", goodPassword); err != nil {
		t.Errorf("VendorLogin after the wait = %v", err)
	}
}

// The app of a team's logins is made once, is like any other, and is made anew when it was
// deleted.
func TestVendorLoginApp(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	f.person(t, "dev", hub.Developer)
	admin := f.person(t, "admin", hub.Admin)
	login := func() db.App {
		t.Helper()
		_, app, err := f.VendorLogin(ctx, hub.Actor{Kind: hub.Person}, f.team.SolutionKey, "dev@example.com", goodPassword)
		if err != nil {
			t.Fatal(err)
		}
		return app
	}
	f.app(t, admin, "IoTConnect login") // the name is taken
	app := login()
	if again := login(); again.ClientID != app.ClientID {
		t.Errorf("the second login has the app %s, want %s", again.ClientID, app.ClientID)
	}
	if app.Name != "IoTConnect login 2" || !slices.Equal(app.Scopes, []string{"read", "write"}) || !slices.Equal(app.Grants, []string{"refresh_token"}) {
		t.Errorf("app of logins = %+v, want the scopes that are not for admins, and refresh", app)
	}
	change := hub.AppChange{Name: app.Name, Scopes: []string{"read"}, TokenLifetime: app.TokenLifetime}
	for _, refresh := range []bool{false, true} {
		change.Refresh = refresh
		if err := f.UpdateApp(ctx, admin, app.ClientID, change); err != nil {
			t.Fatal(err)
		}
		if got := login(); slices.Contains(got.Grants, "refresh_token") != refresh || !slices.Equal(got.Scopes, []string{"read"}) {
			t.Errorf("app of logins after its settings were saved = %+v, want refresh: %t", got, refresh)
		}
	}
	if err := f.DeleteApp(ctx, admin, app.ClientID); err != nil {
		t.Fatal(err)
	}
	if fresh := login(); fresh.ClientID == app.ClientID {
		t.Error("a deleted app stands for logins again")
	}
}

func TestVendorLoginsAreSwitchedByOwners(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	dev := f.person(t, "dev", hub.Developer)
	wantForbidden(t, "ChangePortal by a developer", f.ChangePortal(ctx, dev, hub.PortalChange{VendorLoginOff: new(true)}))
	if err := f.ChangePortal(ctx, hub.OperatorActor(), hub.PortalChange{VendorLoginOff: new(true)}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.VendorLogin(ctx, dev, f.team.SolutionKey, "dev@example.com", goodPassword); !errors.Is(err, hub.ErrVendorLoginOff) {
		t.Errorf("VendorLogin where it is off = %v, want ErrVendorLoginOff", err)
	}
	if err := f.ChangePortal(ctx, hub.OperatorActor(), hub.PortalChange{VendorLoginOff: new(false)}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.VendorLogin(ctx, dev, f.team.SolutionKey, "dev@example.com", goodPassword); err != nil {
		t.Errorf("VendorLogin where it is on again = %v", err)
	}
}
