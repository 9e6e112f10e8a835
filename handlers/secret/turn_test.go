package secret

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// hold takes a turn that runs immediately, until the returned function ends it.
func hold(t *testing.T, h *Hasher, from From) (end func()) {
	t.Helper()
	turn, err := h.turns.enter(t.Context(), from)
	if err != nil {
		t.Fatalf("enter(%v) = %v, want it to run", from, err)
	}
	return func() { h.turns.end(turn) }
}

// crowd is many hashes at the same time, in a synctest bubble. One runs until next lets it end.
type crowd struct {
	t    *testing.T
	h    *Hasher
	mu   sync.Mutex
	ran  []string // places, in the order in which they ran
	errs map[string]int
	end  chan struct{}
}

func newCrowd(t *testing.T, h *Hasher) *crowd {
	return &crowd{t: t, h: h, errs: map[string]int{}, end: make(chan struct{})}
}

// ask has n hashes of a place ask, one after the other.
func (c *crowd) ask(n int, from From) {
	for range n {
		go func() {
			turn, err := c.h.turns.enter(c.t.Context(), from)
			c.mu.Lock()
			if err == nil {
				c.ran = append(c.ran, from.Place)
			} else {
				c.errs[fmt.Sprint(from.Place, ": ", err)]++
			}
			c.mu.Unlock()
			if err == nil {
				<-c.end
				c.h.turns.end(turn)
			}
		}()
		synctest.Wait()
	}
}

// next lets n of the running hashes end, one after the other, and returns the places that ran since the last call.
func (c *crowd) next(n int) []string {
	for range n {
		c.end <- struct{}{}
		synctest.Wait()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	ran := c.ran
	c.ran = nil
	return ran
}

func (c *crowd) refused() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, of := range c.errs {
		n += of
	}
	return n
}

// finish lets everything run that still waits.
func (c *crowd) finish() {
	close(c.end)
	synctest.Wait()
	if ts := &c.h.turns; ts.known.waiting+ts.known.running+ts.open.waiting+ts.open.running != 0 || len(ts.known.below)+len(ts.open.below) != 0 {
		c.t.Errorf("after the last hash the queue has %+v, want it empty", ts)
	}
}

func count(list []string) map[string]int {
	out := map[string]int{}
	for _, s := range list {
		out[s]++
	}
	return out
}

// ACC-17: a bounded number runs, a bounded number waits, the rest is refused immediately.
func TestNoMoreHashesRunOrWaitThanFit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t, NewHasher(4, 8))
		for i := range 40 {
			c.ask(1, From{Place: fmt.Sprintf("192.0.2.%d", i)})
			c.ask(1, From{Place: fmt.Sprintf("198.51.100.%d", i), Known: true})
		}
		if ran := c.next(0); len(ran) != 4 {
			t.Errorf("%d hashes run, want 4", len(ran))
		}
		if got := c.refused(); got != 80-4-2*8 {
			t.Errorf("%d hashes were refused, want %d", got, 80-4-2*8)
		}
		c.finish()
	})
}

func TestFloodOfOnePlaceLeavesOthersTheirTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t, NewHasher(2, 256))
		c.ask(400, From{Place: "203.0.113.9"})
		if got := c.refused(); got != 400-1-64 {
			t.Errorf("%d hashes of the flood were refused, want all but one that runs and 64 that wait", got)
		}
		c.ask(1, From{Place: "198.51.100.7"})
		c.ask(1, From{Place: "192.0.2.1"})
		c.next(0)
		if got, want := c.next(3), []string{"203.0.113.9", "198.51.100.7", "192.0.2.1"}; !slices.Equal(got, want) {
			t.Errorf("the next three are %v, want %v", got, want)
		}
		c.finish()
	})
}

// With several hashes at a time, no place runs more than its share while others wait.
func TestPlacesRunEquallyMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t, NewHasher(8, 256))
		c.ask(60, From{Place: "203.0.113.9"})
		c.next(0)
		c.ask(10, From{Place: "198.51.100.7"})
		c.next(3)
		running := map[string]int{}
		for _, p := range c.h.turns.open.below {
			running[p.key] = p.running
		}
		if want := map[string]int{"203.0.113.9": 3, "198.51.100.7": 3}; !maps.Equal(running, want) {
			t.Errorf("running = %v, want %v", running, want)
		}
		c.finish()
	})
}

