package db

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// FailureClues help to find the true reason of a failure after the request was answered, so that
// an answer takes the same time whether or not the app exists. They are never stored.
type FailureClues struct {
	// SolutionKey identifies the team of a request without a client id.
	SolutionKey string
	// MadeFor says whether the secret that was sent was made for an app; nil if none was sent.
	MadeFor func(clientID string) bool
}

// failureQueue keeps failures in memory until they are written, in a batch several times a
// second. It is bounded: a flood of made-up secrets takes a fixed amount of memory and of
// writing, and failures beyond that are counted and dropped. Failures that anybody can cause are
// also bounded by client id, and never take the places of the others.
type failureQueue struct {
	writer
	db      *DB
	mu      sync.Mutex
	proven  []notedFailure
	rest    []notedFailure
	byApp   map[string]int // of rest, by client id or solution key
	lastSeq int64
	dropped atomic.Int64

	flushing  sync.Mutex
	sinceTrim int // rows written since all of them were last trimmed; guarded by flushing
}

type notedFailure struct {
	AuthFailure
	clues FailureClues
}

const (
	flushFailuresEvery = 300 * time.Millisecond
	flushFailuresLimit = 10 * time.Second
	maxQueuedProven    = 1_024
	maxQueuedFailures  = 512
	maxQueuedOfApp     = 128
	// maxTries bounds how many apps a batch's secrets are checked against.
	maxTries = 4_000
)

func newFailureQueue(d *DB) *failureQueue {
	q := &failureQueue{db: d, byApp: map[string]int{}}
	q.start(flushFailuresEvery, nil, func(bool) {
		ctx, cancel := context.WithTimeout(context.Background(), flushFailuresLimit)
		defer cancel()
		if q.flush(ctx) != nil {
			q.nudge() // to try again
		}
	})
	return q
}

// NoteFailure queues a refused request. It runs no query and never waits: the row is written
// within a second, by FlushFailures, or by Close.
func (d *DB) NoteFailure(f AuthFailure, clues FailureClues) { d.failures.add(f, clues) }

// FlushFailures writes what this process has queued, so that a page is never behind it.
func (d *DB) FlushFailures(ctx context.Context) error { return d.failures.flush(ctx) }

// DroppedFailures counts the failures that this process dropped because too many came at a time.
func (d *DB) DroppedFailures() int64 { return d.failures.dropped.Load() }

// AuthFailures is Reader.AuthFailures including what this process has just queued.
func (d *DB) AuthFailures(ctx context.Context, q AuthFailureQuery) ([]AuthFailure, error) {
	_ = d.FlushFailures(ctx) // if this fails a later one will write them; what is stored can still be read
	return d.Reader.AuthFailures(ctx, q)
}

// AuthFailure is Reader.AuthFailure including what this process has just queued.
func (d *DB) AuthFailure(ctx context.Context, id string) (AuthFailure, error) {
	_ = d.FlushFailures(ctx)
	return d.Reader.AuthFailure(ctx, id)
}

func (q *failureQueue) add(f AuthFailure, clues FailureClues) {
	for _, s := range []*string{&f.ClientID, &f.Description, &f.Detail, &f.Address, &f.UserAgent} {
		*s = storable(*s)
	}
	q.mu.Lock()
	// Two failures at the same moment are also ordered.
	seq := f.At.UnixNano()
	if seq <= q.lastSeq && q.lastSeq-seq < int64(time.Second) {
		seq = q.lastSeq + 1
	}
	q.lastSeq = max(q.lastSeq, seq)
	f.At = time.Unix(0, seq)
	kept := q.put(notedFailure{f, clues})
	q.mu.Unlock()
	if !kept {
		q.dropped.Add(1)
		return
	}
	q.nudge()
}

func (q *failureQueue) put(n notedFailure) bool {
	if n.Proven {
		if len(q.proven) >= maxQueuedProven {
			return false
		}
		q.proven = append(q.proven, n)
		return true
	}
	of := n.ClientID + n.clues.SolutionKey // a vendor login names no app
	if len(q.rest) >= maxQueuedFailures || q.byApp[of] >= maxQueuedOfApp {
		return false
	}
	q.byApp[of]++
	q.rest = append(q.rest, n)
	return true
}

func (q *failureQueue) take() []notedFailure {
	q.mu.Lock()
	defer q.mu.Unlock()
	batch := append(q.proven, q.rest...)
	q.proven, q.rest = nil, nil
	clear(q.byApp)
	return batch
}

func (q *failureQueue) putBack(batch []notedFailure) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, n := range batch {
		if !q.put(n) {
			q.dropped.Add(1)
		}
	}
}

func (q *failureQueue) flush(ctx context.Context) error {
	q.flushing.Lock()
	defer q.flushing.Unlock()
	batch := q.take()
	if len(batch) == 0 {
		return nil
	}
	err := q.write(ctx, batch)
	if err != nil {
		q.putBack(batch)
	}
	return err
}

// write finds out what the answer couldn't wait for, then stores the batch.
func (q *failureQueue) write(ctx context.Context, batch []notedFailure) error {
	x := explainer{r: &q.db.Reader, apps: map[string]App{}, teams: map[string][]App{}}
	for i := range batch {
		if err := x.explain(ctx, &batch[i]); err != nil {
			return err
		}
	}
	all := q.sinceTrim+len(batch) >= trimStep
	err := q.db.Tx(ctx, func(tx *Tx) error {
		grown := map[failureKind]bool{}
		for _, n := range batch {
			if err := tx.insertFailure(ctx, n.AuthFailure); err != nil {
				return err
			}
			grown[n.kind()] = true
		}
		apps, err := one(ctx, &tx.Reader, "CountApps", value[int], `SELECT COUNT(*) FROM apps`)
		if err != nil {
			return err
		}
		for kind := range grown {
			if err := tx.trimKind(ctx, kind, apps); err != nil {
				return err
			}
		}
		if all {
			return tx.trimFailures(ctx, maxAllFailures, `TRUE`)
		}
		return nil
	})
	if err == nil {
		if q.sinceTrim += len(batch); all {
			q.sinceTrim = 0
		}
	}
	return err
}
