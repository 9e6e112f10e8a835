package hub_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// mailed gives the recipients of the mails of a kind that wait in the outbox.
func (f *fixture) mailed(t *testing.T, kind string) (to []string) {
	t.Helper()
	mails, err := f.db.MailsWaiting(context.Background(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mails {
		if m.Kind == kind {
			to = append(to, m.Recipient)
		}
	}
	return to
}

func TestWarningsGoOutOncePerStep(t *testing.T) {
	f, ctx := mailFixture(t), context.Background()
	ana := f.person(t, "Ana", hub.Admin)
	f.person(t, "Bea", hub.Admin)
	f.person(t, "Dan", hub.Developer)
	made := f.app(t, ana, "Sync")
	id := made.App.ClientID
	if err := f.RetireAt(ctx, ana, id, made.Secret.ID, f.clock.Now().Add(31*day)); err != nil {
		t.Fatal(err)
	}
	sent := 0
	warn := func(what string, want int) {
		t.Helper()
		for range 2 { // two processes, an hour later again
			if err := errors.Join(f.both(func(int) error { return f.Warn(ctx) })...); err != nil {
				t.Fatal(err)
			}
		}
		if sent += want; len(f.mailed(t, "secret_expiring")) != sent {
			t.Errorf("warnings %s = %d, want %d: one for each admin and step", what, len(f.mailed(t, "secret_expiring")), sent)
		}
	}
	warn("31 days before", 0)
	f.clock.add(day)
	warn("30 days before", 2)
	f.clock.add(15 * day)
	warn("15 days before", 0)
	f.clock.add(8*day + time.Hour) // the server stood still: 14 and 7 at once
	warn("7 days before", 2)
	f.clock.add(6 * day)
	warn("a day before", 2)
	if list, err := f.Endings(ctx, ana, f.team.ID); err != nil || len(list) != 1 || list[0].Days != 1 {
		t.Errorf("Endings = %+v, %v, want the secret, within a day", list, err)
	}
	if e := f.board(t, ana, id)[made.Secret.ID]; e.WarnDays != 1 {
		t.Errorf("WarnDays on the board = %d, want 1", e.WarnDays)
	}
	f.clock.add(day)
	warn("after the end", 0)
	for _, to := range f.mailed(t, "secret_expiring") {
		if strings.HasPrefix(to, "dan") {
			t.Error("a developer is warned, want admins only")
		}
	}
}

// Who has just chosen an end within the warnings is not warned of it, only of what comes after.
func TestChosenEndIsNoNews(t *testing.T) {
	f, ctx := mailFixture(t), context.Background()
	ana := f.person(t, "Ana", hub.Admin)
	made := f.app(t, ana, "Sync")
	id := made.App.ClientID
	if _, _, err := f.Rotate(ctx, ana, id, 7*day); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.AddSecret(ctx, ana, id, hub.NewSecret{ExpiresAt: f.clock.Now().Add(12 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if err := f.Warn(ctx); err != nil {
		t.Fatal(err)
	}
	if to := f.mailed(t, "secret_expiring"); len(to) != 0 {
		t.Errorf("warnings right after the choice = %d, want none", len(to))
	}
	f.clock.add(6*day + time.Hour)
	if err := f.Warn(ctx); err != nil {
		t.Fatal(err)
	}
	if to := f.mailed(t, "secret_expiring"); len(to) != 1 {
		t.Errorf("warnings a day before the end of the old one = %d, want 1", len(to))
	}
	// Another end starts again.
	if err := f.RetireAt(ctx, ana, id, made.Secret.ID, f.clock.Now().Add(40*day)); err != nil {
		t.Fatal(err)
	}
	f.clock.add(11 * day)
	if err := f.Warn(ctx); err != nil {
		t.Fatal(err)
	}
	if to := f.mailed(t, "secret_expiring"); len(to) != 2 {
		t.Errorf("warnings 30 days before the new end = %d, want 2 in all", len(to))
	}
}

// An end within the warnings that somebody sets is told to the admins there and then, since
// the warnings before it are over.
func TestMovedEndIsTold(t *testing.T) {
	f, ctx := mailFixture(t), context.Background()
	f.person(t, "Ana", hub.Admin)
	dan := f.person(t, "Dan", hub.Developer)
	made := f.app(t, dan, "Sync")
	for _, step := range []struct {
		end  time.Duration // from now; 0: none
		want int
	}{{40 * day, 0}, {12 * time.Hour, 1}, {12 * time.Hour, 1}, {6 * day, 2}, {0, 2}} {
		end := time.Time{}
		if step.end > 0 {
			end = f.clock.Now().Add(step.end)
		}
		if err := errors.Join(f.RetireAt(ctx, dan, made.App.ClientID, made.Secret.ID, end), f.Warn(ctx)); err != nil {
			t.Fatal(err)
		}
		if to := f.mailed(t, "secret_expiring"); len(to) != step.want || len(to) > 0 && to[0] != "ana@example.com" {
			t.Errorf("mails after an end in %s go to %q, want %d to Ana", step.end, to, step.want)
		}
	}
}

func TestAdminsHearOfSecrets(t *testing.T) {
	f, ctx := mailFixture(t), context.Background()
	ana, dan := f.person(t, "Ana", hub.Admin), f.person(t, "Dan", hub.Developer)
	made := f.app(t, dan, "Sync")
	id := made.App.ClientID
	if _, _, err := f.AddSecret(ctx, dan, id, hub.NewSecret{}); err != nil {
		t.Fatal(err)
	}
	rotated, err := f.RotateSecret(ctx, dan, id, hub.Rotating{Keep: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.PlaygroundSecret(ctx, dan, id); err != nil {
		t.Fatal(err)
	}
	if err := f.RevokeSecret(ctx, dan, id, rotated.New.ID, false); err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[string]int{"secret_made": 2, "secret_rotated": 1, "secret_revoked": 1} {
		if to := f.mailed(t, kind); len(to) != want || want > 0 && to[0] != "ana@example.com" {
			t.Errorf("mails %s go to %q, want %d to Ana", kind, to, want)
		}
	}
	events, _, err := f.AuditEvents(ctx, ana, db.AuditQuery{TeamID: f.team.ID, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if strings.Contains(e.Detail, rotated.New.Plain) || strings.Contains(e.Detail, made.Secret.Plain) {
			t.Errorf("the audit event %s holds a whole secret", e.Action)
		}
	}
}
