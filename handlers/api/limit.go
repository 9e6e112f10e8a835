package api

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/web"
)

// The rate limit of one token's holder: a burst of callBurst, refilled by callsPerSecond. It keeps one
// broken loop from slowing others down; it isn't there to sell calls.
const (
	callBurst      = 1200
	callsPerSecond = 20
	maxBuckets     = 100_000
)

// buckets are token buckets by holder. They are in memory and full when the process starts.
type buckets struct {
	burst, refill float64 // calls; calls per second
	now           func() time.Time
	mu            sync.Mutex
	held          map[string]bucket
}

// bucket is how many calls a holder had left at a time.
type bucket struct {
	left float64
	at   time.Time
}

func newBuckets(burst, perSecond float64, now func() time.Time) *buckets {
	return &buckets{burst: burst, refill: perSecond, now: now, held: map[string]bucket{}}
}

// take counts one call of the token's holder and writes the limit, the calls left, and the seconds
// until the bucket is full again into the response's header.
func (b *buckets) take(header http.Header, a grant.Access) error {
	left, ok := b.draw(holder(a))
	header.Set("RateLimit-Limit", strconv.Itoa(int(b.burst)))
	header.Set("RateLimit-Remaining", strconv.Itoa(int(left)))
	header.Set("RateLimit-Reset", strconv.Itoa(int(math.Ceil((b.burst-left)/b.refill))))
	if ok {
		return nil
	}
	return &web.Error{
		Status: http.StatusTooManyRequests, Code: "too_many_requests", Message: "Too many calls. Wait for the time in Retry-After.",
		RetryAfter: time.Duration((1 - left) / b.refill * float64(time.Second)),
	}
}

// holder returns the key under which calls are counted together: those of an app for itself, of an app
// for one person, or with one personal token.
func holder(a grant.Access) string {
	if a.Personal {
		return "token " + a.JTI
	}
	return "app " + a.ClientID + " " + a.PersonID
}

// draw takes one call from a holder's bucket and returns how many are left. It is not ok if less than
// one was left.
func (b *buckets) draw(holder string) (left float64, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	had, known := b.held[holder]
	if !known {
		b.makeRoom(now)
		had = bucket{b.burst, now}
	}
	left = b.filled(had, now)
	if ok = left >= 1; ok {
		left--
	}
	b.held[holder] = bucket{left, now}
	return left, ok
}

func (b *buckets) filled(had bucket, now time.Time) float64 {
	return min(b.burst, had.left+max(0, now.Sub(had.at).Seconds())*b.refill)
}

// makeRoom forgets full buckets, and any others if that is not enough.
func (b *buckets) makeRoom(now time.Time) {
	if len(b.held) < maxBuckets {
		return
	}
	for holder, had := range b.held {
		if b.filled(had, now) >= b.burst {
			delete(b.held, holder)
		}
	}
	for holder := range b.held {
		if len(b.held) < maxBuckets {
			return
		}
		delete(b.held, holder)
	}
}
