package grant

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"
)

// keyServer is a client's jwks_uri.
type keyServer struct {
	mu   sync.Mutex
	set  string
	err  error
	hits map[string]int
}

func (s *keyServer) fetch(_ context.Context, uri string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hits == nil {
		s.hits = map[string]int{}
	}
	s.hits[uri]++
	return []byte(s.set), s.err
}

// JWT-06 for our side: keys are cached for five minutes. After an unknown kid or a failure they
// are fetched again, at most once a minute.
func TestKeysAtAnAddressAreFetchedSparingly(t *testing.T) {
	const uri = "https://app.example/jwks.json"
	w, key := newAssertionWorld(t)
	keys := &keyServer{}
	_, keys.set = pair(1, "k1")
	w.FetchKeys = keys.fetch
	w.app.JWKS, w.app.JWKSURI = "", uri
	w.saveApp()
	start := w.now
	try := func(after time.Duration, key ed25519.PrivateKey, kid string, change map[string]any) error {
		w.now = start.Add(after)
		said := w.claims()
		maps.Copy(said, change)
		_, err := w.Token(t.Context(), w.assertionRequest(assertion(t, key, kid, said)))
		return err
	}
	newKey, newSet := pair(2, "k2")
	for _, c := range []struct {
		after  time.Duration
		key    ed25519.PrivateKey
		kid    string
		change map[string]any
		before func()
		ok     bool
		hits   int
	}{
		{key: key, kid: "k1", change: map[string]any{"aud": "https://evil.example"}, hits: 1}, // to know whether to tell the client why
		{key: key, kid: "k1", ok: true, hits: 1},
		{after: 299 * time.Second, key: key, kid: "k1", ok: true, hits: 1},
		{after: 300 * time.Second, key: key, kid: "k1", ok: true, hits: 2},
		{after: 310 * time.Second, key: newKey, kid: "k2", hits: 2}, // less than a minute ago
		{after: 310 * time.Second, key: newKey, kid: "k1", hits: 2}, // a wrong signature is no unknown kid
		{after: 360 * time.Second, key: newKey, kid: "k2", before: func() { keys.set = newSet }, ok: true, hits: 3},
		{after: 361 * time.Second, key: key, kid: "k1", hits: 3},
		{after: 800 * time.Second, key: newKey, kid: "k2", before: func() { keys.err = errors.New("down") }, hits: 4},
		{after: 859 * time.Second, key: newKey, kid: "k2", hits: 4},
		{after: 860 * time.Second, key: newKey, kid: "k2", before: func() { keys.err = nil }, ok: true, hits: 5},
		{after: 920 * time.Second, key: key, kid: "k1", before: func() { keys.err = errors.New("down") }, hits: 6},
		{after: 921 * time.Second, key: newKey, kid: "k2", ok: true, hits: 6}, // the older answer is good still
	} {
		if c.before != nil {
			c.before()
		}
		err := try(c.after, c.key, c.kid, c.change)
		if (err == nil) != c.ok || err != nil && code(err) != InvalidClient || keys.hits[uri] != c.hits {
			t.Errorf("after %v, kid %s: %v after %d fetches, want ok %v after %d", c.after, c.kid, err, keys.hits[uri], c.ok, c.hits)
		}
	}
	w.FetchKeys = nil
	if err := try(921*time.Second, newKey, "k2", nil); code(err) != InvalidClient {
		t.Errorf("Token(no fetcher) = %v, want %s", err, InvalidClient)
	}
}

func TestSimultaneousRequestsShareOneFetch(t *testing.T) {
	keys := &keyServer{set: "{}"}
	var c jwksCache
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			if _, err := c.get(t.Context(), "https://app.example/", false, time.Now(), keys.fetch); err != nil {
				t.Errorf("get() = %v, want nil", err)
			}
		})
	}
	wg.Wait()
	if keys.hits["https://app.example/"] != 1 {
		t.Errorf("fetches = %d, want 1", keys.hits["https://app.example/"])
	}
}

func TestCachedKeySetsAreBounded(t *testing.T) {
	keys := &keyServer{set: "{}"}
	var c jwksCache
	now := time.Now()
	for i := range maxCachedSets + 10 {
		if _, err := c.get(t.Context(), fmt.Sprint(i), false, now.Add(time.Duration(i)*time.Millisecond), keys.fetch); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.sets) != maxCachedSets || c.cached("0").body != nil || c.cached(fmt.Sprint(maxCachedSets+9)).body == nil {
		t.Errorf("kept sets = %d, want %d, without the oldest", len(c.sets), maxCachedSets)
	}
}
