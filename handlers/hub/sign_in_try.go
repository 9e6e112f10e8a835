package hub

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// TryLimit is how many failed tries a key has before each further one costs a wait, which doubles
// from First to Longest. One try is forgotten for each period of Leaks without another, so nobody is
// locked out for good.
type TryLimit struct {
	Key                   string // SHA-256 of what is counted
	Free                  int
	First, Longest, Leaks time.Duration
}

// wait returns how long the key waits after its n-th failed try.
func (l TryLimit) wait(n int) time.Duration {
	if n < l.Free {
		return 0
	}
	return min(l.First<<min(n-l.Free, 10), l.Longest)
}

// knownFor is how long a place is known after somebody signed in from it.
const knownFor = 90 * 24 * time.Hour

// TryKey returns the key under which tries of a name are counted. The database doesn't store the name.
func TryKey(what, name string) string { return secret.HashToken(what + " " + name) }

// Place returns the address from which somebody tries, or its /64 network for IPv6, where one host
// can use as many addresses as it likes.
func Place(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || a.Is4() {
		return address
	}
	p, err := a.Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}

// SignInLimits returns the limits of a sign-in: for the account from this place, for the account, and for the place.
func SignInLimits(a Actor, email string) []TryLimit {
	from := Place(a.Address)
	return []TryLimit{
		{TryKey("own", email+" "+from), 10, 30 * time.Second, 15 * time.Minute, 15 * time.Minute},
		{TryKey("account", email), 100, time.Minute, 15 * time.Minute, 15 * time.Minute},
		{TryKey("address", from), 200, 30 * time.Second, 15 * time.Minute, time.Minute},
	}
}

// ForgetSignIns forgets the failed sign-ins of an account.
func ForgetSignIns(ctx context.Context, tx *db.Tx, a Actor, email string) error {
	limits := SignInLimits(a, email)
	return tx.ForgetTries(ctx, limits[0].Key, limits[1].Key)
}

// Tries counts failed tries and requested resets in the database, for every process that shares it. A try in progress
// counts in this process only, so a successful one writes nothing.
type Tries struct {
	db    *db.DB
	now   func() time.Time
	mu    sync.Mutex
	under map[string]int // tries in progress, by key
	ended int            // how many are over
}

func newTries(d *db.DB, now func() time.Time) *Tries {
	return &Tries{db: d, now: now, under: map[string]int{}}
}

// Attempt is a try in progress. Call End, whatever its outcome.
type Attempt struct {
	*Tries
	limits []TryLimit
	known  string // key of the place; empty if places don't matter
	seen   map[string]db.Tries
	ended  sync.Once
}

// Begin starts a try, or returns *Throttled. From a known place (known is its key) only the first
// limit applies, so that a stranger's failed tries don't keep people out of where they usually sign
// in.
func (t *Tries) Begin(ctx context.Context, known string, limits ...TryLimit) (*Attempt, error) {
	keys := []string{known}
	for _, l := range limits {
		keys = append(keys, l.Key)
	}
	rows, err := t.read(ctx, keys)
	if err != nil {
		return nil, err
	}
	defer t.mu.Unlock()
	now := t.now()
	a := &Attempt{Tries: t, limits: limits, known: known, seen: map[string]db.Tries{}}
	for _, row := range rows {
		a.seen[row.Key] = row
	}
	counts := limits
	if at := a.seen[known].LastAt; known != "" && now.Sub(at) < knownFor {
		counts = limits[:1]
	}
	var wait time.Duration
	for _, l := range counts {
		row := a.seen[l.Key]
		wait = max(wait, row.Until.Sub(now))
		// Concurrent tries must not slip through: no more are in progress than are free.
		left := l.Free - row.Tries + int(now.Sub(row.LastAt)/l.Leaks)
		if row.LastAt.IsZero() {
			left = l.Free
		}
		if t.under[l.Key] >= min(max(left, 1), l.Free) {
			wait = max(wait, time.Second)
		}
	}
	if wait > 0 {
		return nil, &Throttled{wait}
	}
	for _, l := range limits {
		t.under[l.Key]++
	}
	return a, nil
}

// read returns the rows of the keys and holds the lock if there is no error. A try that failed and
// ended in between would be neither in the rows nor in progress, so it then reads once more, a
// bounded number of times.
func (t *Tries) read(ctx context.Context, keys []string) ([]db.Tries, error) {
	const most = 10
	for n := 1; ; n++ {
		t.mu.Lock()
		ended := t.ended
		t.mu.Unlock()
		rows, err := t.db.SignInTries(ctx, keys...)
		if err != nil {
			return nil, err
		}
		t.mu.Lock()
		if t.ended == ended || n == most {
			return rows, nil
		}
		t.mu.Unlock()
	}
}

// End stops counting the try as one in progress. It can be called more than once.
func (a *Attempt) End() {
	a.ended.Do(func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.Tries.ended++
		for _, l := range a.limits {
			if a.under[l.Key]--; a.under[l.Key] <= 0 {
				delete(a.under, l.Key)
			}
		}
	})
}

// Failed counts the try under every limit. tx is the transaction that records the failure.
func (a *Attempt) Failed(ctx context.Context, tx *db.Tx) error {
	now := a.now()
	for _, l := range a.limits { // always in the same order, so that two transactions can't deadlock
		n, err := tx.AddTry(ctx, l.Key, now, l.Leaks)
		if err != nil {
			return err
		}
		if wait := l.wait(n); wait > 0 {
			if err := tx.DelayTries(ctx, l.Key, now.Add(wait)); err != nil {
				return err
			}
		}
	}
	return nil
}

// FailedBefore says whether there are failed tries under the first limit.
func (a *Attempt) FailedBefore() bool { return a.seen[a.limits[0].Key].Tries > 0 }

// Passed forgets the failed tries under the first limit, and marks the place as known. It writes only
// if there are failed tries, or if the place wasn't seen for a day.
func (a *Attempt) Passed(ctx context.Context, tx *db.Tx) error {
	if a.FailedBefore() {
		if err := tx.ForgetTries(ctx, a.limits[0].Key); err != nil {
			return err
		}
	}
	if now := a.now(); a.known != "" && now.Sub(a.seen[a.known].LastAt) > 24*time.Hour {
		return tx.KnowPlace(ctx, a.known, now)
	}
	return nil
}
