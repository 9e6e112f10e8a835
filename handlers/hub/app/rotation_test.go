package hub_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/tests/testapp"
)

// states gives the end of every secret of an app by its id: "live", "revoked", or when it ends.
func (f *fixture) states(t *testing.T, clientID string) map[string]string {
	t.Helper()
	all, err := f.db.Secrets(context.Background(), clientID)
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
			out[s.ID] = "ends in " + s.ExpiresAt.Sub(f.clock.Now()).Round(time.Minute).String()
		}
	}
	return out
}

func TestRotateEndsTheChosenSecretOnly(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.person(t, "Ana", hub.Admin)
	made := f.app(t, ana, "Sync")
	id, first := made.App.ClientID, made.Secret.ID
	_, second, err := f.AddSecret(ctx, ana, id, hub.NewSecret{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := f.RotateSecret(ctx, ana, id, hub.Rotating{Until: f.clock.Now().Add(3 * time.Hour), Retire: first})
	if err != nil {
		t.Fatal(err)
	}
	if got.Old.ID != first || !got.OldEndsAt.Equal(f.clock.Now().Add(3*time.Hour)) {
		t.Errorf("RotateSecret retired %s until %v, want the first until three hours from now", got.Old.ID, got.OldEndsAt)
	}
	// An end that is near is not put off, and a second rotation leaves it alone.
	later, err := f.RotateSecret(ctx, ana, id, hub.Rotating{Keep: 24 * time.Hour, Retire: first})
	if err != nil {
		t.Fatal(err)
	}
	if !later.OldEndsAt.Equal(got.OldEndsAt) {
		t.Errorf("a second rotation of the same secret says that it ends %v, want %v as it was", later.OldEndsAt, got.OldEndsAt)
	}
	at, err := f.RotateSecret(ctx, ana, id, hub.Rotating{Retire: got.New.ID})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{first: "ends in 3h0m0s", second.ID: "live", got.New.ID: "revoked", later.New.ID: "live", at.New.ID: "live"}
	for secret, state := range f.states(t, id) {
		if state != want[secret] {
			t.Errorf("secret %s = %s, want %s", secret, state, want[secret])
		}
	}
}

func TestRotateRefusesOddEnds(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.person(t, "Ana", hub.Admin)
	id := f.app(t, ana, "Sync").App.ClientID
	for what, in := range map[string]hub.Rotating{
		"before now":     {Until: f.clock.Now().Add(-time.Second)},
		"after 90 days":  {Until: f.clock.Now().Add(91 * 24 * time.Hour)},
		"for 91 days":    {Keep: 91 * 24 * time.Hour},
		"a negative one": {Keep: -time.Second},
	} {
		_, err := f.RotateSecret(ctx, ana, id, in)
		wantInvalid(t, "RotateSecret with an end "+what, err, "keep_old")
	}
	_, err := f.RotateSecret(ctx, ana, id, hub.Rotating{Retire: "of-another-app"})
	wantInvalid(t, "RotateSecret of a secret that the app does not have", err, "retire")
	if n := len(f.live(t, id)); n != 1 {
		t.Errorf("live secrets after refusals = %d, want 1", n)
	}
}

// Two admins press Rotate in the same second, on two processes that share the database: each
// gets a secret of their own that works, the old one gets one end, nothing else changes.
func TestTwoAdminsRotateAtOnce(t *testing.T) {
	for engine, dsn := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "gatepost.db") },
		"postgres": func(t *testing.T) string { return testapp.StartPostgres(t).Database(t) },
	} {
		t.Run(engine, func(t *testing.T) {
			f := newFixtureOn(t, dsn(t), "")
			met := 0
			for _, keep := range []time.Duration{0, time.Hour} {
				for round := range 4 {
					if f.rotateAtOnce(t, keep, round%2 == 0) {
						met++
					}
				}
			}
			if met <= 4 { // those that name the old one always do
				t.Error("no two rotations that name no secret retired the same one")
			}
			f.rotateOverTheCap(t)
		})
	}
}

