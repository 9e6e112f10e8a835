package api

import (
	"errors"
	"net/http"
	"strconv"
	"testing"
	"time"

	"gatepost/handlers/oauth/grant"
	"gatepost/handlers/web"
)

func TestCallsAreLimited(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	b := newBuckets(3, 0.5, func() time.Time { return now })
	one, other := grant.Access{ClientID: "one"}, grant.Access{ClientID: "one", PersonID: "Ana"}
	take := func(a grant.Access, left, reset string) error {
		t.Helper()
		header := http.Header{}
		err := b.take(header, a)
		if header.Get("RateLimit-Limit") != "3" || header.Get("RateLimit-Remaining") != left || header.Get("RateLimit-Reset") != reset {
			t.Errorf("take() wrote %v, want limit 3, remaining %s, reset %s", header, left, reset)
		}
		return err
	}
	for _, c := range []struct{ left, reset string }{{"2", "2"}, {"1", "4"}, {"0", "6"}} {
		if err := take(one, c.left, c.reset); err != nil {
			t.Errorf("take() = %v, want nil", err)
		}
	}
	var refused *web.Error
	if err := take(one, "0", "6"); !errors.As(err, &refused) || refused.Status != http.StatusTooManyRequests || refused.RetryAfter != 2*time.Second {
		t.Errorf("take() of an empty bucket = %v, want a 429 that says 2 seconds", err)
	}
	if err := take(other, "2", "2"); err != nil {
		t.Errorf("take() of another holder = %v, want nil", err)
	}
	now = now.Add(2 * time.Second)
	if err := take(one, "0", "6"); err != nil {
		t.Errorf("take() after Retry-After = %v, want nil", err)
	}
	now = now.Add(time.Hour)
	if err := take(one, "2", "2"); err != nil {
		t.Errorf("take() an hour later = %v, want nil", err)
	}
}

func TestFullBucketsAreForgotten(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	b := newBuckets(3, 1, func() time.Time { return now })
	for i := range maxBuckets {
		b.held[strconv.Itoa(i)] = bucket{3, now}
	}
	b.draw("new")
	if len(b.held) != 1 {
		t.Errorf("%d buckets are held, want only the one that is not full", len(b.held))
	}
}
