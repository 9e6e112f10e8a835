package grant

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// checkPlain checks what the vendor's client does with the payload of a token: it decodes the base64url
// as base64, some releases without padding, and as UTF-8.
func checkPlain(t *testing.T, c claims) {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	payload := base64.RawURLEncoding.EncodeToString(plainBase64(text))
	plain, err := base64.StdEncoding.Strict().DecodeString(payload)
	if err != nil {
		t.Fatalf("the payload of %s isn't base64: %v", text, err)
	}
	for _, b := range plain {
		if b >= 0x7F || strings.IndexByte(">?~", b) >= 0 {
			t.Fatalf("the payload of %s has the byte %q", text, b)
		}
	}
	var got, want any
	if err := json.Unmarshal(plain, &got); err != nil {
		t.Fatalf("%s isn't JSON: %v", plain, err)
	}
	if err := json.Unmarshal(text, &want); err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("the payload = %v, want %v", got, want)
	}
}

func TestLiveClaimsAreDecodedAsBase64(t *testing.T) {
	t.Parallel()
	named := func(name string) claims {
		return claims{Issuer: "https://portal.example/~" + name, Scope: name, ID: "jti", User: &VendorUser{ID: name, CompanyID: name, RoleName: name, CPID: name, SolutionKey: name}}
	}
	for length := range 40 {
		for _, filler := range []string{"a", "~", "?", ">", "\x7f", "}", `\`, `"`, "é", "\u2028", "\uffff", "😀", "\xff"} {
			checkPlain(t, named(strings.Repeat(filler, length)))
			checkPlain(t, named(strings.Repeat("x", length)+filler))
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, script := range slices.Sorted(maps.Keys(unicode.Scripts)) {
		var letters []rune
		for _, r := range unicode.Scripts[script].R16 {
			letters = append(letters, rune(r.Lo), rune(r.Hi))
		}
		for _, r := range unicode.Scripts[script].R32 {
			letters = append(letters, rune(r.Lo), rune(r.Hi))
		}
		for range 20 {
			name := make([]rune, random.IntN(30))
			for i := range name {
				name[i] = letters[random.IntN(len(letters))]
				if random.IntN(4) == 0 {
					name[i] = rune(random.IntN(0x80))
				}
			}
			checkPlain(t, named(string(name)))
		}
	}
}
