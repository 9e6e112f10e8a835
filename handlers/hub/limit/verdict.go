package limit

import (
	"context"
	"sync"
	"time"
)

// Verdict is what a limit says to one request.
type Verdict struct {
	Limit  Limit
	Number int           // at most; an app can have its own
	Left   int           // until it is used up
	Reset  time.Duration // until nothing is counted anymore
	Wait   time.Duration // until the next one is accepted; zero: this one was
}

// Exceeded is the error of a request beyond a limit.
type Exceeded struct{ Verdict }

// Error returns a text for the log.
func (e *Exceeded) Error() string { return "limit: beyond " + string(e.Limit.ID) }

// orNil returns *Exceeded for a verdict with a wait.
func (v Verdict) orNil() error {
	if v.Wait > 0 {
		return &Exceeded{v}
	}
	return nil
}

// Seen is what limits have said during a request. It is safe for concurrent use.
type Seen struct {
	mu      sync.Mutex
	verdict Verdict
	any     bool
}

type seenKey struct{}

// Watch returns a context in which Note keeps verdicts for the answer's headers.
func Watch(ctx context.Context) (context.Context, *Seen) {
	s := &Seen{}
	return context.WithValue(ctx, seenKey{}, s), s
}

// Note keeps a verdict for the headers of the answer: the first one, or one that refuses. What is left
// of a limit that others share isn't noted.
func Note(ctx context.Context, v Verdict) {
	s, ok := ctx.Value(seenKey{}).(*Seen)
	if !ok || v.Limit.Shared && v.Wait == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.any || v.Wait > s.verdict.Wait {
		s.verdict, s.any = v, true
	}
}

// Verdict returns the verdict for the answer's headers, if there is one.
func (s *Seen) Verdict() (Verdict, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.verdict, s.any
}
