package hub

import (
	"sync"
	"time"
)

// Throttle counts tries by key in fixed windows. It lives in the process's memory and starts empty.
// A window always ends, so nobody is locked out for good.
type Throttle struct {
	mu      sync.Mutex
	now     func() time.Time
	windows map[string]window
}

type window struct {
	Tries int
	ends  time.Time
}

// limit is how many tries a key has per window.
type limit struct {
	Key   string
	Tries int
	per   time.Duration
}

// maxWindows is how many windows a Throttle keeps.
const maxWindows = 100_000

// NewThrottle returns an empty Throttle.
func NewThrottle(now func() time.Time) *Throttle {
	return &Throttle{now: now, windows: map[string]window{}}
}

// take counts one try under every limit. If one of them is used up, it counts nothing and returns how
// long to wait. A try is counted before it is made, so that concurrent ones can't slip through.
func (t *Throttle) take(limits ...limit) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for _, l := range limits {
		if w := t.windows[l.Key]; w.Tries >= l.Tries && now.Before(w.ends) {
			wait = max(wait, w.ends.Sub(now))
		}
	}
	if wait > 0 {
		return wait
	}
	t.makeRoom(now)
	for _, l := range limits {
		w := t.windows[l.Key]
		if !now.Before(w.ends) {
			w = window{ends: now.Add(l.per)}
		}
		w.Tries++
		t.windows[l.Key] = w
	}
	return 0
}

// Allow counts a try of a key, or returns *Throttled if the key had as many as tries within per.
func (t *Throttle) Allow(key string, tries int, per time.Duration) error {
	if wait := t.take(limit{key, tries, per}); wait > 0 {
		return &Throttled{wait}
	}
	return nil
}

// giveBack uncounts one try under every limit.
func (t *Throttle) giveBack(limits ...limit) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, l := range limits {
		if w := t.windows[l.Key]; w.Tries > 0 {
			w.Tries--
			t.windows[l.Key] = w
		}
	}
}

// makeRoom deletes windows that have ended and, if that isn't enough, any others.
func (t *Throttle) makeRoom(now time.Time) {
	if len(t.windows) < maxWindows {
		return
	}
	for key, w := range t.windows {
		if !now.Before(w.ends) {
			delete(t.windows, key)
		}
	}
	for key := range t.windows {
		if len(t.windows) < maxWindows {
			return
		}
		delete(t.windows, key)
	}
}
