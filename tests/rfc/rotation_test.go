package rfc

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"gatepost/tests/testapp"
)

// RFC 9068 section 4: tokens are verified by the published keys, so a key is published before it
// signs, long enough for every cached set without it to expire, and until its last token has
// expired (JWT-05). Restarts replace the minute after which a server reads the keys again, and
// changed rows the time in between.
func TestRFC9068_4_KeyRotation(t *testing.T) {
	t.Parallel()
	w := &world{App: testapp.New(t)}
	c := w.AddApp(t, w.AddTeam(t, "Acme").ID, "Warehouse", "read")
	published := func() (kids []string) {
		var set struct {
			Keys []struct {
				KID string `json:"kid"`
			}
		}
		w.Do(t, w.Request(t, http.MethodGet, "/.well-known/jwks.json", "")).JSON(t, &set)
		for _, key := range set.Keys {
			kids = append(kids, key.KID)
		}
		return kids
	}
	kidOf := func(token string) string {
		kid, _ := decode(t, strings.Split(token, ".")[0])["kid"].(string)
		return kid
	}
	want := func(when, signs string, published []string, keys ...string) string {
		t.Helper()
		token := w.Token(t, c)
		if kid := kidOf(token); kid != signs {
			t.Errorf("%s the key %s signs, want %s", when, kid, signs)
		}
		slices.Sort(published)
		if slices.Sort(keys); !slices.Equal(published, keys) {
			t.Errorf("%s the keys %v are published, want %v", when, published, keys)
		}
		return token
	}
	first := w.Token(t, c)
	old := kidOf(first)
	var made struct {
		KID   string `json:"kid"`
		State string `json:"state"`
	}
	w.RunJSON(t, &made, "keys", "rotate")
	if made.KID == "" || made.KID == old || made.State != "next" {
		t.Fatalf("gatepost keys rotate gave the key %q, %s, want another key that is next", made.KID, made.State)
	}
	if err := w.Command(t, "keys", "rotate").Run(); err == nil {
		t.Error("a second rotation before the new key signs succeeded")
	}
	w.Restart(t)
	second := want("after the rotation", old, published(), old, made.KID)
	if waits := testapp.One[string](t, w.App, "SELECT signs_from - created_at > 300 FROM signing_keys WHERE kid = ?", made.KID); waits != "1" {
		t.Error("the new key signs before the last cached set has been dropped (max-age 300)")
	}

	now := time.Now().Unix()
	w.Change(t, "UPDATE signing_keys SET signs_from = ? WHERE kid = ?", now-10, made.KID)
	w.Change(t, "UPDATE signing_keys SET signs_until = ? WHERE kid = ?", now-10, old)
	w.Restart(t)
	third := want("after the new key has begun to sign", made.KID, published(), old, made.KID)
	for what, token := range map[string]string{"before the rotation": first, "while it waited": second, "after it": third} {
		if status := w.Me(t, token); status != http.StatusOK {
			t.Errorf("GET /api/v1/me with a token from %s = %d, want 200", what, status)
		}
	}

	w.Change(t, "UPDATE signing_keys SET published_until = ? WHERE kid = ?", time.Now().Unix()-1, old)
	w.Restart(t)
	want("after the old key's last token", made.KID, published(), made.KID)
	for token, status := range map[string]int{first: http.StatusUnauthorized, third: http.StatusOK} {
		if got := w.Me(t, token); got != status {
			t.Errorf("after the old key has gone: GET /api/v1/me = %d, want %d", got, status)
		}
	}
}
