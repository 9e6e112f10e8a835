package secret

import (
	"errors"
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"
)

func TestHashHasItsOwnSalt(t *testing.T) {
	h := NewHasher(2, 2)
	one, err := h.Hash(t.Context(), From{}, "correct horse")
	if err != nil {
		t.Fatalf("Hash() = %v, want nil", err)
	}
	two, _ := h.Hash(t.Context(), From{}, "correct horse")
	if one == two {
		t.Error("Hash() twice gave the same, want another salt each time")
	}
	for plain, want := range map[string]bool{"correct horse": true, "Correct horse": false, "correct horse ": false, "": false} {
		ok, rehash, err := h.Verify(t.Context(), From{}, plain, one)
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
		ok, rehash, err := NewHasher(1, 1).Verify(t.Context(), From{}, plain, cheap)
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
		if ok, _, err := h.Verify(t.Context(), From{}, "anything", hash); ok || err == nil {
			t.Errorf("Verify(%q) = %v, %v, want false and an error", hash, ok, err)
		}
	}
}

func TestLongInputIsRefusedBeforeAnyWork(t *testing.T) {
	h := NewHasher(1, 0)
	hold(t, h, From{}) // whoever tries to hash is overloaded
	long := strings.Repeat("a", MaxInput+1)
	if _, err := h.Hash(t.Context(), From{}, long); !errors.Is(err, ErrTooLong) {
		t.Errorf("Hash(1025 bytes) = %v, want ErrTooLong", err)
	}
	if ok, _, err := h.Verify(t.Context(), From{}, long, ""); ok || err != nil {
		t.Errorf("Verify(1025 bytes) = %v, %v, want false, nil", ok, err)
	}
	if err := h.Dummy(t.Context(), From{}, long); err != nil {
		t.Errorf("Dummy(1025 bytes) = %v, want nil", err)
	}
	if err := h.Dummy(t.Context(), From{}, long[1:]); !errors.Is(err, ErrOverloaded) {
		t.Errorf("Dummy(1024 bytes) = %v, want ErrOverloaded", err)
	}
}
