package app_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/hub/hubtest"
)

// Every way to create a secret leaves an entry in the ledger.
func TestLedgerKnowsWhoMadeASecret(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	program := hub.Actor{Kind: hub.Client, ID: "program", Name: "Deployer", TeamID: f.OwnTeam.ID, Scopes: []string{"read"}}
	made := f.MakeApp(t, ana, "Sync")
	id := made.App.ClientID
	want := map[string]string{made.Secret.ID: "Ana made"}
	_, added, err := f.Apps.AddSecret(ctx, program, id, app.NewSecret{})
	if err != nil {
		t.Fatal(err)
	}
	want[added.ID] = "Deployer made"
	rotated, _, err := f.Apps.Rotate(ctx, hub.OperatorActor(), id, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	want[rotated.ID] = "command line made"
	tried, err := f.Apps.PlaygroundSecret(ctx, ana, id)
	if err != nil {
		t.Fatal(err)
	}
	want[tried.ID] = "Ana made"
	if _, err := f.Apps.CheckSecret(ctx, ana, id, rotated.Plain); err != nil {
		t.Fatal(err)
	}
	want[rotated.ID] += ", Ana proved"
	for secretID, e := range f.Board(t, ana, id) {
		var words []string
		for _, x := range e.Exposed {
			words = append(words, x.PersonName+" "+x.How)
		}
		slices.SortFunc(words, func(a, b string) int { return strings.Compare(b, a) }) // there is no order within a second
		if got := strings.Join(words, ", "); got != want[secretID] {
			t.Errorf("who knows the secret = %s, want %s", got, want[secretID])
		}
	}
}

func TestExposedListsWhatSomebodyKnows(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, dan := f.Join(t, "Ana", hub.Admin), f.Join(t, "Dan", hub.Developer)
	mine, other := f.MakeApp(t, dan, "Dan's"), f.MakeApp(t, ana, "Ana's")
	if _, err := f.Apps.CheckSecret(ctx, ana, mine.App.ClientID, mine.Secret.Plain); err != nil {
		t.Fatal(err)
	}
	ended, err := f.Apps.RotateSecret(ctx, dan, mine.App.ClientID, app.RotationRequest{Keep: 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	list, err := f.Apps.Exposed(ctx, ana, f.OwnTeam.ID, dan.ID)
	if err != nil || len(list) != 2 {
		t.Fatalf("Exposed(Dan) = %d secrets, %v, want both of his app and not Ana's", len(list), err)
	}
	list, err = f.Apps.Exposed(ctx, ana, f.OwnTeam.ID, ana.ID)
	if err != nil || len(list) != 2 || list[0].App.Name != "Ana's" || !list[0].Only || list[1].Secret.ID != mine.Secret.ID || list[1].Only || !slices.Equal(list[1].How, []string{"proved"}) {
		t.Errorf("Exposed(Ana) = %+v, %v, want the only one of Ana's app, and the one of Dan's that she proved", list, err)
	}
	people, err := f.Apps.ExposedPeople(ctx, ana, f.OwnTeam.ID)
	if err != nil || len(people) != 2 || !people[0].Member || people[0].Secrets != 2 {
		t.Errorf("ExposedPeople = %+v, %v, want both members with two secrets each", people, err)
	}
	// Secrets that have expired or were revoked are no longer listed.
	for _, id := range []string{mine.Secret.ID, ended.New.ID} {
		if err := f.Apps.RevokeSecret(ctx, dan, mine.App.ClientID, id, false); err != nil {
			t.Fatal(err)
		}
	}
	if list, err = f.Apps.Exposed(ctx, ana, f.OwnTeam.ID, dan.ID); err != nil || len(list) != 0 {
		t.Errorf("Exposed(Dan) after his secrets expired or were revoked = %+v, %v, want none", list, err)
	}
	_, err = f.Apps.Exposed(ctx, dan, f.OwnTeam.ID, ana.ID)
	hubtest.WantForbidden(t, "Exposed by a developer", err)
	_, err = f.Apps.Exposed(ctx, ana, "", dan.ID)
	hubtest.WantForbidden(t, "Exposed in all teams by an admin of one", err)
	_ = other
}

// A team's admin learns nothing about people who were never connected with the team, not even whether
// they exist. People who have left, or who knew a secret that has expired, still can be looked up.
func TestExposedIsAboutTheTeamsOwnPeople(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, dan, eva := f.Join(t, "Ana", hub.Admin), f.Join(t, "Dan", hub.Developer), f.Join(t, "Eva", hub.Viewer)
	elsewhere, err := f.Teams.Add(ctx, hub.OperatorActor(), "Elsewhere")
	if err != nil {
		t.Fatal(err)
	}
	home := f.OwnTeam
	f.OwnTeam = elsewhere
	far := f.Join(t, "Far", hub.Admin)
	f.OwnTeam = home
	made := f.MakeApp(t, dan, "Sync")
	ask := func(what string, a hub.Actor, teamID, personID string, known bool) {
		t.Helper()
		_, err := f.Apps.Exposed(ctx, a, teamID, personID)
		_, err2 := f.Apps.RotateExposed(ctx, a, teamID, personID, false, time.Hour)
		for name, err := range map[string]error{"Exposed": err, "RotateExposed": err2} {
			if known && err != nil || !known && !errors.Is(err, db.ErrNotFound) {
				t.Errorf("%s(%s) = %v, want it found: %t", name, what, err, known)
			}
		}
	}
	ask("a member of another team", far, elsewhere.ID, dan.ID, false)
	ask("somebody of another team", ana, f.OwnTeam.ID, far.ID, false)
	ask("an unknown person", ana, f.OwnTeam.ID, "none", false)
	ask("a member who knows nothing", ana, f.OwnTeam.ID, eva.ID, true)
	if _, err := f.Teams.RemoveMember(ctx, ana, f.OwnTeam.ID, eva.ID); err != nil {
		t.Fatal(err)
	}
	ask("who was removed and knew nothing", ana, f.OwnTeam.ID, eva.ID, true) // a mail and a page link there
	if err := f.Apps.RevokeSecret(ctx, dan, made.App.ClientID, made.Secret.ID, true); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Teams.Leave(ctx, dan, f.OwnTeam.ID); err != nil {
		t.Fatal(err)
	}
	ask("who left and knew a secret that was revoked", ana, f.OwnTeam.ID, dan.ID, true)
	ask("the same, by another team", far, elsewhere.ID, dan.ID, false)
}

func TestRotateExposedStartsTheRotation(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, dan := f.Join(t, "Ana", hub.Admin), f.Join(t, "Dan", hub.Developer)
	one, two, other := f.MakeApp(t, dan, "One"), f.MakeApp(t, dan, "Two"), f.MakeApp(t, ana, "Other")
	// The secret of Two already expires in an hour, which must not be put off.
	if err := f.Apps.RetireAt(ctx, dan, two.App.ClientID, two.Secret.ID, nil, f.Clock.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	_, err := f.Apps.RotateExposed(ctx, dan, f.OwnTeam.ID, dan.ID, false, 0)
	hubtest.WantForbidden(t, "RotateExposed by a developer", err)
	list, err := f.Apps.RotateExposed(ctx, ana, f.OwnTeam.ID, dan.ID, false, 7*hubtest.Day)
	if err != nil || len(list) != 2 {
		t.Fatalf("RotateExposed = %+v, %v, want both of Dan's", list, err)
	}
	if got := f.states(t, one.App.ClientID)[one.Secret.ID]; got != "expires in 168h0m0s" {
		t.Errorf("the secret of One %s, want it to expire in a week", got)
	}
	if got := f.states(t, two.App.ClientID)[two.Secret.ID]; got != "expires in 1h0m0s" {
		t.Errorf("the secret of Two %s, want in an hour as before", got)
	}
	if got := f.states(t, other.App.ClientID)[other.Secret.ID]; got != "live" {
		t.Errorf("the secret of Ana's app is %s, want live", got)
	}
	// Rotating it now keeps that expiry.
	got, err := f.Apps.RotateSecret(ctx, ana, one.App.ClientID, app.RotationRequest{Keep: 30 * hubtest.Day, OldID: one.Secret.ID})
	if err != nil || got.OldEndsAt.After(f.Clock.Now().Add(8*hubtest.Day)) {
		t.Errorf("the rotation puts the expiry off to %v, %v, want a week as chosen", got.OldEndsAt, err)
	}
	if _, err := f.Apps.RotateExposed(ctx, ana, f.OwnTeam.ID, dan.ID, false, 0); err != nil {
		t.Fatal(err)
	}
	if got := f.states(t, one.App.ClientID)[one.Secret.ID]; got != "revoked" {
		t.Errorf("the secret of One after RotateExposed with 0 is %s, want revoked", got)
	}
	events, _, err := f.AuditEvents(ctx, ana, db.AuditQuery{TeamID: f.OwnTeam.ID, Action: "secret.retiring", Limit: 10})
	if err != nil || len(events) != 1 || !strings.Contains(events[0].Detail, "since Dan knows it") {
		t.Errorf("audit = %+v, %v, want the one expiry that was set, and why", events, err)
	}
}

// Admins get a mail when somebody else changes when a secret expires: one for each secret whose expiry
// really changes.
func TestRotateExposedIsToldToTheAdmins(t *testing.T) {
	f, ctx := mailFixture(t), context.Background()
	f.Join(t, "Ana", hub.Admin)
	dan := f.Join(t, "Dan", hub.Developer)
	made, ending := f.MakeApp(t, dan, "Sync"), f.MakeApp(t, dan, "Ending")
	if err := f.Apps.RetireAt(ctx, dan, ending.App.ClientID, ending.Secret.ID, nil, f.Clock.Now().Add(40*hubtest.Day)); err != nil {
		t.Fatal(err)
	}
	told := func(what string, expiring, revoked int) {
		t.Helper()
		for kind, want := range map[string]int{"secret_expiring": expiring, "secret_revoked": revoked} {
			if to := f.mailed(t, kind); len(to) != want || want > 0 && to[0] != "ana@example.com" {
				t.Errorf("mails %s %s go to %q, want %d to Ana", kind, what, to, want)
			}
		}
	}
	told("before", 0, 0)
	for _, keep := range []time.Duration{24 * time.Hour, 7 * hubtest.Day} { // the second doesn't put anything off
		if _, err := f.Apps.RotateExposed(ctx, hub.OperatorActor(), "", dan.ID, false, keep); err != nil {
			t.Fatal(err)
		}
		told("of an expiry in "+keep.String(), 2, 0)
	}
	if err := f.Apps.Warn(ctx); err != nil {
		t.Fatal(err)
	}
	told("when the warnings go out", 2, 0)
	if _, err := f.Apps.RotateExposed(ctx, hub.OperatorActor(), "", dan.ID, false, 0); err != nil {
		t.Fatal(err)
	}
	told("of a revocation", 2, 2)
	if n := len(f.LiveSecrets(t, made.App.ClientID)); n != 0 {
		t.Errorf("live secrets = %d, want 0", n)
	}
}

// What somebody may no longer know: everything once they have left or are a viewer; as a developer, the secrets
// of apps that others made, or that only admins manage, unless they were handed over.
func TestLostAreTheSecretsThatARoleNoLongerAllows(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, dan := f.Join(t, "Ana", hub.Admin), f.Join(t, "Dan", hub.Admin)
	f.MakeApp(t, dan, "Own")
	powerful, err := f.Apps.Create(ctx, dan, app.NewApp{TeamID: f.OwnTeam.ID, Name: "Powerful", Scopes: []string{"read", "apps:write"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Seen", "Handed"} {
		made := f.MakeApp(t, ana, name)
		if _, err := f.Apps.CheckSecret(ctx, dan, made.App.ClientID, made.Secret.Plain); err != nil {
			t.Fatal(err)
		}
		if name == "Handed" {
			err := f.DB.Tx(ctx, func(tx *db.Tx) error {
				return tx.Expose(ctx, db.Exposure{SecretID: made.Secret.ID, ClientID: made.App.ClientID, PersonID: dan.ID, PersonName: "Dan", How: db.ExposureOpened})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	want := func(what, names string) {
		t.Helper()
		list, err := f.Apps.Exposed(ctx, ana, f.OwnTeam.ID, dan.ID)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range app.Lost(list) {
			got = append(got, e.App.Name)
		}
		if strings.Join(got, " ") != names {
			t.Errorf("what Dan may no longer know %s = %v, want %s", what, got, names)
		}
	}
	change := func(role string) {
		t.Helper()
		if err := f.Teams.ChangeRole(ctx, ana, f.OwnTeam.ID, dan.ID, role); err != nil {
			t.Fatal(err)
		}
	}
	want("as an admin", "")
	change(hub.Developer)
	want("as a developer", "Powerful Seen")
	change(hub.Viewer)
	want("as a viewer", "Handed Own Powerful Seen")
	change(hub.Developer)
	if _, err := f.Apps.RotateExposed(ctx, ana, f.OwnTeam.ID, dan.ID, true, 0); err != nil {
		t.Fatal(err)
	}
	if got := f.states(t, powerful.App.ClientID)[powerful.Secret.ID]; got != "revoked" {
		t.Errorf("the secret that Dan may no longer know is %s, want revoked", got)
	}
	want("after its rotation", "")
	if list, err := f.Apps.Exposed(ctx, ana, f.OwnTeam.ID, dan.ID); err != nil || len(list) != 2 {
		t.Errorf("what Dan knows after that = %+v, %v, want what he may know", list, err)
	}
	if _, err := f.Teams.RemoveMember(ctx, ana, f.OwnTeam.ID, dan.ID); err != nil {
		t.Fatal(err)
	}
	want("after leaving", "Handed Own")
}
