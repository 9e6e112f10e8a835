package account_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"gatepost/handlers/hub"
	"gatepost/handlers/hub/account"
	"gatepost/handlers/hub/hubtest"
	"gatepost/handlers/hub/team"
	"gatepost/handlers/secret"
)

// wait returns the wait that err demands, 0 if none.
func wait(t *testing.T, err error) time.Duration {
	t.Helper()
	var throttled *hub.Throttled
	if errors.As(err, &throttled) {
		return throttled.RetryAfter
	}
	if err != nil && !errors.Is(err, hub.ErrWrongPassword) {
		t.Fatalf("SignIn = %v, want ErrWrongPassword or *Throttled", err)
	}
	return 0
}

// secondProcess returns the accounts of a second process on the same database.
func (f *fixture) secondProcess(t *testing.T) *account.Accounts {
	t.Helper()
	h := hub.New(hub.Options{
		DB: f.DB, Minter: secret.NewMinter(secret.NewKeyring(secret.Key{1})), Hasher: secret.NewHasher(2, 64), Mail: f.Mail, Key: secret.NewKeyring(secret.Key{1}),
		Issuer: f.Issuer, Brand: "Gatepost", Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: f.Clock.Now,
	})
	t.Cleanup(h.Close)
	return account.New(h, team.New(h), nil)
}

// ACC-06: waits grow, apply to every process that shares the database, and always end. A success resets
// them.
func TestSignInWaitsGrow(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	f.Join(t, "Ana", hub.Admin)
	processes := []*account.Accounts{f.Accounts, f.secondProcess(t)}
	here := hub.Actor{Address: "203.0.113.9"}
	wrong := func(n int) {
		t.Helper()
		if _, err := processes[n%2].SignIn(ctx, here, "ana@example.com", "wrong wrong wrong"); wait(t, err) > 0 {
			t.Fatalf("wrong try %d = %v, want it accepted", n+1, err)
		}
	}
	for range 2 {
		for n := range 9 {
			wrong(n)
		}
		if _, err := f.Accounts.SignIn(ctx, here, "ana@example.com", hubtest.Password); err != nil {
			t.Fatalf("SignIn after nine wrong passwords = %v, want nil", err)
		}
	}
	for n := range 9 {
		wrong(n)
	}
	var waits []time.Duration
	for n := range 7 {
		wrong(n)
		for i := range processes { // each process demands the same wait, for the right password too
			_, err := processes[(n+i)%2].SignIn(ctx, here, "ana@example.com", hubtest.Password)
			if i == 0 {
				waits = append(waits, wait(t, err))
			} else if wait(t, err) != waits[n] {
				t.Errorf("the other process: %v, want a wait of %v", err, waits[n])
			}
		}
		f.Clock.Add(waits[n])
	}
	want := "[30s 1m0s 2m0s 4m0s 8m0s 15m0s 15m0s]"
	if fmt.Sprint(waits) != want {
		t.Errorf("waits after the tenth wrong password and on = %v, want %s", waits, want)
	}
	if _, err := f.Accounts.SignIn(ctx, here, "ana@example.com", hubtest.Password); err != nil {
		t.Errorf("SignIn after the last wait = %v, want nil", err)
	}
}

func TestSignInIsAlikeForNobody(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	f.Join(t, "Ana", hub.Admin)
	here := hub.Actor{Address: "203.0.113.9"}
	var seen [2]string
	for i, email := range []string{"ana@example.com", "nobody@example.com"} {
		for range 12 {
			_, err := f.Accounts.SignIn(ctx, here, email, "wrong wrong wrong")
			seen[i] += err.Error() + "\n"
			f.Clock.Add(wait(t, err))
		}
	}
	if seen[0] != seen[1] {
		t.Errorf("the answers for an account are\n%sand without one\n%s", seen[0], seen[1])
	}
}

// One host has very many IPv6 addresses, so the network counts.
func TestSignInCountsNetworks(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	f.Join(t, "Ana", hub.Admin)
	for n := range 10 {
		if _, err := f.Accounts.SignIn(ctx, hub.Actor{Address: fmt.Sprintf("2001:db8:1:2::%x", n+1)}, "ana@example.com", "wrong wrong wrong"); wait(t, err) > 0 {
			t.Fatalf("try %d = %v, want ErrWrongPassword", n+1, err)
		}
	}
	if _, err := f.Accounts.SignIn(ctx, hub.Actor{Address: "2001:db8:1:2::ffff"}, "ana@example.com", hubtest.Password); wait(t, err) == 0 {
		t.Errorf("SignIn from the eleventh address of one network = %v, want *Throttled", err)
	}
	if _, err := f.Accounts.SignIn(ctx, hub.Actor{Address: "2001:db8:1:3::1"}, "ana@example.com", hubtest.Password); err != nil {
		t.Errorf("SignIn from another network = %v, want nil", err)
	}
}

