package secret

import (
	"regexp"
	"strings"
	"testing"
)

const client, otherClient = "97sv0tntua35arne6uo30614r9", "16ec4na9av8011ibj9hskf9umf"

// pattern is the regular expression that finds client secrets in leaks, as the docs publish it.
const pattern = `\bgps_[0-9A-Za-z]{40}\b`

func TestClientSecretsMatchThePublishedPattern(t *testing.T) {
	m := NewMinter(NewKeyring(Key{1}))
	whole := regexp.MustCompile(`^` + pattern + `$`)
	for range 100 {
		plain, hint := m.New(client)
		if !whole.MatchString(plain) || len(plain) != 44 {
			t.Fatalf("New() = %d characters that match %v: %v, want 44, true", len(plain), pattern, whole.MatchString(plain))
		}
		if hint != plain[40:] || Hint(plain) != hint {
			t.Fatalf("hint = %q, want the last four characters %q", hint, plain[40:])
		}
		if !m.Genuine(client, plain) {
			t.Fatal("Genuine(own secret) = false, want true")
		}
	}
	found := regexp.MustCompile(pattern).FindString("SECRET=\"" + strings.Repeat("x", 3) + " gps_" + strings.Repeat("a1B2", 10) + "\"")
	if found != "gps_"+strings.Repeat("a1B2", 10) {
		t.Errorf("pattern found %q in a text, want the secret", found)
	}
}

// TOK-05: cut, padded, other case, NUL tail, another client's.
func TestGenuineRefusesWhatTheMinterDidNotMakeForThisClient(t *testing.T) {
	m := NewMinter(NewKeyring(Key{1}))
	plain, _ := m.New(client)
	foreign, _ := NewMinter(NewKeyring(Key{2})).New(client)
	others, _ := m.New(otherClient)
	flipped := []byte(plain)
	flipped[10] ^= 1
	if !isBase62(string(flipped[4:])) {
		flipped[10] = 'A' + (plain[10]-'A'+1)%26
	}
	for name, presented := range map[string]string{
		"empty":            "",
		"cut":              plain[:43],
		"cut to hint":      plain[40:],
		"longer":           plain + "0",
		"space behind":     plain + " ",
		"space in front":   " " + plain,
		"NUL tail":         plain + "\x00",
		"NUL in place":     plain[:43] + "\x00",
		"upper case":       strings.ToUpper(plain),
		"lower case":       strings.ToLower(plain),
		"one bit":          string(flipped),
		"other prefix":     "gpp_" + plain[4:],
		"other client's":   others,
		"other portal's":   foreign,
		"made up":          "gps_" + strings.Repeat("a", 40),
		"not ASCII":        plain[:42] + "é",
		"the vendor's own": "10hj5i07htnu18jitial2dhg5tn4kd6fel6gg4clp3r6a8cj6o11",
		"a megabyte":       strings.Repeat("a", 1<<20),
		"percent encoded":  strings.Replace(plain, "_", "%5F", 1),
		"twice":            plain + plain,
		"line feed behind": plain + "\n",
	} {
		if m.Genuine(client, presented) {
			t.Errorf("Genuine(%s) = true, want false", name)
		}
	}
	if m.Genuine(otherClient, plain) || m.Genuine("", plain) || m.Genuine(client+"x", plain) {
		t.Error("Genuine(another client id) = true, want false")
	}
}

func TestTagIsBoundToTheIDAsAWhole(t *testing.T) {
	m := NewMinter(NewKeyring(Key{1}))
	plain, _ := m.New("ab")
	if m.Genuine("a", plain) || m.Genuine("abg", plain) {
		t.Error("Genuine(a shorter or longer id) = true, want false")
	}
}

func FuzzGenuine(f *testing.F) {
	m := NewMinter(NewKeyring(Key{1}))
	plain, _ := m.New(client)
	f.Add(client, plain)
	f.Add("", "gps_")
	f.Add(client, strings.Repeat("\xff", 44))
	whole := regexp.MustCompile(`^` + pattern + `$`)
	f.Fuzz(func(t *testing.T, id, presented string) {
		if m.Genuine(id, presented) && (id != client || !whole.MatchString(presented) || m.Genuine(id+"x", presented)) {
			t.Errorf("Genuine(%q, %q) = true, want false: nobody minted it", id, presented)
		}
		if got := Hint(presented); !strings.HasSuffix(presented, got) || len(got) > 4 {
			t.Errorf("Hint(%q) = %q, want at most the last four bytes", presented, got)
		}
	})
}
