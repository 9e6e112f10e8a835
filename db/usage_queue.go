package db

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// useQueue counts in memory how secrets are used, and writes the counts behind the requests: the
// first use of a secret immediately, then at most once a minute per secret. What hasn't been
// written yet is added to what this process reads (see usesOf), so that its pages are never
// behind. A crash loses a minute of counts, but no token.
type useQueue struct {
	writer
	db      *DB
	mu      sync.Mutex
	secrets map[useKey]*secretUse
	// epoch counts the starts and ends of commits. It is odd while a batch is being committed;
	// settled is closed when that is done.
	epoch   int64
	settled chan struct{}
}

// useKey is a secret, or with an empty secretID an app that is used without one.
type useKey struct{ clientID, secretID string }

func (k useKey) compare(other useKey) int {
	return cmp.Or(cmp.Compare(k.clientID, other.clientID), cmp.Compare(k.secretID, other.secretID))
}

// secretUse is what this process knows about the use of one secret.
type secretUse struct {
	waiting, writing uses      // writing is part of the batch being written
	clock            time.Time // the latest use that was written, by the clock of the uses
	written          time.Time // when it was written, by our clock
	day              int64     // of seen
	seen             map[Caller]bool
}

const (
	// useEvery is how often the uses of one secret are written.
	useEvery = time.Minute
	// usePause gathers the first uses of several secrets into one transaction.
	usePause = 20 * time.Millisecond
	// useCheck is how often the queue looks for secrets that are no longer used.
	useCheck    = 10 * time.Second
	useDeadline = 10 * time.Second
	// useIdle is how long an unused secret is remembered.
	useIdle = time.Hour
	// maxUseBatch bounds how many secrets are written in one transaction.
	maxUseBatch = 200
	// maxCallersOfDay is how many callers of a secret are told apart on a day, so that a client
	// that makes up user agents can't fill the disk.
	maxCallersOfDay = 200
)

func newUseQueue(d *DB) *useQueue {
	q := &useQueue{db: d, secrets: map[useKey]*secretUse{}}
	q.start(usePause, time.Tick(useCheck), q.flush)
	return q
}

// NoteUse counts that a secret was used. It runs no query and never waits.
func (d *DB) NoteUse(clientID, secretID string, caller Caller, at time.Time) {
	d.uses.add(useKey{clientID, secretID}, at, func(u *secretUse) {
		u.called(caller, at)
		u.waiting.count(at, 0, caller)
	})
}

// noteToken counts a token that was recorded.
func (d *DB) noteToken(t AccessToken, caller Caller) {
	d.uses.add(useKey{t.ClientID, t.SecretID}, t.IssuedAt, func(u *secretUse) { u.waiting.count(t.IssuedAt, 1, caller) })
}

func (q *useQueue) add(key useKey, at time.Time, change func(*secretUse)) {
	q.mu.Lock()
	u := q.secrets[key]
	if u == nil {
		u = &secretUse{}
		q.secrets[key] = u
	}
	change(u)
	due := u.due(at)
	q.mu.Unlock()
	if due {
		q.nudge()
	}
}

// due says whether it is time to write the secret's uses.
func (u *secretUse) due(now time.Time) bool {
	return u.written.IsZero() || now.Sub(u.clock) >= useEvery
}

func (u *secretUse) called(caller Caller, at time.Time) {
	day := at.UTC().Truncate(24 * time.Hour).Unix()
	if u.day != day || u.seen == nil {
		u.day, u.seen = day, map[Caller]bool{}
	}
	if !u.seen[caller] {
		if len(u.seen) >= maxCallersOfDay {
			caller = Caller{}
		} else {
			u.seen[caller] = true
		}
	}
	u.waiting.addCaller(callerDay{day, caller}, callerSum{1, unix(at)})
}

// flush writes the uses that are due, or all.
func (q *useQueue) flush(all bool) {
	due := q.take(all)
	// In a fixed order, so that two processes can't wait for each other's rows.
	slices.SortFunc(due, func(a, b dueUse) int { return a.compare(b.useKey) })
	for batch := range slices.Chunk(due, maxUseBatch) {
		err := q.write(batch)
		if err != nil && !isBusy(err) && len(batch) > 1 {
			// One may have failed the others, so each gets its own transaction.
			for i := range batch {
				_ = q.write(batch[i : i+1])
			}
		}
	}
}

// dueUse is a secret whose writing is about to be written. Only the writing goroutine changes
// that.
type dueUse struct {
	useKey
	*secretUse
}

// take moves what is due from waiting to writing, and forgets secrets that haven't been used for
// long.
func (q *useQueue) take(all bool) (list []dueUse) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.db.now()
	for key, u := range q.secrets {
		switch ago := now.Sub(u.written); {
		case !u.waiting.empty():
			if all || ago >= useEvery || u.due(time.Unix(u.waiting.last(), 0)) {
				u.writing, u.waiting = u.waiting, uses{}
				list = append(list, dueUse{key, u})
			}
		case ago >= useIdle:
			delete(q.secrets, key)
		}
	}
	return list
}

// write stores the writing of some secrets in one transaction. What the database can't take now
// goes back to waiting; what it refuses is dropped.
func (q *useQueue) write(batch []dueUse) error {
	ctx, cancel := context.WithTimeout(context.Background(), useDeadline)
	defer cancel()
	began := false
	err := q.db.Tx(ctx, func(tx *Tx) error {
		for _, u := range batch {
			if err := tx.addUses(ctx, u.useKey, u.writing); err != nil {
				return err
			}
		}
		if !began {
			began = true
			q.begin()
		}
		return nil
	})
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.db.now()
	for _, u := range batch {
		if err != nil && !isBusy(err) && len(batch) > 1 {
			continue // each is tried alone
		}
		// After a failure as well: the next try is in a minute, not at the next request.
		u.written, u.clock = now, later(u.clock, time.Unix(u.writing.last(), 0))
		if isBusy(err) {
			u.waiting.add(u.writing)
		}
		u.writing = uses{}
	}
	if began {
		q.epoch++
		close(q.settled)
	}
	return err
}

// isBusy says whether the database may accept later what it hasn't accepted now.
func isBusy(err error) bool {
	return errors.Is(err, ErrBusy) || errors.Is(err, context.DeadlineExceeded)
}

func (q *useQueue) begin() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.epoch++
	q.settled = make(chan struct{})
}
