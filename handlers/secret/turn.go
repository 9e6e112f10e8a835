package secret

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// From is from where a hash is asked for.
type From struct {
	// Place is an IP address. Of IPv6, a /48 network takes turns with other places, and its /56
	// and /64 networks share its turns. Any other text is a place of its own.
	Place string
	// Known puts the hash into the reserved share: somebody has signed in from this place or
	// browser before, or has proved by other means who they are.
	Known bool
}

// longestWait is how long a turn is waited for.
const longestWait = 2 * time.Second

// turns decides whose turn is next, to hash or at a door. Places take turns, whatever number each
// has waiting, and of two places the one with fewer running goes first. Places that aren't known
// leave the reserved share free. The zero value refuses everybody.
type turns struct {
	mu          sync.Mutex
	parallel    int // that run at the same time, of both shares
	reserved    int // of parallel, for known places only
	queue       int // that wait, in each share
	perPlace    int // that wait, from one address or /48
	known, open place
	lastKnown   bool
}

// newTurns reserves a quarter of the parallel turns, at least one, for known places. The only
// one of a single processor is shared in turns.
func newTurns(parallel, queue int) turns {
	parallel, queue = max(1, parallel), max(0, queue)
	return turns{parallel: parallel, reserved: (parallel + 3) / 4, queue: queue, perPlace: (queue + 3) / 4}
}

// place is an address, a network, or all of a share.
type place struct {
	key              string
	above            *place
	below            []*place // whose turn is next comes first
	queue            []*turn  // of a place with none below
	waiting, running int      // with those of the places below
}

// turn is one that waits or runs. Its state changes once, from waiting, before decided is
// closed.
type turn struct {
	at      *place
	state   turnState
	decided chan struct{}
}

type turnState int

const (
	turnWaiting turnState = iota
	turnRunning
	turnRefused
)

// enter waits for a turn, which the caller must end. It returns ErrOverloaded if too many others
// wait, or after longestWait.
func (ts *turns) enter(ctx context.Context, from From) (*turn, error) {
	t := ts.ask(from)
	timer := time.NewTimer(longestWait)
	defer timer.Stop()
	select {
	case <-t.decided:
	case <-timer.C:
	case <-ctx.Done():
	}
	ts.giveUp(t)
	switch {
	case t.state == turnRunning:
		return t, nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("secret: waiting for a turn: %w", ctx.Err())
	}
	return nil, ErrOverloaded
}

// ask takes a place in the queue and, if the queue is full, refuses the last turn of whoever has
// most there, which is often the one who asks.
func (ts *turns) ask(from From) *turn {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	share := &ts.open
	if from.Known {
		share = &ts.known
	}
	t := &turn{at: share, decided: make(chan struct{})}
	for _, key := range networks(from.Place) {
		t.at = t.at.child(key)
	}
	t.at.queue = append(t.at.queue, t)
	t.at.count(1, 0)
	ts.start()
	own := t.at
	for own.above != share {
		own = own.above
	}
	switch {
	case own.waiting > ts.perPlace:
		own.crowded(t).leaveQueue(turnRefused)
	case share.waiting > ts.queue:
		share.crowded(t).leaveQueue(turnRefused)
	}
	return t
}

// giveUp refuses a turn that still waits.
func (ts *turns) giveUp(t *turn) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if t.state == turnWaiting {
		t.leaveQueue(turnRefused)
	}
}

// end ends a turn that runs.
func (ts *turns) end(t *turn) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t.at.count(0, -1)
	ts.start()
}

// start lets as many run as may.
func (ts *turns) start() {
	for ts.known.running+ts.open.running < ts.parallel {
		share := ts.next()
		if share == nil {
			return
		}
		ts.lastKnown = share == &ts.known
		t := share.first()
		at := t.at
		at.count(0, 1) // before it leaves the queue, so that the place stays
		t.leaveQueue(turnRunning)
	}
}

// next returns the share of which a turn may run now, or nil.
func (ts *turns) next() *place {
	known := ts.known.waiting > 0
	open := ts.open.waiting > 0 && ts.open.running < max(1, ts.parallel-ts.reserved)
	alternate := ts.parallel == 1 && ts.lastKnown
	switch {
	case open && (!known || alternate || ts.known.running >= ts.reserved):
		return &ts.open
	case known:
		return &ts.known
	}
	return nil
}

// first returns the turn that is next, and moves its places behind the others.
func (p *place) first() *turn {
	for len(p.below) > 0 {
		best := -1
		for i, c := range p.below {
			if c.waiting > 0 && (best < 0 || c.running < p.below[best].running) {
				best = i
			}
		}
		c := p.below[best]
		p.below = append(slices.Delete(p.below, best, best+1), c)
		p = c
	}
	return p.queue[0]
}

// crowded returns the last turn of the place below p with most of them waiting; of several such,
// of the one where mine is.
func (p *place) crowded(mine *turn) *turn {
	for len(p.below) > 0 {
		most := p.below[0]
		for _, c := range p.below[1:] {
			if c.waiting > most.waiting || c.waiting == most.waiting && c.holds(mine) {
				most = c
			}
		}
		p = most
	}
	return p.queue[len(p.queue)-1]
}

func (p *place) holds(t *turn) bool {
	for at := t.at; at != nil; at = at.above {
		if at == p {
			return true
		}
	}
	return false
}

// child returns the place below p with this key, as the last in turn if it is new.
func (p *place) child(key string) *place {
	for _, c := range p.below {
		if c.key == key {
			return c
		}
	}
	c := &place{key: key, above: p}
	p.below = append(p.below, c)
	return c
}

// count changes the numbers of a place and those above it, and forgets the ones that have none.
func (p *place) count(waiting, running int) {
	for ; p != nil; p = p.above {
		p.waiting += waiting
		p.running += running
		if p.above != nil && p.waiting == 0 && p.running == 0 {
			p.above.below = slices.DeleteFunc(p.above.below, func(c *place) bool { return c == p })
		}
	}
}

func (t *turn) leaveQueue(state turnState) {
	t.at.queue = slices.DeleteFunc(t.at.queue, func(other *turn) bool { return other == t })
	t.at.count(-1, 0)
	t.state = state
	close(t.decided)
}

// networks returns the keys of a place from the widest network to the narrowest.
func networks(address string) []string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return []string{address}
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return []string{a.String()}
	}
	var keys []string
	for _, bits := range []int{48, 56, 64} {
		keys = append(keys, netip.PrefixFrom(a, bits).Masked().String())
	}
	return keys
}

// Network returns the widest network of a place, with which it takes turns with others.
func Network(address string) string { return networks(address)[0] }
