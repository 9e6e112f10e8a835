package web

import (
	"context"
	"sync"
	"time"
)

// What one place may have running before the rest of its requests wait. The processors are
// shared in the order in which requests arrive, so without it one place that sends hundreds at
// the same moment makes everybody else wait until all of them are done.
const (
	// pacePerProcessor is how many requests of a place run at the same time for each processor.
	// They keep it busy, also while some of them wait for the disk.
	pacePerProcessor = 8
	// paceEach is how long a request counts as running, at most: one that waits for a database, a
	// hash or another server takes little of the processors.
	paceEach = 20 * time.Millisecond
	// paceLongest is how long a request waits for its place's others, after which it runs anyway.
	paceLongest = 2 * time.Second
)

// pace lets a place have few requests running at the same time; the rest of its requests wait in
// the order in which they came.
type pace struct {
	mu       sync.Mutex
	perPlace int
	places   map[string]*line
}

// line is what a place has running and waiting.
type line struct {
	running int
	waiting []chan struct{} // closed when it is the request's turn
}

func newPace(perPlace int) *pace { return &pace{perPlace: perPlace, places: map[string]*line{}} }

// enter waits for the turn of a request from a place. The caller calls leave when it is done.
func (p *pace) enter(ctx context.Context, place string) (leave func()) {
	p.mu.Lock()
	l := p.places[place]
	if l == nil {
		l = &line{}
		p.places[place] = l
	}
	if l.running < p.perPlace {
		l.running++
		p.mu.Unlock()
	} else {
		turn := make(chan struct{})
		l.waiting = append(l.waiting, turn)
		p.mu.Unlock()
		p.wait(ctx, l, turn)
	}
	once := sync.OnceFunc(func() { p.leave(place, l) })
	timer := time.AfterFunc(paceEach, once)
	return func() {
		timer.Stop()
		once()
	}
}

func (p *pace) wait(ctx context.Context, l *line, turn chan struct{}) {
	timer := time.NewTimer(paceLongest)
	defer timer.Stop()
	select {
	case <-turn:
		return
	case <-timer.C:
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, other := range l.waiting {
		if other == turn {
			l.waiting = append(l.waiting[:i], l.waiting[i+1:]...)
			l.running++
			return
		}
	}
}

// leave gives the turn to the next that waits, and forgets a place that has none.
func (p *pace) leave(place string, l *line) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(l.waiting) > 0 && l.running <= p.perPlace {
		close(l.waiting[0])
		l.waiting = l.waiting[1:]
		return
	}
	if l.running--; l.running == 0 {
		delete(p.places, place)
	}
}
