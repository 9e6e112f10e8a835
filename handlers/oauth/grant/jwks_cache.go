package grant

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	// keysAge is how long a fetched JWK set is used.
	jwksMaxAge = 5 * time.Minute
	// keysPause is the least time between two fetches from one address, whoever asks for
	// them and whatever came of the first (JWT-06).
	jwksMinInterval = time.Minute
	// maxKeySets bounds how many JWK sets are kept.
	maxCachedSets = 1000
)

var errJWKSUnavailable = errors.New("the keys could not be fetched a moment ago; they are asked for once a minute")

// clientKeys keeps the JWK sets of clients that have a jwks_uri. Its zero value is empty.
type jwksCache struct {
	mu      sync.Mutex
	sets    map[string]cachedSet // by address
	fetches singleflight.Group
}

type cachedSet struct {
	body    []byte    // nil: none came yet
	fetched time.Time // when body came
	tried   time.Time // when it was last asked for
}

type fetchFunc func(ctx context.Context, uri string) ([]byte, error)

// get gives the JWK set at an address, at most keysAge old or, when fresh, as new as
// keysPause allows.
func (c *jwksCache) get(ctx context.Context, uri string, fresh bool, now time.Time, fetch fetchFunc) ([]byte, error) {
	if kept := c.cached(uri); !fresh && kept.body != nil && now.Sub(kept.fetched) < jwksMaxAge {
		return kept.body, nil
	}
	done := c.fetches.DoChan(uri, func() (any, error) {
		kept := c.cached(uri)
		if since := now.Sub(kept.tried); since >= 0 && since < jwksMinInterval {
			if kept.fetched.Equal(kept.tried) {
				return kept.body, nil
			}
			return nil, errJWKSUnavailable
		}
		kept.tried = now
		c.store(uri, kept)
		body, err := fetch(context.WithoutCancel(ctx), uri) // others wait for it too
		if err != nil {
			return nil, err
		}
		c.store(uri, cachedSet{body: body, fetched: now, tried: now})
		return body, nil
	})
	select {
	case r := <-done:
		body, _ := r.Val.([]byte)
		return body, r.Err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *jwksCache) cached(uri string) cachedSet {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sets[uri]
}

// keep stores what is known of an address. When there is no place left, the one that was
// asked for the longest time ago goes.
func (c *jwksCache) store(uri string, set cachedSet) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sets == nil {
		c.sets = map[string]cachedSet{}
	}
	if _, ok := c.sets[uri]; !ok && len(c.sets) >= maxCachedSets {
		oldest := ""
		for u, s := range c.sets {
			if oldest == "" || s.tried.Before(c.sets[oldest].tried) {
				oldest = u
			}
		}
		delete(c.sets, oldest)
	}
	c.sets[uri] = set
}
