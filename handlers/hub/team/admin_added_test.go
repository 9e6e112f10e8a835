package team_test

import (
	"context"
	"slices"
	"testing"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
	"gatepost/handlers/hub/hubtest"
)

// An attacker with an admin's session can't add an admin in silence: every admin of the team gets one mail, also the
// one in whose session it was done.
func TestAdminCannotBeAddedInSilence(t *testing.T) {
	f, ctx := hubtest.Mailing(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	otto, dan := f.Join(t, "Otto", hub.Admin), f.Join(t, "Dan", hub.Developer)
	seen := 0
	mailed := func() []string {
		t.Helper()
		mails, err := f.DB.MailsWaiting(ctx, 1000)
		if err != nil {
			t.Fatal(err)
		}
		var to []string
		for _, m := range mails {
			if m.Kind == "admin_added" {
				to = append(to, m.Recipient)
			}
		}
		slices.Sort(to[seen:])
		fresh := to[seen:]
		seen = len(to)
		return fresh
	}
	if to := mailed(); !slices.Equal(to, []string{"ana@example.com"}) {
		t.Errorf("mails about Otto, whom the command line added, go to %q, want Ana", to)
	}
	both := []string{"ana@example.com", "otto@example.com"}
	for _, step := range []struct {
		name string
		do   func() error
		want []string
	}{
		{"an invitation as developer", func() error {
			return hubtest.Err(f.Teams.Invite(ctx, ana, f.OwnTeam.ID, "dev@example.com", hub.Developer))
		}, nil},
		{"an invitation as admin", func() error { return hubtest.Err(f.Teams.Invite(ctx, ana, f.OwnTeam.ID, "eve@example.com", hub.Admin)) }, both},
		{"a viewer", func() error { return f.Teams.ChangeRole(ctx, ana, f.OwnTeam.ID, dan.ID, hub.Viewer) }, nil},
		{"a member made admin", func() error { return f.Teams.ChangeRole(ctx, ana, f.OwnTeam.ID, dan.ID, hub.Admin) }, both},
		{"the same again", func() error { return f.Teams.ChangeRole(ctx, ana, f.OwnTeam.ID, dan.ID, hub.Admin) }, nil},
		{"an admin demoted", func() error { return f.Teams.ChangeRole(ctx, ana, f.OwnTeam.ID, dan.ID, hub.Developer) }, nil},
	} {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		if to := mailed(); !slices.Equal(to, step.want) {
			t.Errorf("mails about %s go to %q, want %q", step.name, to, step.want)
		}
	}
	invitations, err := f.Teams.Invitations(ctx, otto, f.OwnTeam.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range invitations {
		if l.Role == hub.Admin {
			if _, err := f.Teams.Resend(ctx, ana, f.OwnTeam.ID, l.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	if to := mailed(); !slices.Equal(to, both) {
		t.Errorf("mails about a new link for the invited admin go to %q, want %q", to, both)
	}
}

// An attacker with a member's session can't leave with a token that changes things in silence: the admins of all of
// the person's teams get one mail each.
func TestWriteTokenCannotBeMadeInSilence(t *testing.T) {
	f, ctx := hubtest.Mailing(t), context.Background()
	ana, dan := f.Join(t, "Ana", hub.Admin), f.Join(t, "Dan", hub.Developer)
	mailed := func() (to []string) {
		t.Helper()
		mails, err := f.DB.MailsWaiting(ctx, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range mails {
			if m.Kind == "token_made" {
				to = append(to, m.Recipient)
			}
		}
		slices.Sort(to)
		return to
	}
	second, err := f.Teams.Add(ctx, hub.OperatorActor(), "Lecce")
	if err != nil {
		t.Fatal(err)
	}
	for person, role := range map[string]string{ana.ID: hub.Admin, dan.ID: hub.Viewer} {
		if err := f.DB.Tx(ctx, func(tx *db.Tx) error { return tx.PutMember(ctx, second.ID, person, role) }); err != nil {
			t.Fatal(err)
		}
	}
	expires := f.Clock.Now().Add(hubtest.Day)
	for _, step := range []struct {
		scope string
		want  []string
	}{{"read", nil}, {"write", []string{"ana@example.com"}}} {
		if _, err := f.Accounts.CreatePersonalToken(ctx, dan, account.NewPersonalToken{Name: "CI", Scopes: []string{step.scope}, ExpiresAt: expires}); err != nil {
			t.Fatal(err)
		}
		if to := mailed(); !slices.Equal(to, step.want) {
			t.Errorf("mails about a token with the scope %s go to %q, want %q", step.scope, to, step.want)
		}
	}
	owner := f.Join(t, "Olga", hub.Viewer)
	owner.Owner = true
	if _, err := f.Accounts.CreatePersonalToken(ctx, owner, account.NewPersonalToken{Name: "CI", Scopes: []string{"apps:write"}, ExpiresAt: expires}); err != nil {
		t.Fatal(err)
	}
	if to := mailed(); !slices.Equal(to, []string{"ana@example.com", "ana@example.com", "olga@example.com"}) {
		t.Errorf("mails after an owner's token go to %q, want one more to Ana and one to the owner", to)
	}
}