// Whoever has a /48 has 65,536 /64s. Together they are one place; inside, the same holds for each /56.
func TestNetworksOfOneFloodAreOnePlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t, NewHasher(2, 256))
		for i := range 200 { // all in 2001:db8:1::/48, in its first two /56s
			c.ask(1, From{Place: fmt.Sprintf("2001:db8:1:%x::1", i*2)})
		}
		c.ask(1, From{Place: "2001:db8:1:ff00::1"}) // a lone /64 in another /56 of the same /48
		c.ask(1, From{Place: "2001:db8:2::1"})
		c.ask(1, From{Place: "192.0.2.1"})
		c.next(0)
		first := count(c.next(6))
		for _, place := range []string{"2001:db8:2::1", "192.0.2.1", "2001:db8:1:ff00::1"} {
			if first[place] != 1 {
				t.Errorf("the next six are %v, want %s among them", first, place)
			}
		}
		c.finish()
	})
}

// A queue that is full of one place's hashes has room for another's.
func TestFullQueueHasRoomForNewPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t, NewHasher(2, 8))
		for i := range 9 {
			c.ask(4, From{Place: fmt.Sprintf("203.0.113.%d", i%4)})
		}
		for i := range 4 {
			c.ask(1, From{Place: fmt.Sprintf("192.0.2.%d", i)})
		}
		c.next(0)
		got := count(c.next(8))
		for i := range 4 {
			if place := fmt.Sprintf("192.0.2.%d", i); got[place] != 1 {
				t.Errorf("of the eight that waited, %v ran, want %s among them", got, place)
			}
		}
		c.finish()
	})
}

func TestKnownPlacesHaveAReservedShare(t *testing.T) {
	for _, parallel := range []int{2, 4, 8} {
		synctest.Test(t, func(t *testing.T) {
			c := newCrowd(t, NewHasher(parallel, 400))
			for i := range 100 {
				c.ask(4, From{Place: fmt.Sprintf("203.0.113.%d", i)})
			}
			c.next(0)
			c.ask(1, From{Place: "known", Known: true})
			if got := c.next(0); !slices.Equal(got, []string{"known"}) {
				t.Errorf("of %d: what runs at once is %v, want the known place's hash", parallel, got)
			}
			c.finish()
		})
	}
}

// One processor can't be kept free: known and other places take turns.
func TestKnownPlacesTakeTurnsOnOneProcessor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t, NewHasher(1, 64))
		c.ask(9, From{Place: "new"})
		c.ask(3, From{Place: "known", Known: true})
		if got, want := c.next(6), []string{"new", "known", "new", "known", "new", "known", "new"}; !slices.Equal(got, want) {
			t.Errorf("the order is %v, want %v", got, want)
		}
		c.finish()
	})
}

func TestNobodyWaitsLongerThanTwoSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := NewHasher(1, 64)
		end := hold(t, h, From{})
		began := time.Now()
		if _, err := h.Hash(t.Context(), From{Place: "192.0.2.1"}, "x"); !errors.Is(err, ErrOverloaded) || time.Since(began) != 2*time.Second {
			t.Errorf("Hash() = %v after %v, want ErrOverloaded after 2s", err, time.Since(began))
		}
		end()
		newCrowd(t, h).finish()
	})
}

func TestWhoeverGivesUpWaitingLeavesTheQueue(t *testing.T) {
	h := NewHasher(1, 4)
	end := hold(t, h, From{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Hash(ctx, From{}, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("Hash(cancelled) = %v, want context.Canceled", err)
	}
	end()
	synctest.Test(t, func(t *testing.T) { newCrowd(t, h).finish() })
}

// Many at once: no turn is lost, and never do more run than may.
func TestTurnsAtOnce(t *testing.T) {
	const parallel = 3
	h := NewHasher(parallel, 100_000)
	var all sync.WaitGroup
	running := make(chan struct{}, parallel)
	for i := range 2000 {
		all.Go(func() {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if i%7 == 0 {
				go cancel()
			}
			turn, err := h.turns.enter(ctx, From{Place: fmt.Sprintf("2001:db8:%x:%x::1", i%5, i%11), Known: i%3 == 0})
			if err != nil {
				if !errors.Is(err, context.Canceled) {
					t.Errorf("enter() = %v, want nil or context.Canceled", err)
				}
				return
			}
			select {
			case running <- struct{}{}:
				<-running
			default:
				t.Error("more hashes run than may")
			}
			h.turns.end(turn)
		})
	}
	all.Wait()
	synctest.Test(t, func(t *testing.T) { newCrowd(t, h).finish() })
}
