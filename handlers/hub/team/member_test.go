package team_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
	"gatepost/handlers/hub/hubtest"
)

// The table of roles in CONTRIBUTING.md: the last admin of a team can't be removed, demoted, or leave.
func TestLastAdminStays(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, dario := f.Join(t, "Ana", hub.Admin), f.Join(t, "Dario", hub.Developer)
	for what, try := range map[string]func() error{
		"ChangeRole": func() error { return f.Teams.ChangeRole(ctx, ana, f.OwnTeam.ID, ana.ID, hub.Viewer) },
		"RemoveMember": func() error {
			_, err := f.Teams.RemoveMember(ctx, hub.OperatorActor(), f.OwnTeam.ID, ana.ID)
			return err
		},
		"Leave": func() error { _, err := f.Teams.Leave(ctx, ana, f.OwnTeam.ID); return err },
	} {
		if err := try(); !errors.Is(err, hub.ErrLastAdmin) {
			t.Errorf("%s of the last admin = %v, want ErrLastAdmin", what, err)
		}
	}
	if err := f.Teams.ChangeRole(ctx, ana, f.OwnTeam.ID, dario.ID, hub.Admin); err != nil {
		t.Fatal(err)
	}
	// An admin who can't sign in doesn't count.
	if err := f.Accounts.DisablePerson(ctx, hub.OperatorActor(), dario.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Teams.Leave(ctx, ana, f.OwnTeam.ID); !errors.Is(err, hub.ErrLastAdmin) {
		t.Errorf("Leave with only a disabled admin left = %v, want ErrLastAdmin", err)
	}
	if err := f.Accounts.EnablePerson(ctx, hub.OperatorActor(), dario.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Teams.Leave(ctx, ana, f.OwnTeam.ID); err != nil {
		t.Errorf("Leave with another admin left = %v, want nil", err)
	}
}

// If two admins demote or remove each other at the same time, exactly one succeeds.
func TestAdminsWhoDemoteEachOther(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	third := f.Join(t, "Third", hub.Admin) // so that ErrLastAdmin alone isn't enough
	for round := range 6 {
		a, b := f.Join(t, "A"+string(rune('a'+round)), hub.Admin), f.Join(t, "B"+string(rune('a'+round)), hub.Admin)
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i, pair := range [][2]hub.Actor{{a, b}, {b, a}} {
			wg.Go(func() {
				if round%2 == 0 {
					errs[i] = f.Teams.ChangeRole(ctx, pair[0], f.OwnTeam.ID, pair[1].ID, hub.Developer)
				} else {
					_, errs[i] = f.Teams.RemoveMember(ctx, pair[0], f.OwnTeam.ID, pair[1].ID)
				}
			})
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("round %d: the two = %v and %v, want one to win", round, errs[0], errs[1])
		}
	}
	if r, err := f.Rights(ctx, third, f.OwnTeam.ID); err != nil || !r.Manage {
		t.Errorf("Rights of the third = %+v, %v, want still an admin", r, err)
	}
}

// A removal immediately revokes what acts for the person in the team, and keeps their apps.
func TestRemoveMember(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, dario := f.Join(t, "Ana", hub.Admin), f.Join(t, "Dario", hub.Developer)
	app := f.MakeApp(t, dario, "Sync").App
	family := func(id, clientID string) db.Family {
		return db.Family{ID: id, ClientID: clientID, PersonID: dario.ID, Scope: "read", AuthTime: f.Clock.Now(), CreatedAt: f.Clock.Now(), LastUsedAt: f.Clock.Now(), ExpiresAt: f.Clock.Now().Add(time.Hour)}
	}
	personal, err := f.Accounts.CreatePersonalToken(ctx, dario, account.NewPersonalToken{Name: "laptop", Scopes: []string{"read"}, ExpiresAt: f.Clock.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	err = f.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.LockAuthorization(ctx, dario.ID, app.ClientID, "auth"); err != nil {
			return err
		}
		return tx.InsertFamily(ctx, family("fam", app.ClientID))
	})
	if err != nil {
		t.Fatal(err)
	}
	pending, err := f.Teams.Invite(ctx, ana, f.OwnTeam.ID, "new@example.com", hub.Viewer)
	if err != nil {
		t.Fatal(err)
	}
	m, err := f.Teams.Membership(ctx, ana, f.OwnTeam.ID, dario.ID)
	if err != nil || m.Reach.Apps != 1 || m.Reach.Authorizations != 1 || m.Reach.PersonalTokens != 1 || m.OtherTeams != 0 || m.LastAdmin {
		t.Errorf("Membership = %+v, %v, want one app, authorization and token, no other team", m, err)
	}
	hubtest.WantForbidden(t, "RemoveMember by a developer", func() error { _, err := f.Teams.RemoveMember(ctx, dario, f.OwnTeam.ID, ana.ID); return err }())
	out, err := f.Teams.RemoveMember(ctx, ana, f.OwnTeam.ID, dario.ID)
	if err != nil || out.Authorizations != 1 || out.PersonalTokens != 1 {
		t.Fatalf("RemoveMember = %+v, %v, want one authorization and one token revoked", out, err)
	}
	if _, err := f.Rights(ctx, dario, f.OwnTeam.ID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("Rights after the removal = %v, want db.ErrNotFound", err)
	}
	if fam, err := f.DB.Family(ctx, "fam"); err != nil || fam.RevokedAt.IsZero() {
		t.Errorf("Family after the removal = %v, %v, want it revoked", fam.RevokedAt, err)
	}
	if p, err := f.DB.PersonalTokenByHash(ctx, personal.Hash); err != nil || p.RevokedAt.IsZero() {
		t.Errorf("personal token after the removal from the only team = %v, %v, want it revoked", p.RevokedAt, err)
	}
	if still, err := f.Apps.App(ctx, ana, app.ClientID); err != nil || still.CreatedBy != dario.ID {
		t.Errorf("App after the removal = %v, %v, want it in the team", still.CreatedBy, err)
	}
	if _, err := f.OpenLink(ctx, hubtest.LinkToken(pending.URL), db.LinkInvitation); err != nil {
		t.Errorf("OpenLink of somebody else's invitation after the removal = %v, want nil", err)
	}
	if _, err := f.Teams.RemoveMember(ctx, ana, f.OwnTeam.ID, dario.ID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("RemoveMember again = %v, want db.ErrNotFound", err)
	}
	hubtest.WantEvent(t, f.Fixture, ana, "member.removed", "was developer, tokens of 1 authorization revoked, 1 personal token revoked")
}

// Old links don't restore anything: a pending invitation is cancelled with the membership, and an older
// one doesn't change the role of a member.
func TestLinksGiveNoRoleBack(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	added, err := f.Accounts.AddPerson(ctx, hub.OperatorActor(), account.NewPerson{Email: "new@example.com", Name: "New", TeamID: f.OwnTeam.ID, Role: hub.Admin})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Teams.ChangeRole(ctx, ana, f.OwnTeam.ID, added.Person.ID, hub.Viewer); err != nil {
		t.Fatal(err)
	}
	p, err := f.Accounts.Activate(ctx, hub.Actor{}, hubtest.LinkToken(added.ActivationURL), account.Activation{Name: "New", Password: hubtest.Password})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := f.Rights(ctx, hub.Actor{Kind: hub.Person, ID: p.ID}, f.OwnTeam.ID); err != nil || r.Role != hub.Viewer {
		t.Errorf("role by an activation link of before = %q, %v, want viewer, as it was changed to", r.Role, err)
	}

	second, err := f.Accounts.AddPerson(ctx, hub.OperatorActor(), account.NewPerson{Email: "second@example.com", Name: "Second", TeamID: f.OwnTeam.ID, Role: hub.Admin})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Teams.RemoveMember(ctx, ana, f.OwnTeam.ID, second.Person.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := f.OpenLink(ctx, hubtest.LinkToken(second.ActivationURL), db.LinkInvitation); !errors.Is(err, hub.ErrLinkDead) {
		t.Errorf("OpenLink of a removed person's activation = %v, want ErrLinkDead", err)
	}
}
