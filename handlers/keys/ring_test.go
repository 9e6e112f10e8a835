package keys

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

var box = secret.NewKeyring(secret.Key{1}).NewBox(Purpose)

// clock is a time that a test moves.
type clock struct{ now time.Time }

func newClock() *clock                   { return &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }
func (c *clock) Now() time.Time          { return c.now }
func (c *clock) advance(d time.Duration) { c.now = c.now.Add(d) }

func openDB(t *testing.T, path string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func openRing(t *testing.T, d *db.DB, algorithm string, c *clock) *Ring {
	t.Helper()
	r, err := Open(t.Context(), d, Options{Algorithm: algorithm, Box: box, Now: c.Now})
	if err != nil {
		t.Fatalf("Open(%s) = %v, want nil", algorithm, err)
	}
	return r
}

// published lists the kid of every key in the JWK set with its alg.
func published(t *testing.T, r *Ring) map[string]string {
	t.Helper()
	var set struct{ Keys []map[string]any }
	if err := json.Unmarshal(r.JWKS(), &set); err != nil {
		t.Fatalf("JWKS() = %s, want JSON: %v", r.JWKS(), err)
	}
	list := map[string]string{}
	for _, k := range set.Keys {
		list[k["kid"].(string)] = k["alg"].(string)
	}
	if len(list) != len(set.Keys) {
		t.Errorf("JWKS() = %s, want unique kids", r.JWKS())
	}
	return list
}

func sign(t *testing.T, r *Ring) string {
	t.Helper()
	token, err := r.Sign(map[string]any{"sub": "me"})
	if err != nil {
		t.Fatalf("Sign() = %v, want nil", err)
	}
	return token
}

func TestFirstStartMakesAKeyThatSignsAtOnceAndSurvivesARestart(t *testing.T) {
	for _, algorithm := range append([]string{""}, algorithms...) {
		path := filepath.Join(t.TempDir(), "gatepost.db")
		c := newClock()
		first := openRing(t, openDB(t, path), algorithm, c)
		want := algorithm
		if want == "" {
			want = RS256
		}
		if got := first.Algorithm(); got != want {
			t.Errorf("Algorithm() = %q, want %q", got, want)
		}
		token := sign(t, first)
		second := openRing(t, openDB(t, path), algorithm, c)
		if _, err := second.Verify(token); err != nil {
			t.Errorf("Verify(%s, after a restart) = %v, want nil", want, err)
		}
		if got := published(t, second); len(got) != 1 {
			t.Errorf("keys after a restart = %v, want 1", got)
		}
	}
}

// JWT-04 and REL-07: public members only; never two key sets.
func TestJWKSHoldsPublicMembersOnly(t *testing.T) {
	want := map[string]string{RS256: "RSA e n", ES256: "EC crv x y", EdDSA: "OKP crv x"}
	for _, algorithm := range algorithms {
		r := openRing(t, openDB(t, filepath.Join(t.TempDir(), "g.db")), algorithm, newClock())
		var set struct{ Keys []map[string]any }
		if err := json.Unmarshal(r.JWKS(), &set); err != nil || len(set.Keys) != 1 {
			t.Fatalf("JWKS() = %s, %v, want one key", r.JWKS(), err)
		}
		k := set.Keys[0]
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "k", "x5c"} {
			if _, ok := k[private]; ok {
				t.Errorf("JWKS(%s) has the member %q, want public ones only", algorithm, private)
			}
		}
		fields := strings.Fields(want[algorithm])
		if k["kty"] != fields[0] || k["use"] != "sig" || k["alg"] != algorithm || len(k) != len(fields)-1+4 {
			t.Errorf("JWKS(%s) = %v, want kty, use, alg, kid and %v", algorithm, k, want[algorithm])
		}
	}
}

func TestProcessesThatStartAtOnceShareOneKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gatepost.db")
	c := newClock()
	var rings [4]*Ring
	var wg sync.WaitGroup
	for i := range rings {
		d := openDB(t, path)
		wg.Go(func() {
			var err error
			rings[i], err = Open(t.Context(), d, Options{Algorithm: ES256, Box: box, Now: c.Now})
			if err != nil {
				t.Errorf("Open(race %d) = %v, want nil", i, err)
			}
		})
	}
	wg.Wait()
	for i, r := range rings {
		if got := string(r.JWKS()); got != string(rings[0].JWKS()) || len(published(t, r)) != 1 {
			t.Errorf("JWKS(race %d) = %s, want the one key of race 0", i, got)
		}
	}
}

