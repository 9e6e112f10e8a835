package hub_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// The table of roles in CONTRIBUTING.md: the last admin of a team can't be removed, demoted, or leave.
func TestLastAdminStays(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, dario := f.person(t, "Ana", hub.Admin), f.person(t, "Dario", hub.Developer)
	for what, try := range map[string]func() error{
		"ChangeRole":   func() error { return f.ChangeRole(ctx, ana, f.team.ID, ana.ID, hub.Viewer) },
		"RemoveMember": func() error { _, err := f.RemoveMember(ctx, hub.OperatorActor(), f.team.ID, ana.ID); return err },
		"Leave":        func() error { _, err := f.Leave(ctx, ana, f.team.ID); return err },
	} {
		if err := try(); !errors.Is(err, hub.ErrLastAdmin) {
			t.Errorf("%s of the last admin = %v, want ErrLastAdmin", what, err)
		}
	}
	if err := f.ChangeRole(ctx, ana, f.team.ID, dario.ID, hub.Admin); err != nil {
		t.Fatal(err)
	}
	// An admin who can't sign in keeps nobody's place.
	if err := f.DisablePerson(ctx, hub.OperatorActor(), dario.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Leave(ctx, ana, f.team.ID); !errors.Is(err, hub.ErrLastAdmin) {
		t.Errorf("Leave beside a disabled admin = %v, want ErrLastAdmin", err)
	}
	if err := f.EnablePerson(ctx, hub.OperatorActor(), dario.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Leave(ctx, ana, f.team.ID); err != nil {
		t.Errorf("Leave beside another admin = %v, want nil", err)
	}
}

// Of two admins who demote, or remove, each other at once one wins, every time.
func TestAdminsWhoDemoteEachOther(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	third := f.person(t, "Third", hub.Admin) // so that ErrLastAdmin alone would not do
	for round := range 6 {
		a, b := f.person(t, "A"+string(rune('a'+round)), hub.Admin), f.person(t, "B"+string(rune('a'+round)), hub.Admin)
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i, pair := range [][2]hub.Actor{{a, b}, {b, a}} {
			wg.Go(func() {
				if round%2 == 0 {
					errs[i] = f.ChangeRole(ctx, pair[0], f.team.ID, pair[1].ID, hub.Developer)
				} else {
					_, errs[i] = f.RemoveMember(ctx, pair[0], f.team.ID, pair[1].ID)
				}
			})
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("round %d: the two = %v and %v, want one to win", round, errs[0], errs[1])
		}
	}
	if r, err := f.Rights(ctx, third, f.team.ID); err != nil || !r.Manage {
		t.Errorf("Rights of the third = %+v, %v, want admin still", r, err)
	}
}

// A removal ends at once what acts for the person in the team, and leaves their apps.
func TestRemoveMember(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, dario := f.person(t, "Ana", hub.Admin), f.person(t, "Dario", hub.Developer)
	app := f.app(t, dario, "Sync").App
	family := func(id, clientID string) db.Family {
		return db.Family{ID: id, ClientID: clientID, PersonID: dario.ID, Scope: "read", AuthTime: f.clock.now, CreatedAt: f.clock.now, LastUsedAt: f.clock.now, ExpiresAt: f.clock.now.Add(time.Hour)}
	}
	personal, err := f.CreatePersonalToken(ctx, dario, hub.NewPersonalToken{Name: "laptop", Scopes: []string{"read"}, ExpiresAt: f.clock.now.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	err = f.db.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.KeepAuthorization(ctx, dario.ID, app.ClientID, []string{"read"}, "auth"); err != nil {
			return err
		}
		return tx.InsertFamily(ctx, family("fam", app.ClientID))
	})
	if err != nil {
		t.Fatal(err)
	}
	pending, err := f.Invite(ctx, ana, f.team.ID, "new@example.com", hub.Viewer)
	if err != nil {
		t.Fatal(err)
	}
	m, err := f.Membership(ctx, ana, f.team.ID, dario.ID)
	if err != nil || m.Reach.Apps != 1 || m.Reach.Authorizations != 1 || m.Reach.PersonalTokens != 1 || m.OtherTeams != 0 || m.LastAdmin {
		t.Errorf("Membership = %+v, %v, want one app, authorization and token, no other team", m, err)
	}
	wantForbidden(t, "RemoveMember by a developer", func() error { _, err := f.RemoveMember(ctx, dario, f.team.ID, ana.ID); return err }())
	out, err := f.RemoveMember(ctx, ana, f.team.ID, dario.ID)
	if err != nil || out.Authorizations != 1 || out.PersonalTokens != 1 {
		t.Fatalf("RemoveMember = %+v, %v, want one authorization and one token ended", out, err)
	}
	if _, err := f.Rights(ctx, dario, f.team.ID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("Rights after the removal = %v, want db.ErrNotFound", err)
	}
	if fam, err := f.db.Family(ctx, "fam"); err != nil || fam.RevokedAt.IsZero() {
		t.Errorf("Family after the removal = %v, %v, want it revoked", fam.RevokedAt, err)
	}
	if p, err := f.db.PersonalTokenByHash(ctx, personal.Hash); err != nil || p.RevokedAt.IsZero() {
		t.Errorf("personal token after the removal from the only team = %v, %v, want it revoked", p.RevokedAt, err)
	}
	if still, err := f.App(ctx, ana, app.ClientID); err != nil || still.CreatedBy != dario.ID {
		t.Errorf("App after the removal = %v, %v, want it in the team", still.CreatedBy, err)
	}
	if _, err := f.OpenLink(ctx, token(pending.URL), db.LinkInvitation); err != nil {
		t.Errorf("OpenLink of somebody else's invitation after the removal = %v, want nil", err)
	}
	if _, err := f.RemoveMember(ctx, ana, f.team.ID, dario.ID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("RemoveMember again = %v, want db.ErrNotFound", err)
	}
	wantEvent(t, f, ana, "member.removed", "was developer, tokens of 1 authorizations ended, 1 personal tokens ended")
}

// Nobody comes back by an old link: an invitation that waits ends with the membership, and an
// older one gives no other role to who is in the team by now.
func TestLinksGiveNoRoleBack(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.person(t, "Ana", hub.Admin)
	added, err := f.AddPerson(ctx, hub.OperatorActor(), hub.NewPerson{Email: "new@example.com", Name: "New", TeamID: f.team.ID, Role: hub.Admin})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.ChangeRole(ctx, ana, f.team.ID, added.Person.ID, hub.Viewer); err != nil {
		t.Fatal(err)
	}
	p, err := f.Activate(ctx, hub.Actor{}, token(added.ActivationURL), hub.Activation{Name: "New", Password: goodPassword})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := f.Rights(ctx, hub.Actor{Kind: hub.Person, ID: p.ID}, f.team.ID); err != nil || r.Role != hub.Viewer {
		t.Errorf("role by an activation link of before = %q, %v, want viewer, as it was changed to", r.Role, err)
	}

	second, err := f.AddPerson(ctx, hub.OperatorActor(), hub.NewPerson{Email: "second@example.com", Name: "Second", TeamID: f.team.ID, Role: hub.Admin})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.RemoveMember(ctx, ana, f.team.ID, second.Person.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := f.OpenLink(ctx, token(second.ActivationURL), db.LinkInvitation); !errors.Is(err, hub.ErrLinkDead) {
		t.Errorf("OpenLink of a removed person's activation = %v, want ErrLinkDead", err)
	}
}
