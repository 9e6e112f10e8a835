package secret

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
)

func TestIDsHaveTheirFormat(t *testing.T) {
	format := regexp.MustCompile(`^[a-z0-9]{26}$`)
	seen := map[string]bool{}
	for range 1000 {
		id := ID()
		if !format.MatchString(id) || seen[id] {
			t.Fatalf("ID() = %q, seen before %v, want a new one of %v", id, seen[id], format)
		}
		seen[id] = true
	}
}

func TestJTIsAreUUIDsThatSortByTime(t *testing.T) {
	last := ""
	for range 1000 {
		jti := JTI()
		id, err := uuid.Parse(jti)
		if err != nil || id.Version() != 7 {
			t.Fatalf("JTI() = %q, want a UUID of version 7", jti)
		}
		if jti <= last {
			t.Fatalf("JTI() = %q after %q, want a greater one", jti, last)
		}
		last = jti
	}
}

func TestTokensCarryTheirPrefixAndAreStoredHashed(t *testing.T) {
	plain, hash := NewToken("gpi_")
	if !regexp.MustCompile(`^gpi_[0-9A-Za-z]{43}$`).MatchString(plain) {
		t.Errorf("NewToken(gpi_) = %q, want gpi_ and 43 characters of base62", plain)
	}
	if hash != HashToken(plain) || strings.Contains(hash, plain[4:]) || len(hash) != 64 {
		t.Errorf("NewToken hash = %q, want the hex SHA-256 of the token", hash)
	}
	if want := "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; HashToken("abc") != want {
		t.Errorf("HashToken(abc) = %s, want %s", HashToken("abc"), want)
	}
}

// A plain b%62 would give the first 8 characters a chance of 5/256 against 4/256.
func TestRandomCharactersHaveTheSameChance(t *testing.T) {
	for _, alphabet := range []string{base62, base36} {
		const each = 4000
		counts := map[rune]int{}
		for _, c := range random(each*len(alphabet), alphabet) {
			counts[c]++
		}
		for _, c := range alphabet {
			// The standard deviation is about 63: 8 % are five of them.
			if n := counts[c]; n < each*92/100 || n > each*108/100 {
				t.Errorf("count of %q in %d characters = %d, want about %d", c, each*len(alphabet), n, each)
			}
		}
	}
}
