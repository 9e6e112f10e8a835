package db

import (
	"sync"
	"time"
)

// writer is a goroutine that writes, behind the requests, what they have queued in memory.
type writer struct {
	wake         chan struct{} // there is something to write
	closed, done chan struct{}
	once         sync.Once
}

// start calls write some time (pause) after nudge, so that one transaction takes what comes
// together, and at every tick (nil for none). It calls it a last time, to write everything, at
// stop.
func (w *writer) start(pause time.Duration, tick <-chan time.Time, write func(last bool)) {
	w.wake, w.closed, w.done = make(chan struct{}, 1), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(w.done)
		for {
			select {
			case <-w.wake:
				select {
				case <-time.After(pause):
				case <-w.closed:
				}
			case <-tick:
			case <-w.closed:
				write(true)
				return
			}
			write(false)
		}
	}()
}

// nudge says that there is something to write. It never waits.
func (w *writer) nudge() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// stop returns once everything has been written.
func (w *writer) stop() {
	w.once.Do(func() { close(w.closed) })
	<-w.done
}
