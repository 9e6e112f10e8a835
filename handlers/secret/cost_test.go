//go:build !cheaphash

package secret

import (
	"strings"
	"testing"
)

func TestHashIsArgon2idWithTheNamedCost(t *testing.T) {
	hash, err := NewHasher(1, 1).Hash(t.Context(), From{}, "correct horse")
	if want := "$argon2id$v=19$m=19456,t=2,p=1$"; err != nil || !strings.HasPrefix(hash, want) {
		t.Errorf("Hash() = %s, %v, want it to start with %s", hash, err, want)
	}
}
