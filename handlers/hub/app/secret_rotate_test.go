package app_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/app"
	"gatepost/handlers/hub/hubtest"
	"gatepost/tests/testapp"
)

// states returns the state of every secret of an app by id: "live", "revoked", or when it expires.
func (f *fixture) states(t *testing.T, clientID string) map[string]string {
	t.Helper()
	all, err := f.DB.Secrets(context.Background(), clientID)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, s := range all {
		switch {
		case !s.RevokedAt.IsZero():
			out[s.ID] = "revoked"
		case s.ExpiresAt.IsZero():
			out[s.ID] = "live"
		default:
			out[s.ID] = "expires in " + s.ExpiresAt.Sub(f.Clock.Now()).Round(time.Minute).String()
		}
	}
	return out
}

func TestRotateEndsTheChosenSecretOnly(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	made := f.MakeApp(t, ana, "Sync")
	id, first := made.App.ClientID, made.Secret.ID
	_, second, err := f.Apps.AddSecret(ctx, ana, id, app.NewSecret{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := f.Apps.RotateSecret(ctx, ana, id, app.RotationRequest{Until: f.Clock.Now().Add(3 * time.Hour), OldID: first})
	if err != nil {
		t.Fatal(err)
	}
	if got.Old.ID != first || !got.OldEndsAt.Equal(f.Clock.Now().Add(3*time.Hour)) {
		t.Errorf("RotateSecret retired %s until %v, want the first until three hours from now", got.Old.ID, got.OldEndsAt)
	}
	// A near expiry is not put off: a second rotation leaves it alone.
	later, err := f.Apps.RotateSecret(ctx, ana, id, app.RotationRequest{Keep: 24 * time.Hour, OldID: first})
	if err != nil {
		t.Fatal(err)
	}
	if !later.OldEndsAt.Equal(got.OldEndsAt) {
		t.Errorf("a second rotation of the same secret says that it expires %v, want %v as before", later.OldEndsAt, got.OldEndsAt)
	}
	at, err := f.Apps.RotateSecret(ctx, ana, id, app.RotationRequest{OldID: got.New.ID})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{first: "expires in 3h0m0s", second.ID: "live", got.New.ID: "revoked", later.New.ID: "live", at.New.ID: "live"}
	for secret, state := range f.states(t, id) {
		if state != want[secret] {
			t.Errorf("secret %s = %s, want %s", secret, state, want[secret])
		}
	}
}

func TestRotateRefusesOddEnds(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.Join(t, "Ana", hub.Admin)
	id := f.MakeApp(t, ana, "Sync").App.ClientID
	for _, c := range []struct {
		what  string
		in    app.RotationRequest
		field string
	}{
		{"before now", app.RotationRequest{Until: f.Clock.Now().Add(-time.Second)}, "keep_until"},
		{"after 90 days", app.RotationRequest{Until: f.Clock.Now().Add(91 * 24 * time.Hour)}, "keep_until"},
		{"for 91 days", app.RotationRequest{Keep: 91 * 24 * time.Hour}, "keep_old"},
		{"a negative one", app.RotationRequest{Keep: -time.Second}, "keep_old"},
	} {
		_, err := f.Apps.RotateSecret(ctx, ana, id, c.in)
		hubtest.WantInvalid(t, "RotateSecret with an expiry "+c.what, err, c.field)
	}
	_, err := f.Apps.RotateSecret(ctx, ana, id, app.RotationRequest{OldID: "of-another-app"})
	hubtest.WantInvalid(t, "RotateSecret of a secret that the app does not have", err, "old")
	if n := len(f.LiveSecrets(t, id)); n != 1 {
		t.Errorf("live secrets after refusals = %d, want 1", n)
	}
}

// Two admins rotate in the same second, on two processes that share the database: each gets a secret of
// their own that works, the old one expires once, and nothing else changes.
func TestTwoAdminsRotateAtOnce(t *testing.T) {
	for engine, dsn := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "gatepost.db") },
		"postgres": func(t *testing.T) string { return testapp.StartPostgres(t).Database(t) },
	} {
		t.Run(engine, func(t *testing.T) {
			f := newFixtureOn(t, dsn(t), "")
			for _, keep := range []time.Duration{0, time.Hour} {
				for range 2 {
					f.rotateAtOnce(t, keep, true)
				}
				// Without a name they meet only if neither is done before the other starts.
				met := false
				for n := 0; n < 200 && !met; n++ {
					met = f.rotateAtOnce(t, keep, false)
				}
				if !met {
					t.Error("no two rotations that name no secret retired the same one")
				}
			}
			f.rotateOverTheCap(t)
		})
	}
}

