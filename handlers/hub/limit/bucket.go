package limit

import (
	"context"
	"sync"
	"time"
)

// maxBuckets is how many buckets a process keeps per limit.
const maxBuckets = 100_000

// Buckets are the token buckets of one limit by key. They are in the memory of the process, and full
// when it starts. They are safe for concurrent use.
type Buckets struct {
	limit Limit
	now   func() time.Time
	mu    sync.Mutex
	held  map[string]bucket
}

// bucket is how much was left at a time.
type bucket struct {
	left float64
	at   time.Time
}

// NewBuckets returns the buckets of a limit.
func NewBuckets(id ID, now func() time.Time) *Buckets {
	return &Buckets{limit: Of(id), now: now, held: map[string]bucket{}}
}

// Take takes one from the bucket of a key, or returns *Exceeded.
func (b *Buckets) Take(ctx context.Context, key string) error { return b.TakeOf(ctx, key, 0, 0) }

// TakeOf is Take for a key with a limit of its own: so many in a burst, and so many more per second. Zero
// means the limit of the table.
func (b *Buckets) TakeOf(ctx context.Context, key string, number, perSecond int) error {
	if number <= 0 {
		number = b.limit.Number
	}
	if perSecond <= 0 {
		perSecond = b.limit.PerSecond
	}
	left, ok := b.draw(key, float64(number), float64(perSecond))
	v := Verdict{Limit: b.limit, Number: number, Left: int(left), Reset: seconds((float64(number) - left) / float64(perSecond))}
	if !ok {
		v.Wait = seconds((1 - left) / float64(perSecond))
	}
	Note(ctx, v)
	return v.orNil()
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

// draw takes one from a bucket and returns how many are left. It is not ok if less than one was left.
func (b *Buckets) draw(key string, number, perSecond float64) (left float64, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	had, known := b.held[key]
	if !known {
		b.makeRoom(now)
		had = bucket{number, now}
	}
	left = min(number, had.left+max(0, now.Sub(had.at).Seconds())*perSecond)
	if ok = left >= 1; ok {
		left--
	}
	b.held[key] = bucket{left, now}
	return left, ok
}

// makeRoom forgets buckets that are full by now and, if that isn't enough, a tenth of the others.
func (b *Buckets) makeRoom(now time.Time) {
	if len(b.held) < maxBuckets {
		return
	}
	full := seconds(float64(b.limit.Number) / float64(b.limit.PerSecond))
	for key, had := range b.held {
		if now.Sub(had.at) >= full {
			delete(b.held, key)
		}
	}
	for key := range b.held {
		if len(b.held) <= maxBuckets*9/10 {
			return
		}
		delete(b.held, key)
	}
}
