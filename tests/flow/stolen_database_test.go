package flow

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"gatepost/tests/testapp"
)

// ACC-36, ASVS 6.5.2: whoever has the database alone finds no recovery code in it, and no hash that they could
// try codes against.
func TestStolenDatabaseGivesNoRecoveryCode(t *testing.T) {
	t.Parallel()
	app := testapp.New(t)
	codes := app.Owner(t).AddTOTP(t).Codes
	stored := testapp.One[string](t, app, "SELECT group_concat(hash, ' ') FROM recovery_codes")
	if n := len(strings.Fields(stored)); n != len(codes) || n == 0 {
		t.Fatalf("%d codes are stored, want the %d that were shown", n, len(codes))
	}
	person := testapp.One[string](t, app, "SELECT id FROM people")
	for _, code := range codes {
		plain := strings.ReplaceAll(code, "-", "")
		for _, tried := range []string{code, plain, person + " " + plain, person + plain} {
			sum := sha256.Sum256([]byte(tried))
			if strings.Contains(stored, tried) || strings.Contains(stored, hex.EncodeToString(sum[:])) {
				t.Error("the database holds a recovery code, or a hash of it that needs no key")
			}
		}
	}
}
