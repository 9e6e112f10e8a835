package hub

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// TryLimit is how many failed tries a key has before each further one costs a wait, which
// doubles from first to longest. One try is forgotten after each leak without a further one,
// so nobody is locked out for good.
type TryLimit struct {
	Key                   string // SHA-256 of what is counted
	Free                  int
	First, Longest, Leaks time.Duration
}

// wait is what the n-th failed try costs.
func (l TryLimit) wait(n int) time.Duration {
	if n < l.Free {
		return 0
	}
	return min(l.First<<min(n-l.Free, 10), l.Longest)
}

// knownFor is how long a place from which somebody has signed in is known.
const knownFor = 90 * 24 * time.Hour

// TryKey returns the key under which tries of a kind are counted for a name.
func TryKey(what, name string) string { return secret.HashToken(what + " " + name) }

// Place is the address from which somebody tries, or the network of one that can have as many
// addresses as it likes (IPv6).
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

// SignInLimits count by account and place together, by account, and by place.
func SignInLimits(a Actor, email string) []TryLimit {
	from := Place(a.Address)
	return []TryLimit{
		{TryKey("own", email+" "+from), 10, 30 * time.Second, 15 * time.Minute, 15 * time.Minute},
		{TryKey("account", email), 100, time.Minute, 15 * time.Minute, 15 * time.Minute},
		{TryKey("address", from), 200, 30 * time.Second, 15 * time.Minute, time.Minute},
	}
}

// ForgetSignIns gives an account all its tries back, and those from the actor's place.
func ForgetSignIns(ctx context.Context, tx *db.Tx, a Actor, email string) error {
	limits := SignInLimits(a, email)
	return tx.ForgetTries(ctx, limits[0].Key, limits[1].Key)
}

// Tries counts failed tries, and asked resets, in the database, for every process that shares it. A try that is
// under way counts in the process alone: a good one writes nothing for it.
type Tries struct {
	db    *db.DB
	now   func() time.Time
	mu    sync.Mutex
	under map[string]int // tries under way, by key
}

func newTries(d *db.DB, now func() time.Time) *Tries {
	return &Tries{db: d, now: now, under: map[string]int{}}
}

// Attempt is one try under way. End it whatever becomes of it.
type Attempt struct {
	*Tries
	limits []TryLimit
	known  string // key of the place; empty: places don't count
	seen   map[string]db.Tries
	ended  sync.Once
}

// Begin starts a try, or says how long to wait. From a place that is known (its key is given)
// only the first limit counts: tries from elsewhere then keep nobody out of where they are at
// home.
func (t *Tries) Begin(ctx context.Context, known string, limits ...TryLimit) (*Attempt, error) {
	keys := []string{known}
	for _, l := range limits {
		keys = append(keys, l.Key)
	}
	rows, err := t.db.SignInTries(ctx, keys...)
	if err != nil {
		return nil, err
	}
	now := t.now()
	a := &Attempt{Tries: t, limits: limits, known: known, seen: map[string]db.Tries{}}
	for _, row := range rows {
		a.seen[row.Key] = row
	}
	counts := limits
	if at := a.seen[known].LastAt; known != "" && now.Sub(at) < knownFor {
		counts = limits[:1]
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	var wait time.Duration
	for _, l := range counts {
		row := a.seen[l.Key]
		wait = max(wait, row.Until.Sub(now))
		// Many at once must not slip through: no more are under way than tries are free.
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

// End gives back what the process counts. It may be called again.
func (a *Attempt) End() {
	a.ended.Do(func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		for _, l := range a.limits {
			if a.under[l.Key]--; a.under[l.Key] <= 0 {
				delete(a.under, l.Key)
			}
		}
	})
}

// Failed counts the try under every limit, in the transaction that writes it down.
func (a *Attempt) Failed(ctx context.Context, tx *db.Tx) error {
	now := a.now()
	for _, l := range a.limits { // in the same order each time, so that two wait for each other in turn
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

// FailedBefore says whether failed tries count against the first limit.
func (a *Attempt) FailedBefore() bool { return a.seen[a.limits[0].Key].Tries > 0 }

// Passed forgets the failed tries of the first limit and knows the place from now on. It
// writes only where something is to be forgotten, or the place was not seen for a day.
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
