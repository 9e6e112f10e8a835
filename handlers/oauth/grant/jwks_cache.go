package grant

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	// jwksMaxAge is how long a fetched JWK set is used.
	jwksMaxAge = 5 * time.Minute
	// jwksMinInterval is the least time between two fetches of one jwks_uri, whoever triggers
	// them and whether or not the first succeeded (JWT-06).
	jwksMinInterval = time.Minute
	// maxCachedSets bounds how many JWK sets are cached.
	maxCachedSets = 1000
)

var errJWKSUnavailable = errors.New("the last fetch failed, and keys are fetched at most once a minute")

// jwksCache caches the JWK sets of clients that have a jwks_uri. Its zero value is empty.
type jwksCache struct {
	mu      sync.Mutex
	sets    map[string]cachedSet // by jwks_uri
	fetches singleflight.Group
}

type cachedSet struct {
	body    []byte    // nil: not fetched yet
	fetched time.Time // when body was fetched
	tried   time.Time // when the last fetch started
}

type fetchFunc func(ctx context.Context, uri string) ([]byte, error)

// get returns the JWK set at a jwks_uri, at most jwksMaxAge old or, if fresh is set, as new as
// jwksMinInterval allows.
func (c *jwksCache) get(ctx context.Context, uri string, fresh bool, now time.Time, fetch fetchFunc) ([]byte, error) {
	if set := c.cached(uri); !fresh && set.body != nil && now.Sub(set.fetched) < jwksMaxAge {
		return set.body, nil
	}
	done := c.fetches.DoChan(uri, func() (any, error) {
		set := c.cached(uri)
		if since := now.Sub(set.tried); since >= 0 && since < jwksMinInterval {
			if set.fetched.Equal(set.tried) {
				return set.body, nil
			}
			return nil, errJWKSUnavailable
		}
		set.tried = now
		c.store(uri, set)
		body, err := fetch(context.WithoutCancel(ctx), uri) // other requests wait for it too
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

// store caches a set. When the cache is full, it evicts the one whose fetch is longest ago.
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
