package secret

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
)

func TestVerifiedKnowsOnlyThisSecretOfThisRowWithThisHash(t *testing.T) {
	v := NewVerified(10)
	v.Remember("row", "hash", "secret")
	for _, c := range []struct {
		row, hash, presented string
		want                 bool
	}{
		{"row", "hash", "secret", true},
		{"row", "hash", "secret2", false},
		{"row", "hash", "", false},
		{"row", "other hash", "secret", false},
		{"other row", "hash", "secret", false},
		{"row", "hashs", "ecret", false}, // the parts are not just joined
	} {
		if got := v.Known(c.row, c.hash, c.presented); got != c.want {
			t.Errorf("Known(%q, %q, %q) = %v, want %v", c.row, c.hash, c.presented, got, c.want)
		}
	}
	if NewVerified(10).Known("row", "hash", "secret") {
		t.Error("Known in another process = true, want false")
	}
}

func TestVerifiedForgetsTheOldestFirstAndStaysBounded(t *testing.T) {
	v := NewVerified(3)
	for i := range 10 {
		v.Remember(strconv.Itoa(i), "h", "s")
		v.Remember(strconv.Itoa(i), "h2", "s") // the same row takes no second place
	}
	for i := range 10 {
		if got, want := v.Known(strconv.Itoa(i), "h2", "s"), i >= 7; got != want {
			t.Errorf("Known(%d) = %v, want %v", i, got, want)
		}
	}
	if len(v.digests) != 3 || len(v.order) != 3 {
		t.Errorf("entries = %d, order = %d, want 3, 3", len(v.digests), len(v.order))
	}
}

func TestVerifiedHoldsNothingOfASecretInTheClear(t *testing.T) {
	v := NewVerified(3)
	v.Remember("row", "$argon2id$hash", "gps_theSecret")
	if dump := fmt.Sprintf("%q %s", fmt.Sprint(v.digests, v.order), v.digests["row"]); strings.Contains(dump, "gps_") || strings.Contains(dump, "argon2id") {
		t.Errorf("what Verified holds = %s, want neither secret nor hash in it", dump)
	}
}

func TestVerifiedIsSafeForConcurrentUse(t *testing.T) {
	v := NewVerified(8)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 500 {
				row := strconv.Itoa((i + g) % 16)
				v.Remember(row, "h", row)
				if v.Known(row, "h", "wrong") {
					t.Errorf("Known(%s, wrong) = true, want false", row)
				}
			}
		})
	}
	wg.Wait()
}