// Concurrent tries don't exceed the free ones.
func TestSignInsAtOnce(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	f.Join(t, "Ana", hub.Admin)
	here := hub.Actor{Address: "203.0.113.9"}
	var mu sync.Mutex
	var wg sync.WaitGroup
	taken := 0
	for range 30 {
		wg.Go(func() {
			_, err := f.Accounts.SignIn(ctx, here, "ana@example.com", "wrong wrong wrong")
			mu.Lock()
			defer mu.Unlock()
			if errors.Is(err, hub.ErrWrongPassword) {
				taken++
			}
		})
	}
	wg.Wait()
	if taken > 10 {
		t.Errorf("%d of 30 concurrent wrong passwords were checked, want at most 10", taken)
	}
}

// A successful sign-in from a known place writes its event, and nothing for the throttle.
func TestGoodSignInWritesNothingForTheThrottle(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	f.Join(t, "Ana", hub.Admin)
	here := hub.Actor{Address: "203.0.113.9"}
	if _, err := f.Accounts.SignIn(ctx, here, "ana@example.com", hubtest.Password); err != nil {
		t.Fatal(err)
	}
	known := secret.HashToken("known ana@example.com 203.0.113.9")
	first, err := f.DB.SignInTries(ctx, known)
	if err != nil || len(first) != 1 || first[0].Tries != 0 {
		t.Fatalf("SignInTries of the place = %v, %v, want it known", first, err)
	}
	f.Clock.Add(time.Hour)
	if _, err := f.Accounts.SignIn(ctx, here, "ana@example.com", hubtest.Password); err != nil {
		t.Fatal(err)
	}
	if again, err := f.DB.SignInTries(ctx, known); err != nil || again[0] != first[0] {
		t.Errorf("the place after a second sign-in within a day = %v, %v, want it unchanged, %v", again, err, first)
	}
}

// ACC-05, ACC-06: the same answer whether or not the account exists, and a limit to guessing.
func TestSignInThrottles(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	f.Join(t, "Ana", hub.Admin)
	here := hub.Actor{Address: "203.0.113.9"}
	for _, email := range []string{"ana@example.com", "nobody@example.com"} {
		var throttled *hub.Throttled
		tries := 0
		for ; tries < 30; tries++ {
			if _, err := f.Accounts.SignIn(ctx, here, email, "wrong wrong wrong"); errors.As(err, &throttled) {
				break
			} else if !errors.Is(err, hub.ErrWrongPassword) {
				t.Fatalf("SignIn(%s) = %v, want ErrWrongPassword", email, err)
			}
		}
		if tries != 10 || throttled.RetryAfter <= 0 {
			t.Errorf("SignIn(%s) was throttled after %d tries, want 10", email, tries)
		}
	}
	if _, err := f.Accounts.SignIn(ctx, hub.Actor{Address: "198.51.100.7"}, "ana@example.com", hubtest.Password); err != nil {
		t.Errorf("SignIn from another address = %v, want nil: a stranger must not lock a person out", err)
	}
	f.Clock.Add(16 * time.Minute)
	if _, err := f.Accounts.SignIn(ctx, here, "ana@example.com", hubtest.Password); err != nil {
		t.Errorf("SignIn after the window = %v, want nil", err)
	}
}

// A flood of sign-ins is stopped at the door, before anything is read or counted.
func TestSignInWaitsAtTheDoor(t *testing.T) {
	f, ctx := newFixture(t), context.Background()
	f.Join(t, "Ana", hub.Admin)
	door := f.Hub.Door
	f.Hub.Door = &secret.Door{} // lets nobody in
	for range 20 {
		if _, err := f.Accounts.SignIn(ctx, hub.Actor{Address: "203.0.113.9"}, "ana@example.com", "wrong wrong wrong"); !errors.Is(err, secret.ErrOverloaded) {
			t.Fatalf("SignIn at a full door = %v, want ErrOverloaded", err)
		}
	}
	if _, _, err := f.Accounts.VendorLogin(ctx, hub.Actor{}, f.OwnTeam.SolutionKey, "ana@example.com", hubtest.Password); !errors.Is(err, secret.ErrOverloaded) {
		t.Errorf("VendorLogin at a full door = %v, want ErrOverloaded", err)
	}
	f.Hub.Door = door
	if _, err := f.Accounts.SignIn(ctx, hub.Actor{Address: "203.0.113.9"}, "ana@example.com", hubtest.Password); err != nil {
		t.Errorf("SignIn after the flood = %v, want nil: what the door refuses isn't counted", err)
	}
}
