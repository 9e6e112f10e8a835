package app_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/hub/hubtest"
)

// mailed returns the recipients of the mails of a kind in the outbox.
func (f *fixture) mailed(t *testing.T, kind string) (to []string) {
	t.Helper()
	mails, err := f.DB.MailsWaiting(context.Background(), 1000)
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
	ana := f.Join(t, "Ana", hub.Admin)
	f.Join(t, "Bea", hub.Admin)
	f.Join(t, "Dan", hub.Developer)
	made := f.MakeApp(t, ana, "Sync")
	id := made.App.ClientID
	if err := f.Apps.RetireAt(ctx, ana, id, made.Secret.ID, nil, f.Clock.Now().Add(31*hubtest.Day)); err != nil {
		t.Fatal(err)
	}
	sent := 0
	warn := func(what string, want int) {
		t.Helper()
		for range 2 { // two processes, an hour later again
			if err := errors.Join(f.Both(func(int) error { return f.Apps.Warn(ctx) })...); err != nil {
				t.Fatal(err)
			}
		}
		if sent += want; len(f.mailed(t, "secret_expiring")) != sent {
			t.Errorf("warnings %s = %d, want %d: one for each admin and step", what, len(f.mailed(t, "secret_expiring")), sent)
		}
	}
	warn("31 days before", 0)
	f.Clock.Add(hubtest.Day)
	warn("30 days before", 2)
	f.Clock.Add(15 * hubtest.Day)
	warn("15 days before", 0)
	f.Clock.Add(8*hubtest.Day + time.Hour) // the server was down: 14 and 7 are due together
	warn("7 days before", 2)
	f.Clock.Add(6 * hubtest.Day)
	warn("a day before", 2)
	if list, err := f.Apps.ExpiringSecrets(ctx, ana, f.OwnTeam.ID); err != nil || len(list) != 1 || list[0].Days != 1 {
		t.Errorf("ExpiringSecrets = %+v, %v, want the secret, within a day", list, err)
	}
	if e := f.Board(t, ana, id)[made.Secret.ID]; e.WarnDays != 1 {
		t.Errorf("WarnDays on the board = %d, want 1", e.WarnDays)
	}
	f.Clock.Add(hubtest.Day)
	warn("after the expiry", 0)
	for _, to := range f.mailed(t, "secret_expiring") {
		if strings.HasPrefix(to, "dan") {
			t.Error("a developer got a warning, want admins only")
		}
	}
}

// Choosing an expiry within the warning days brings no warning about it, only the later ones.
func TestChosenEndIsNoNews(t *testing.T) {
	f, ctx := mailFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	made := f.MakeApp(t, ana, "Sync")
	id := made.App.ClientID
	if _, _, err := f.Apps.Rotate(ctx, ana, id, 7*hubtest.Day); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Apps.AddSecret(ctx, ana, id, app.NewSecret{ExpiresAt: f.Clock.Now().Add(12 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if err := f.Apps.Warn(ctx); err != nil {
		t.Fatal(err)
	}
	if to := f.mailed(t, "secret_expiring"); len(to) != 0 {
		t.Errorf("warnings right after the choice = %d, want none", len(to))
	}
	f.Clock.Add(6*hubtest.Day + time.Hour)
	if err := f.Apps.Warn(ctx); err != nil {
		t.Fatal(err)
	}
	if to := f.mailed(t, "secret_expiring"); len(to) != 1 {
		t.Errorf("warnings a day before the old one expires = %d, want 1", len(to))
	}
	// A new expiry starts the warnings over.
	if err := f.Apps.RetireAt(ctx, ana, id, made.Secret.ID, nil, f.Clock.Now().Add(40*hubtest.Day)); err != nil {
		t.Fatal(err)
	}
	f.Clock.Add(11 * hubtest.Day)
	if err := f.Apps.Warn(ctx); err != nil {
		t.Fatal(err)
	}
	if to := f.mailed(t, "secret_expiring"); len(to) != 2 {
		t.Errorf("warnings 30 days before the new expiry = %d, want 2 in all", len(to))
	}
}

// When somebody sets an expiry within the warning days, the admins get a mail right away in place of
// the warnings that are past.
func TestMovedEndIsTold(t *testing.T) {
	f, ctx := mailFixture(t), context.Background()
	f.Join(t, "Ana", hub.Admin)
	dan := f.Join(t, "Dan", hub.Developer)
	made := f.MakeApp(t, dan, "Sync")
	for _, step := range []struct {
		end  time.Duration // from now; 0: none
		want int
	}{{40 * hubtest.Day, 0}, {12 * time.Hour, 1}, {12 * time.Hour, 1}, {6 * hubtest.Day, 2}, {0, 2}} {
		end := time.Time{}
		if step.end > 0 {
			end = f.Clock.Now().Add(step.end)
		}
		if err := errors.Join(f.Apps.RetireAt(ctx, dan, made.App.ClientID, made.Secret.ID, nil, end), f.Apps.Warn(ctx)); err != nil {
			t.Fatal(err)
		}
		if to := f.mailed(t, "secret_expiring"); len(to) != step.want || len(to) > 0 && to[0] != "ana@example.com" {
			t.Errorf("mails after an expiry in %s is set go to %q, want %d to Ana", step.end, to, step.want)
		}
	}
}

func TestAdminsHearOfSecrets(t *testing.T) {
	f, ctx := mailFixture(t), context.Background()
	ana, dan := f.Join(t, "Ana", hub.Admin), f.Join(t, "Dan", hub.Developer)
	made := f.MakeApp(t, dan, "Sync")
	id := made.App.ClientID
	if _, _, err := f.Apps.AddSecret(ctx, dan, id, app.NewSecret{}); err != nil {
		t.Fatal(err)
	}
	rotated, err := f.Apps.RotateSecret(ctx, dan, id, app.RotationRequest{Keep: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Apps.PlaygroundSecret(ctx, dan, id); err != nil {
		t.Fatal(err)
	}
	if err := f.Apps.RevokeSecret(ctx, dan, id, rotated.New.ID, false); err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[string]int{"secret_made": 2, "secret_rotated": 1, "secret_revoked": 1} {
		if to := f.mailed(t, kind); len(to) != want || want > 0 && to[0] != "ana@example.com" {
			t.Errorf("mails %s go to %q, want %d to Ana", kind, to, want)
		}
	}
	events, _, err := f.AuditEvents(ctx, ana, db.AuditQuery{TeamID: f.OwnTeam.ID, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if strings.Contains(e.Detail, rotated.New.Plain) || strings.Contains(e.Detail, made.Secret.Plain) {
			t.Errorf("the audit event %s holds a whole secret", e.Action)
		}
	}
}
