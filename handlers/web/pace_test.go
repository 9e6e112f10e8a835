package web

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// arrive sends a request whose handler runs for as long as it takes, and returns when it began. Time is that of
// synctest here and below: whoever sleeps waits for no clock.
func arrive(ctx context.Context, p *pace, place string, takes time.Duration) (began chan time.Time) {
	began = make(chan time.Time, 1)
	go func() {
		leave := p.enter(ctx, place)
		defer leave()
		began <- time.Now()
		time.Sleep(takes)
	}()
	synctest.Wait()
	return began
}

func TestPlaceOfManyRequestsLeavesOthersTheirTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, start := newPace(2), time.Now()
		const work = 5 * time.Millisecond
		var flood []chan time.Time
		for range 6 {
			flood = append(flood, arrive(t.Context(), p, "203.0.113.9", work))
		}
		other := arrive(t.Context(), p, "192.0.2.1", work)
		if got := (<-other).Sub(start); got != 0 {
			t.Errorf("a request of another place began after %s, want 0", got)
		}
		for i, began := range flood {
			if got, want := (<-began).Sub(start), work*time.Duration(i/2); got != want {
				t.Errorf("request %d of the place began after %s, want %s", i, got, want)
			}
		}
		time.Sleep(work)
		synctest.Wait()
		if len(p.places) != 0 {
			t.Errorf("%d places are kept after their requests, want 0", len(p.places))
		}
	})
}

func TestWaitingRequestLeavesItsPlaceTheTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, start := newPace(1), time.Now()
		arrive(t.Context(), p, "192.0.2.1", time.Minute) // which waits for a server, say
		next := arrive(t.Context(), p, "192.0.2.1", 0)
		if got := (<-next).Sub(start); got != paceEach {
			t.Errorf("the next request began after %s, want %s", got, paceEach)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(p.places) != 0 {
			t.Errorf("%d places are kept after their requests, want 0", len(p.places))
		}
	})
}

func TestNoRequestWaitsForItsPlaceForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, start := newPace(1), time.Now()
		var last chan time.Time
		for range 1000 {
			last = arrive(t.Context(), p, "192.0.2.1", time.Minute)
		}
		gone, cancel := context.WithCancel(t.Context())
		disconnected := arrive(gone, p, "192.0.2.1", 0)
		cancel()
		if got := (<-disconnected).Sub(start); got != 0 {
			t.Errorf("the handler of a request whose client is gone began after %s, want 0", got)
		}
		if got := (<-last).Sub(start); got > paceLongest {
			t.Errorf("the last request began after %s, want at most %s", got, paceLongest)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if len(p.places) != 0 {
			t.Errorf("%d places are kept after their requests, want 0", len(p.places))
		}
	})
}
