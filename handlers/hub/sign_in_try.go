package hub

import (
	"context"
	"sync"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub/limit"
	"gatepost/handlers/secret"
)

// TryLimit is how many failed tries a key has before each further one costs a wait, which doubles
// from First to Longest. One try is forgotten for each period of Leaks without another, so nobody is
// locked out for good.
//
// A crowd (limit.Crowd) counts what many places try together. It locks no place out: beyond Free, each place that isn't
// known can try once in First. The first of the limits tells when it last did.
type TryLimit struct {
	Key                   string // SHA-256 of what is counted
	Free                  int
	First, Longest, Leaks time.Duration
	row                   limit.Limit
}

func (l TryLimit) crowd() bool { return l.row.Kind == limit.Crowd }

// left returns how many tries are free, by what is counted.
func (l TryLimit) left(row db.Tries, now time.Time) int {
	if row.LastAt.IsZero() {
		return l.Free
	}
	return min(l.Free, l.Free-row.Tries+int(now.Sub(row.LastAt)/l.Leaks))
}

// note keeps what is left of a limit for the headers of the answer.
func (l TryLimit) note(ctx context.Context, left int, wait time.Duration) {
	limit.Note(ctx, limit.Verdict{Limit: l.row, Number: l.Free, Left: max(0, left), Reset: max(wait, time.Duration(l.Free-max(0, left))*l.Leaks), Wait: wait})
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

// Place is limit.Place.
func Place(address string) string { return limit.Place(address) }

// PlaceOrBrowser returns what an actor's own tries are counted by: the browser if it is a known one, so that
// nobody else at the same place can use them up, else the place.
func PlaceOrBrowser(a Actor, browserKnown bool) string {
	if browserKnown {
		return "browser " + a.Browser
	}
	return Place(a.Address)
}

// SignInLimits returns the limits of a sign-in: for the account from this place or known browser, for the
// account (once from everywhere, and once a second), and for the place.
func SignInLimits(a Actor, email string, browserKnown bool) []TryLimit {
	return []TryLimit{
		LimitTries(limit.SignInHere, "own", email+" "+PlaceOrBrowser(a, browserKnown)), LimitTries(limit.SignInAccount, "account", email),
		LimitTries(limit.SignInPace, "pace", email), LimitTries(limit.SignInPlace, "address", Place(a.Address)),
	}
}

// LimitTries returns the limit of a row of the table for what has a name.
func LimitTries(id limit.ID, what, name string) TryLimit {
	l := limit.Of(id)
	return TryLimit{TryKey(what, name), l.Number, l.First, l.Longest, l.Period, l}
}

// ForgetSignIns forgets the failed sign-ins of an account.
func ForgetSignIns(ctx context.Context, tx *db.Tx, a Actor, email string) error {
	limits, here := SignInLimits(a, email, a.Browser != ""), SignInLimits(a, email, false)
	return tx.ForgetTries(ctx, limits[0].Key, here[0].Key, limits[1].Key, limits[2].Key)
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

// Origin is where a try comes from. Place is the key under which it becomes known, empty if places don't
// matter. Browser says that it is a known browser.
type Origin struct {
	Place   string
	Browser bool
}

// Attempt is a try in progress. Call End, whatever its outcome.
type Attempt struct {
	*Tries
	Known  bool // from a known place or browser
	limits []TryLimit
	place  string
	seen   map[string]db.Tries
	ended  sync.Once
}

// Begin starts a try, or returns *Throttled. From a known place or browser only the first limit applies, so
// that a stranger's failed tries don't keep people out of where they usually sign in.
func (t *Tries) Begin(ctx context.Context, from Origin, limits ...TryLimit) (*Attempt, error) {
	keys := []string{from.Place}
	for _, l := range limits {
		keys = append(keys, l.Key)
	}
	rows, err := t.read(ctx, keys)
	if err != nil {
		return nil, err
	}
	defer t.mu.Unlock()
	now := t.now()
	a := &Attempt{Tries: t, limits: limits, place: from.Place, seen: map[string]db.Tries{}}
	for _, row := range rows {
		a.seen[row.Key] = row
	}
	a.Known = from.Browser || from.Place != "" && now.Sub(a.seen[from.Place].LastAt) < knownFor
	counts := limits
	if a.Known {
		counts = limits[:1]
	}
	var wait time.Duration
	for _, l := range counts {
		row := a.seen[l.Key]
		left := l.left(row, now)
		// Concurrent tries must not slip through: no more are in progress than are free.
		switch own := limits[0].Key; {
		case l.crowd() && t.under[l.Key] < left:
		case l.crowd() && t.under[own] > 0:
			wait = max(wait, time.Second)
		case l.crowd():
			wait = max(wait, a.seen[own].LastAt.Add(l.First).Sub(now))
		case t.under[l.Key] >= max(left, 1):
			wait = max(wait, time.Second, row.Until.Sub(now))
		default:
			wait = max(wait, row.Until.Sub(now))
		}
	}
	if wait > 0 {
		limits[0].note(ctx, 0, wait)
		return nil, &Throttled{RetryAfter: wait}
	}
	own := a.seen[limits[0].Key]
	limits[0].note(ctx, limits[0].Free-1-max(0, own.Tries-int(now.Sub(own.LastAt)/limits[0].Leaks)), 0)
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
		if l.crowd() && l.left(a.seen[l.Key], now) <= -l.Free {
			continue // counting on would slow new places for days after an attack
		}
		n, err := tx.AddTry(ctx, l.Key, now, l.Leaks)
		if err != nil {
			return err
		}
		if wait := l.wait(n); wait > 0 && !l.crowd() {
			if err := tx.DelayTries(ctx, l.Key, now.Add(wait)); err != nil {
				return err
			}
		}
	}
	return nil
}

// FailedBefore says whether there are failed tries under the first limit.
func (a *Attempt) FailedBefore() bool { return a.seen[a.limits[0].Key].Tries > 0 }

// Passed forgets the failed tries under the first limit. It writes only if there are any.
func (a *Attempt) Passed(ctx context.Context, tx *db.Tx) error {
	if !a.FailedBefore() {
		return nil
	}
	return tx.ForgetTries(ctx, a.limits[0].Key)
}

// KnowPlace marks the place as known, after a whole sign-in: a password alone is no proof where a second
// factor is asked for. It writes only if the place wasn't seen for a day.
func (a *Attempt) KnowPlace(ctx context.Context, tx *db.Tx) error {
	if now := a.now(); a.place != "" && now.Sub(a.seen[a.place].LastAt) > 24*time.Hour {
		return tx.KnowPlace(ctx, a.place, now)
	}
	return nil
}
