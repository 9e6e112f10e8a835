package secret

import (
	"strings"
	"testing"
)

// ACC-16.
func TestCheckedTokens(t *testing.T) {
	plain, hash := NewChecked(PersonalToken)
	if !WellFormed(PersonalToken, plain) || hash != HashToken(plain) || len(plain) != 4+43+6 {
		t.Fatalf("NewChecked returned a token of %d characters, well-formed %t", len(plain), WellFormed(PersonalToken, plain))
	}
	other, _ := NewChecked(PersonalToken)
	swapped := []byte(plain)
	swapped[10], swapped[11] = swapped[11]+1, swapped[10]
	for what, bad := range map[string]string{
		"empty": "", "the prefix alone": PersonalToken, "cut": plain[:len(plain)-1], "longer": plain + "a", "with a line feed": plain + "\n",
		"another prefix": RefreshToken + plain[4:], "another's checksum": plain[:47] + other[47:], "changed": string(swapped),
		"other case": strings.ToLower(plain[:4]) + strings.ToUpper(plain[4:]), "NUL": plain[:20] + "\x00" + plain[21:],
	} {
		if WellFormed(PersonalToken, bad) {
			t.Errorf("WellFormed(%s) = true, want false", what)
		}
	}
	if WellFormed(RefreshToken, plain) {
		t.Error("WellFormed(refresh token, personal token) = true, want false")
	}
}

func FuzzWellFormed(f *testing.F) {
	plain, _ := NewChecked(PersonalToken)
	for _, seed := range []string{plain, "", "gpp_", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, presented string) {
		if WellFormed(PersonalToken, presented) && (len(presented) != 53 || !isBase62(presented[4:])) {
			t.Errorf("WellFormed(%q) = true", presented)
		}
	})
}
