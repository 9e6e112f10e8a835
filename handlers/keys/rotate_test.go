package keys

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gatepost/db"
)

// kid is the key id in a token's header.
func kid(t *testing.T, token string) string {
	t.Helper()
	first, _, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(first)
	var header tokenHeader
	if err != nil || json.Unmarshal(raw, &header) != nil {
		t.Fatalf("header of %q can't be read: %v", token, err)
	}
	return header.KeyID
}

// JWT-05, JWT-06, RFC 9700 section 2.6 by analogy: a client that caches the JWK set for as long
// as its max-age allows, fetched from any process, knows the key of every token that any process
// signs.
func TestClientsThatCacheTheSetNeverSeeAnUnknownKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "g.db")
	c := newClock()
	rings := []*Ring{openRing(t, openDB(t, path), EdDSA, c), openRing(t, openDB(t, path), EdDSA, c)}
	type cache struct {
		from int // the process that it fetches from
		keys map[string]string
		read time.Time
	}
	// Clients fetch from either process, at different seconds of the max-age.
	var clients []*cache
	for offset := range 30 {
		clients = append(clients, &cache{from: offset % 2, read: c.now.Add(-time.Duration(offset) * 10 * time.Second), keys: published(t, rings[offset%2])})
	}
	first := kid(t, sign(t, rings[0]))
	rotated := false
	for step := 0; step < 2000 && (!rotated || kid(t, sign(t, rings[1])) == first || step < 1000); step++ {
		c.advance(time.Second)
		if step == 7 {
			if _, err := rings[0].Rotate(t.Context(), nil); err != nil {
				t.Fatalf("Rotate() = %v, want nil", err)
			}
			rotated = true
		}
		for _, client := range clients {
			if c.now.Sub(client.read) >= MaxAge {
				client.keys, client.read = published(t, rings[client.from]), c.now
			}
		}
		for process, r := range rings {
			id := kid(t, sign(t, r))
			for i, client := range clients {
				if client.keys[id] == "" {
					t.Fatalf("second %d: process %d signs with a key that client %d has not seen", step, process, i)
				}
			}
		}
	}
	if got := kid(t, sign(t, rings[1])); got == first {
		t.Error("after 2000 s the old key still signs, want the new one")
	}
}

func TestRotationKeepsTheOldKeyUntilItsLastTokenHasDied(t *testing.T) {
	path := filepath.Join(t.TempDir(), "g.db")
	c := newClock()
	r, other := openRing(t, openDB(t, path), ES256, c), openRing(t, openDB(t, path), ES256, c)
	first := kid(t, sign(t, r))
	next, err := r.Rotate(t.Context(), nil)
	if err != nil || next.State != Next || next.KID == first || next.Algorithm != ES256 || !next.SignsFrom.Equal(c.now.Add(PublishFirst)) {
		t.Fatalf("Rotate() = %+v, %v, want another ES256 key that is next to sign in %v", next, err, PublishFirst)
	}
	if _, err := other.Rotate(t.Context(), nil); !errors.Is(err, ErrRotating) {
		t.Errorf("Rotate(while one is under way, another process) = %v, want ErrRotating", err)
	}
	states := func(r *Ring) string {
		t.Helper()
		list, err := r.List(t.Context())
		if err != nil {
			t.Fatalf("List() = %v, want nil", err)
		}
		var out []string
		for _, k := range list {
			name := "new"
			if k.KID == first {
				name = "old"
			}
			out = append(out, name+" "+k.State)
		}
		return strings.Join(out, ", ")
	}
	for _, step := range []struct {
		after time.Duration
		want  string
	}{
		{0, "new next, old signs"},
		{PublishFirst - time.Second, "new next, old signs"},
		{time.Second, "new signs, old verifies"},
		{24*time.Hour + 9*time.Minute, "new signs, old verifies"},
		{time.Minute, "new signs"},
	} {
		old := sign(t, r)
		c.advance(step.after)
		for _, process := range []*Ring{r, other} {
			if got := states(process); got != step.want {
				t.Errorf("List() %v later = %s, want %s", step.after, got, step.want)
			}
		}
		if step.after < 24*time.Hour {
			if _, err := other.Verify(old); err != nil {
				t.Errorf("Verify(token signed %v ago) = %v, want nil", step.after, err)
			}
		}
	}
	if _, err := r.Rotate(t.Context(), nil); err != nil {
		t.Errorf("Rotate(afterwards) = %v, want nil", err)
	}
}

func TestRotationsAtOnceMakeOneKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "g.db")
	c := newClock()
	first := openRing(t, openDB(t, path), EdDSA, c)
	var wg sync.WaitGroup
	var made, refused int
	var mu sync.Mutex
	for range 4 {
		r := openRing(t, openDB(t, path), EdDSA, c)
		wg.Go(func() {
			_, err := r.Rotate(context.Background(), nil)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				made++
			case errors.Is(err, ErrRotating):
				refused++
			default:
				t.Errorf("Rotate(race) = %v, want nil or ErrRotating", err)
			}
		})
	}
	wg.Wait()
	if list, err := first.List(t.Context()); made != 1 || refused != 3 || len(list) != 2 || err != nil {
		t.Errorf("of 4 rotations %d made a key and %d were refused, with %d keys, %v; want 1, 3, 2", made, refused, len(list), err)
	}
}

// What the caller records is committed or rolled back with the key.
func TestRotationIsRecordedInItsTransaction(t *testing.T) {
	r := openRing(t, openDB(t, filepath.Join(t.TempDir(), "g.db")), EdDSA, newClock())
	broken := errors.New("no audit event")
	if _, err := r.Rotate(t.Context(), func(context.Context, *db.Tx, string) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("Rotate(record fails) = %v, want its error", err)
	}
	if list, _ := r.List(t.Context()); len(list) != 1 {
		t.Errorf("keys after a rotation that failed = %d, want 1", len(list))
	}
	var recorded string
	k, err := r.Rotate(t.Context(), func(_ context.Context, _ *db.Tx, kid string) error { recorded = kid; return nil })
	if err != nil || recorded != k.KID {
		t.Errorf("Rotate() recorded %q, %v, want the new key %q", recorded, err, k.KID)
	}
}

// A shell that has other settings than the server must not change its keys.
func TestAttachMakesNoKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "g.db")
	c := newClock()
	look, err := Attach(t.Context(), openDB(t, path), Options{Algorithm: RS256, Box: box, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	if list, err := look.List(t.Context()); len(list) != 0 || err != nil {
		t.Errorf("List(new database) = %v, %v, want none", list, err)
	}
	openRing(t, openDB(t, path), EdDSA, c)
	k, err := look.Rotate(t.Context(), nil)
	if err != nil || k.Algorithm != EdDSA {
		t.Errorf("Rotate(by a shell that is set to RS256) = %s, %v, want a key of the server's algorithm EdDSA", k.Algorithm, err)
	}
}