// rotateAtOnce says whether both rotations retired the same secret. Without a name, one that
// starts when the other is through rightly takes the newest.
func (f *fixture) rotateAtOnce(t *testing.T, keep time.Duration, named bool) bool {
	t.Helper()
	admin := hub.OperatorActor()
	made := f.app(t, admin, "Rotated "+time.Now().String())
	id := made.App.ClientID
	// A third one, promised a week, and a fourth without an end.
	third, err := f.RotateSecret(context.Background(), admin, id, hub.Rotating{Keep: 7 * 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	before := f.states(t, id)
	old := third.New.ID
	var got [2]hub.Rotated
	errs := f.both(func(i int) (err error) {
		in := hub.Rotating{Keep: keep}
		if named {
			in.Retire = old
		}
		got[i], err = f.RotateSecret(context.Background(), admin, id, in)
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
	want := "ends in 1h0m0s"
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

// both runs fn twice at the same time.
func (f *fixture) both(fn func(i int) error) []error {
	errs := make([]error, 2)
	var start, done sync.WaitGroup
	start.Add(1)
	for i := range errs {
		done.Go(func() { start.Wait(); errs[i] = fn(i) })
	}
	start.Done()
	done.Wait()
	return errs
}

// With four live secrets one of two rotations finds the last free place.
func (f *fixture) rotateOverTheCap(t *testing.T) {
	t.Helper()
	ctx, admin := context.Background(), hub.OperatorActor()
	made := f.app(t, admin, "Full")
	id := made.App.ClientID
	for range 3 {
		if _, _, err := f.AddSecret(ctx, admin, id, hub.NewSecret{}); err != nil {
			t.Fatal(err)
		}
	}
	errs := f.both(func(int) error {
		_, err := f.RotateSecret(ctx, admin, id, hub.Rotating{Keep: time.Hour, Retire: made.Secret.ID})
		return err
	})
	if n := len(slices.DeleteFunc(errs, func(err error) bool { return !errors.Is(err, hub.ErrSecretLimit) })); n != 1 {
		t.Errorf("refused rotations = %d, want 1", n)
	}
	if n := len(f.live(t, id)); n != hub.MaxLiveSecrets {
		t.Errorf("live secrets = %d, want %d", n, hub.MaxLiveSecrets)
	}
}

func TestRetireAtMovesAnEndBothWays(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana, dev := f.person(t, "Ana", hub.Admin), f.person(t, "Dan", hub.Developer)
	made := f.app(t, ana, "Sync")
	id, secretID := made.App.ClientID, made.Secret.ID
	for _, step := range []struct {
		end  time.Time
		want string
	}{
		{f.clock.Now().Add(time.Hour), "ends in 1h0m0s"},
		{f.clock.Now().Add(48 * time.Hour), "ends in 48h0m0s"},
		{time.Time{}, "live"},
	} {
		if err := f.RetireAt(ctx, ana, id, secretID, step.end); err != nil {
			t.Fatal(err)
		}
		if got := f.states(t, id)[secretID]; got != step.want {
			t.Errorf("RetireAt(%v) leaves the secret %s, want %s", step.end, got, step.want)
		}
	}
	wantInvalid(t, "RetireAt in the past", f.RetireAt(ctx, ana, id, secretID, f.clock.Now().Add(-time.Hour)), "end")
	wantForbidden(t, "RetireAt by a developer who did not make the app", f.RetireAt(ctx, dev, id, secretID, time.Time{}))
	if err := f.RetireAt(ctx, ana, id, "none", time.Time{}); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("RetireAt of no secret = %v, want ErrNotFound", err)
	}
	if err := f.RevokeSecret(ctx, ana, id, secretID, false); err != nil {
		t.Fatal(err)
	}
	if err := f.RetireAt(ctx, ana, id, secretID, time.Time{}); !errors.Is(err, hub.ErrSecretEnded) {
		t.Errorf("RetireAt of a revoked secret = %v, want ErrSecretEnded: the dead stay dead", err)
	}
}

func TestProofOfSave(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	ana := f.person(t, "Ana", hub.Admin)
	made, other := f.app(t, ana, "Sync"), f.app(t, ana, "Other")
	id := made.App.ClientID
	saved, err := f.ProveSaved(ctx, ana, id, made.Secret.Plain)
	if err != nil || saved.ID != made.Secret.ID || saved.SavedByName != "Ana" {
		t.Fatalf("ProveSaved = %+v, %v, want the secret, saved by Ana", saved, err)
	}
	if _, err := f.ProveSaved(ctx, ana, id, made.Secret.Plain); err != nil {
		t.Errorf("ProveSaved again = %v", err)
	}
	revoked, _, err := f.Rotate(ctx, ana, id, 0)
	if err != nil {
		t.Fatal(err)
	}
	for what, pasted := range map[string]string{
		"nothing":                   "",
		"a secret with a line end":  revoked.Plain + "\n",
		"half of it":                revoked.Plain[:20],
		"another app's":             other.Secret.Plain,
		"one letter changed":        revoked.Plain[:10] + "x" + revoked.Plain[11:],
		"one that has been revoked": made.Secret.Plain,
		"no secret at all":          "correct horse battery staple",
	} {
		_, err := f.ProveSaved(ctx, ana, id, pasted)
		wantInvalid(t, "ProveSaved of "+what, err, "client_secret")
		if err != nil && pasted != "" && len(pasted) > 20 && strings.Contains(err.Error(), pasted[8:20]) {
			t.Errorf("ProveSaved of %s repeats what was pasted: %v", what, err)
		}
	}
	var throttled *hub.Throttled
	for range 40 {
		if _, err = f.ProveSaved(ctx, ana, id, revoked.Plain); errors.As(err, &throttled) {
			break
		}
	}
	if throttled == nil {
		t.Errorf("ProveSaved 40 times = %v, want *Throttled", err)
	}
}