// rotateAtOnce reports whether both rotations retired the same secret. If they don't name one, a rotation
// that starts after the other is done rightly takes the newest.
func (f *fixture) rotateAtOnce(t *testing.T, keep time.Duration, named bool) bool {
	t.Helper()
	admin := hub.OperatorActor()
	made := f.MakeApp(t, admin, "Rotated "+time.Now().String())
	id := made.App.ClientID
	// A third secret, which is promised a week, and a fourth that never expires.
	third, err := f.Apps.RotateSecret(context.Background(), admin, id, app.RotationRequest{Keep: 7 * 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	before := f.states(t, id)
	old := third.New.ID
	var got [2]app.Rotated
	errs := f.Both(func(i int) (err error) {
		in := app.RotationRequest{Keep: keep}
		if named {
			in.OldID = old
		}
		got[i], err = f.Apps.RotateSecret(context.Background(), admin, id, in)
		return err
	})
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	states := f.states(t, id)
	if got[0].Old.ID != old || got[1].Old.ID != old {
		if named || got[0].Old.ID != got[1].New.ID && got[1].Old.ID != got[0].New.ID {
			t.Errorf("the rotations retired %s and %s, want %s", got[0].Old.ID, got[1].Old.ID, old)
		}
		return false
	}
	for _, r := range got {
		if states[r.New.ID] != "live" {
			t.Errorf("a secret that an admin was just shown is %s, want live", states[r.New.ID])
		}
	}
	want := "expires in 1h0m0s"
	if keep == 0 {
		want = "revoked"
	}
	if states[old] != want {
		t.Errorf("the old secret is %s, want %s", states[old], want)
	}
	if states[made.Secret.ID] != before[made.Secret.ID] {
		t.Errorf("a third secret is %s, want %s as before", states[made.Secret.ID], before[made.Secret.ID])
	}
	return true
}

// With four live secrets, only one of two rotations has room for a fifth.
func (f *fixture) rotateOverTheCap(t *testing.T) {
	t.Helper()
	ctx, admin := context.Background(), hub.OperatorActor()
	made := f.MakeApp(t, admin, "Full")
	id := made.App.ClientID
	for range 3 {
		if _, _, err := f.Apps.AddSecret(ctx, admin, id, app.NewSecret{}); err != nil {
			t.Fatal(err)
		}
	}
	errs := f.Both(func(int) error {
		_, err := f.Apps.RotateSecret(ctx, admin, id, app.RotationRequest{Keep: time.Hour, OldID: made.Secret.ID})
		return err
	})
	if n := len(slices.DeleteFunc(errs, func(err error) bool { return !errors.Is(err, hub.ErrSecretLimit) })); n != 1 {
		t.Errorf("refused rotations = %d, want 1", n)
	}
	if n := len(f.LiveSecrets(t, id)); n != app.MaxLiveSecrets {
		t.Errorf("live secrets = %d, want %d", n, app.MaxLiveSecrets)
	}
}

func TestRetireAtMovesAnEndBothWays(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, dev := f.Join(t, "Ana", hub.Admin), f.Join(t, "Dan", hub.Developer)
	made := f.MakeApp(t, ana, "Sync")
	id, secretID := made.App.ClientID, made.Secret.ID
	for _, step := range []struct {
		end  time.Time
		want string
	}{
		{f.Clock.Now().Add(time.Hour), "expires in 1h0m0s"},
		{f.Clock.Now().Add(48 * time.Hour), "expires in 48h0m0s"},
		{time.Time{}, "live"},
	} {
		if err := f.Apps.RetireAt(ctx, ana, id, secretID, nil, step.end); err != nil {
			t.Fatal(err)
		}
		if got := f.states(t, id)[secretID]; got != step.want {
			t.Errorf("RetireAt(%v) leaves the secret %s, want %s", step.end, got, step.want)
		}
	}
	hubtest.WantInvalid(t, "RetireAt in the past", f.Apps.RetireAt(ctx, ana, id, secretID, nil, f.Clock.Now().Add(-time.Hour)), "expires_at")
	hubtest.WantForbidden(t, "RetireAt by a developer who did not make the app", f.Apps.RetireAt(ctx, dev, id, secretID, nil, time.Time{}))
	if err := f.Apps.RetireAt(ctx, ana, id, "none", nil, time.Time{}); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("RetireAt of an unknown secret = %v, want ErrNotFound", err)
	}
	if err := f.Apps.RevokeSecret(ctx, ana, id, secretID, false); err != nil {
		t.Fatal(err)
	}
	if err := f.Apps.RetireAt(ctx, ana, id, secretID, nil, time.Time{}); !errors.Is(err, hub.ErrSecretEnded) {
		t.Errorf("RetireAt of a revoked secret = %v, want ErrSecretEnded: it must stay revoked", err)
	}
}
