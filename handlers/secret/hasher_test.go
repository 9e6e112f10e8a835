package secret

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/alexedwards/argon2id"
)

func TestHashHasItsOwnSalt(t *testing.T) {
	h := NewHasher(2, 2)
	one, err := h.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatalf("Hash() = %v, want nil", err)
	}
	two, _ := h.Hash(t.Context(), "correct horse")
	if one == two {
		t.Error("Hash() twice gave the same, want another salt each time")
	}
	for plain, want := range map[string]bool{"correct horse": true, "Correct horse": false, "correct horse ": false, "": false} {
		ok, rehash, err := h.Verify(t.Context(), plain, one)
		if ok != want || rehash || err != nil {
			t.Errorf("Verify(%q) = %v, %v, %v, want %v, false, nil", plain, ok, rehash, err, want)
		}
	}
}

// ACC-04: a raised cost reaches old hashes at their next use.
func TestHashOfAnotherCostAsksForARehash(t *testing.T) {
	cheap, err := argon2id.CreateHash("password", &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	for plain, want := range map[string]bool{"password": true, "other": false} {
		ok, rehash, err := NewHasher(1, 1).Verify(t.Context(), plain, cheap)
		if ok != want || rehash != want || err != nil {
			t.Errorf("Verify(%s, cheap hash) = %v, %v, %v, want %v, %v, nil", plain, ok, rehash, err, want, want)
		}
	}
}

func TestDamagedOrGreedyStoredHashIsRefusedBeforeAnyWork(t *testing.T) {
	h := NewHasher(1, 1)
	const salt, key = "c29tZXNhbHRzb21lc2FsdA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	for _, hash := range []string{
		"",
		"plain",
		"$argon2i$v=19$m=19456,t=2,p=1$" + salt + "$" + key,
		"$argon2id$v=16$m=19456,t=2,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=4194304,t=2,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=19456,t=4000000,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=19456,t=0,p=1$" + salt + "$" + key,
		"$argon2id$v=19$m=19456,t=2,p=0$" + salt + "$" + key,
		"$argon2id$v=19$m=19456,t=2,p=255$" + salt + "$" + key,
		"$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$",
		"$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$AAAA",
		"$argon2id$v=19$m=19456,t=2,p=1$" + salt + "$" + strings.Repeat("AAAA", 100),
	} {
		if ok, _, err := h.Verify(t.Context(), "anything", hash); ok || err == nil {
			t.Errorf("Verify(%q) = %v, %v, want false and an error", hash, ok, err)
		}
	}
}

func TestLongInputIsRefusedBeforeAnyWork(t *testing.T) {
	h := NewHasher(1, 0)
	h.running <- struct{}{} // whoever tries to hash is overloaded
	long := strings.Repeat("a", MaxInput+1)
	if _, err := h.Hash(t.Context(), long); !errors.Is(err, ErrTooLong) {
		t.Errorf("Hash(1025 bytes) = %v, want ErrTooLong", err)
	}
	if ok, _, err := h.Verify(t.Context(), long, ""); ok || err != nil {
		t.Errorf("Verify(1025 bytes) = %v, %v, want false, nil", ok, err)
	}
	if err := h.Dummy(t.Context(), long); err != nil {
		t.Errorf("Dummy(1025 bytes) = %v, want nil", err)
	}
	if err := h.Dummy(t.Context(), long[1:]); !errors.Is(err, ErrOverloaded) {
		t.Errorf("Dummy(1024 bytes) = %v, want ErrOverloaded", err)
	}
}

// ACC-17: a bounded number runs, a bounded number waits, the rest is refused immediately.
func TestGateAdmitsParallelAndQueueAndNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(2, 3)
		const callers = 9
		release := make(chan struct{})
		var mu sync.Mutex
		results := map[error]int{}
		for range callers {
			go func() {
				err := h.enter(t.Context())
				if err == nil {
					<-release
					h.leave()
				}
				mu.Lock()
				results[err]++
				mu.Unlock()
			}()
		}
		synctest.Wait()
		if got, want := results[ErrOverloaded], callers-2-3; got != want || len(h.running) != 2 {
			t.Errorf("overloaded = %d, running = %d, want %d, 2", got, len(h.running), want)
		}
		close(release)
		synctest.Wait()
		if got := results[nil]; got != 5 || h.waiting.Load() != 0 || len(h.running) != 0 {
			t.Errorf("served = %d, waiting = %d, running = %d, want 5, 0, 0", got, h.waiting.Load(), len(h.running))
		}
	})
}

func TestWhoeverGivesUpWaitingLeavesTheQueue(t *testing.T) {
	h := NewHasher(1, 1)
	h.running <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Hash(ctx, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("Hash(cancelled) = %v, want context.Canceled", err)
	}
	if got := h.waiting.Load(); got != 0 {
		t.Errorf("waiting = %d, want 0", got)
	}
}
