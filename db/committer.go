package db

import (
	"context"
	"database/sql"
	"fmt"
	"runtime"
	"time"
)

// committer writes tokens in groups: whatever is waiting when a commit ends goes into the next
// one, so that the disk's sync bounds how long a caller waits, but not how many callers are
// served.
type committer struct {
	db     *DB
	stmts  *pool // on the writer
	queue  chan *pendingToken
	closed chan struct{} // no more tokens are accepted
	done   chan struct{} // the last group is committed
}

type pendingToken struct {
	token    AccessToken
	caller   Caller
	recorded bool
	err      error
	ready    chan struct{}
}

const (
	maxGroup       = 256
	commitDeadline = 10 * time.Second
)

var errClosed = fmt.Errorf("db: closing: %w", ErrBusy)

func newCommitter(d *DB) *committer {
	c := &committer{
		db: d, stmts: &pool{db: d.write},
		queue: make(chan *pendingToken, maxGroup), closed: make(chan struct{}), done: make(chan struct{}),
	}
	go c.run()
	return c
}

// RecordToken stores the record of a token, and counts it. It returns when the record is on
// disk; the count follows. If the secret is no longer live or the app is gone, it stores
// nothing and returns ErrNotFound. If ctx ends first, the token may still be recorded.
func (d *DB) RecordToken(ctx context.Context, token AccessToken, caller Caller) error {
	p := &pendingToken{token: token, caller: caller, ready: make(chan struct{})}
	select {
	case d.tokens.queue <- p:
	case <-d.tokens.closed:
		return errClosed
	case <-ctx.Done():
		return fmt.Errorf("db: RecordToken: %w", ctx.Err())
	}
	select {
	case <-p.ready:
	case <-d.tokens.done: // it was queued behind the last group
		return errClosed
	case <-ctx.Done():
		return fmt.Errorf("db: RecordToken: %w", ctx.Err())
	}
	switch {
	case p.err != nil:
		return p.err
	case !p.recorded:
		return fmt.Errorf("db: RecordToken: %w", ErrNotFound)
	}
	return nil
}

func (c *committer) run() {
	defer close(c.done)
	for {
		select {
		case first := <-c.queue:
			c.commit(c.gather(first))
		case <-c.closed:
			for len(c.queue) > 0 {
				c.commit(c.gather(<-c.queue))
			}
			return
		}
	}
}

// gather takes what is waiting. Goroutines that are ready to run go first: on a busy machine
// they are callers about to join, and a larger group makes each caller's part of a commit
// smaller; on an idle machine this costs nothing.
func (c *committer) gather(first *pendingToken) []*pendingToken {
	runtime.Gosched()
	group := []*pendingToken{first}
	for len(group) < maxGroup {
		select {
		case p := <-c.queue:
			group = append(group, p)
		default:
			return group
		}
	}
	return group
}

func (c *committer) commit(group []*pendingToken) {
	ctx, cancel := context.WithTimeout(context.Background(), commitDeadline)
	defer cancel()
	if err := c.write(ctx, group); err != nil {
		// One token may have failed the others (its app was just deleted), so each gets its own
		// transaction.
		for _, p := range group {
			p.err = c.write(ctx, []*pendingToken{p})
		}
	}
	for _, p := range group {
		if p.err == nil && p.recorded {
			c.db.noteToken(p.token, p.caller)
		}
		close(p.ready)
	}
}

// write stores a group in one transaction. Its statement stays prepared. Preparing it happens
// outside of the transaction, which may hold the only connection.
func (c *committer) write(ctx context.Context, group []*pendingToken) error {
	stmt, err := c.stmts.prepare(ctx, insertToken(c.db.eng))
	if err != nil {
		return c.db.fail("RecordToken", err)
	}
	return c.db.Tx(ctx, func(tx *Tx) error {
		insert := tx.tx.StmtContext(ctx, stmt)
		for _, p := range group {
			if p.recorded, err = p.insert(ctx, insert); err != nil {
				return tx.fail("RecordToken", err)
			}
		}
		return nil
	})
}

func (p *pendingToken) insert(ctx context.Context, stmt *sql.Stmt) (bool, error) {
	res, err := stmt.ExecContext(ctx, p.token.values()...)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

func (c *committer) stop() {
	select {
	case <-c.closed:
	default:
		close(c.closed)
	}
	<-c.done
	c.stmts.close()
}