// JWT-05: published before it signs; the old key stays until its last token is dead.
func TestNewAlgorithmIsPublishedFirstAndTheOldKeyOutlivesItsTokens(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gatepost.db")
	c := newClock()
	running := openRing(t, openDB(t, path), RS256, c)
	c.advance(time.Hour)
	restarted := openRing(t, openDB(t, path), ES256, c)
	step := func(name string, after time.Duration, signs string, keys int) {
		t.Helper()
		c.advance(after)
		for process, r := range map[string]*Ring{"restarted": restarted, "running": running} {
			if got := published(t, r); len(got) != keys {
				t.Errorf("%s: keys published by the %s process = %v, want %d", name, process, got, keys)
			}
			if got := r.Algorithm(); got != signs {
				t.Errorf("%s: the %s process signs with %s, want %s", name, process, got, signs)
			}
			if _, err := r.Verify(sign(t, r)); err != nil {
				t.Errorf("%s: Verify(own token of the %s process) = %v, want nil", name, process, err)
			}
		}
	}
	step("at once", 0, RS256, 2)
	step("when every view of it is known", viewMaxAge, RS256, 2)
	step("just before every cache has it", PublishFirst-viewMaxAge-time.Second, RS256, 2)
	old := sign(t, restarted)
	step("then", time.Second, ES256, 2)
	step("as the longest token of the old key dies", 24*time.Hour, ES256, 2)
	if _, err := restarted.Verify(old); err != nil {
		t.Errorf("Verify(token of the old key, in its last minute) = %v, want nil", err)
	}
	step("afterwards", 11*time.Minute, ES256, 1)
	if _, err := restarted.Verify(old); err == nil {
		t.Error("Verify(token of a key that has gone) = nil, want an error")
	}
	if got := published(t, openRing(t, openDB(t, path), ES256, c)); len(got) != 1 {
		t.Errorf("keys after another restart = %v, want 1", got)
	}
}

// REL-11: the clock may be wrong, or have been.
func TestClockThatWasSetBackOrFarAheadStillSigns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gatepost.db")
	for _, offset := range []time.Duration{0, -2 * time.Hour, 400 * 24 * time.Hour} {
		c := newClock()
		c.advance(offset)
		r := openRing(t, openDB(t, path), EdDSA, c)
		if _, err := r.Verify(sign(t, r)); err != nil || len(published(t, r)) != 1 {
			t.Errorf("with a clock that is %v off: Verify = %v, keys = %d, want nil, 1", offset, err, len(published(t, r)))
		}
	}
}

func TestWrongEncryptionKeyGivesOneClearSentence(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gatepost.db")
	openRing(t, openDB(t, path), EdDSA, newClock())
	_, err := Open(t.Context(), openDB(t, path), Options{Algorithm: EdDSA, Box: secret.NewKeyring(secret.Key{2}).NewBox(Purpose)})
	if err == nil || !strings.Contains(err.Error(), "GATEPOST_KEY_FILE") || strings.Contains(err.Error(), "\n") {
		t.Errorf("Open(wrong key) = %v, want one sentence that names GATEPOST_KEY_FILE", err)
	}
	_, err = Open(t.Context(), openDB(t, path), Options{Algorithm: "HS256", Box: box})
	if err == nil || !strings.Contains(err.Error(), "GATEPOST_SIGNING_ALG") {
		t.Errorf("Open(HS256) = %v, want an error that names GATEPOST_SIGNING_ALG", err)
	}
}

func TestStoredPrivateKeyIsBoundToItsRow(t *testing.T) {
	one, _ := generate(ES256)
	two, _ := generate(ES256)
	sealed, err := seal(box, one)
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]db.SigningKey{
		"another row's": {KID: two.id, Algorithm: ES256, PrivateKey: sealed},
		"another alg":   {KID: one.id, Algorithm: RS256, PrivateKey: sealed},
		"cut":           {KID: one.id, Algorithm: ES256, PrivateKey: sealed[:len(sealed)-1]},
		"empty":         {KID: one.id, Algorithm: ES256},
	} {
		if _, err := open(box, row); err == nil {
			t.Errorf("open(%s) = nil, want an error", name)
		}
	}
	if _, err := open(box, db.SigningKey{KID: one.id, Algorithm: ES256, PrivateKey: sealed}); err != nil {
		t.Errorf("open(own row) = %v, want nil", err)
	}
}

func TestRefreshReportsADatabaseThatIsGoneWhileTokensAreStillSigned(t *testing.T) {
	c := newClock()
	d := openDB(t, filepath.Join(t.TempDir(), "g.db"))
	r := openRing(t, d, EdDSA, c)
	d.Close()
	c.advance(2 * viewMaxAge)
	if err := r.Refresh(context.Background()); err == nil {
		t.Error("Refresh(closed database) = nil, want an error")
	}
	if _, err := r.Verify(sign(t, r)); err != nil {
		t.Errorf("Verify with the older view = %v, want nil", err)
	}
}
