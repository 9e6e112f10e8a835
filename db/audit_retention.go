package db

import (
	"context"
	"fmt"
	"time"
)

// AuditRetention says which events are removed: those before Until for which Goes returns true.
// Note is called in each transaction that removed events, with their number and their times.
type AuditRetention struct {
	Until time.Time
	Goes  func(AuditEvent) bool
	Note  func(ctx context.Context, tx *Tx, removed int64, first, last time.Time) error
}

// retentionRows is how many events are removed in one transaction, at about 1 kB each.
const retentionRows = 1000

// PurgeAudit removes old events, and puts a signed checkpoint in place of each unbroken run of
// them. It returns how many it removed. It returns ErrAuditBroken, and removes nothing further,
// where the chain isn't as Gatepost wrote it: what is broken is evidence.
func (d *DB) PurgeAudit(ctx context.Context, r AuditRetention) (removed int64, err error) {
	for last := int64(0); ; {
		head, err := d.AuditHead(ctx)
		if err != nil {
			return removed, err
		}
		events, err := d.AuditChain(ctx, last, head.Seq, retentionRows)
		if err != nil || len(events) == 0 || !events[0].At.Before(r.Until) {
			return removed, err
		}
		from := last
		last = events[len(events)-1].Seq
		some := false
		for _, e := range events {
			some = some || r.goes(e)
		}
		if !some {
			continue
		}
		var n int64
		err = d.Tx(ctx, func(tx *Tx) (err error) {
			n, err = tx.purgeAudit(ctx, r, from, last)
			return err
		})
		if err != nil {
			return removed, err
		}
		removed += n
	}
}

func (r AuditRetention) goes(e AuditEvent) bool { return e.At.Before(r.Until) && r.Goes(e) }

// purgeAudit removes what goes of the events after one number and up to another.
func (t *Tx) purgeAudit(ctx context.Context, r AuditRetention, after, upTo int64) (removed int64, err error) {
	// Processes that remove events take turns.
	if _, err := lock(ctx, t, "PurgeAudit", value[int64], `SELECT seq FROM audit_anchor WHERE id = 1`); err != nil {
		return 0, err
	}
	head, err := t.AuditHead(ctx)
	if err != nil {
		return 0, err
	}
	if ok, _ := t.mac.signed(head.KeyID, head.MAC, head.message()); !ok {
		return 0, fmt.Errorf("db: PurgeAudit: %w", ErrAuditBroken)
	}
	events, err := t.AuditChain(ctx, after, upTo, retentionRows)
	if err != nil {
		return 0, err
	}
	var run AuditCheckpoint
	var first, last time.Time
	for i, e := range events {
		if !r.goes(e) {
			continue
		}
		if run.Events == 0 {
			if run, err = t.beginRun(ctx, e); err != nil {
				return 0, err
			}
		}
		if chainHash(run.After, e) != e.Hash {
			return 0, fmt.Errorf("db: PurgeAudit: event %d: %w", e.Seq, ErrAuditBroken)
		}
		run.ToSeq, run.LastAt, run.After = e.Seq, e.At, e.Hash
		run.Events++
		if i+1 < len(events) && r.goes(events[i+1]) && events[i+1].Seq == e.Seq+1 {
			continue
		}
		if first.IsZero() {
			first = run.FirstAt
		}
		removed, last = removed+run.Events, run.LastAt
		if err := t.removeRun(ctx, run); err != nil {
			return 0, err
		}
		run = AuditCheckpoint{}
	}
	if removed == 0 {
		return 0, nil
	}
	return removed, r.Note(ctx, t, removed, first, last)
}

// beginRun returns the checkpoint of no events yet, before the event e.
func (t *Tx) beginRun(ctx context.Context, e AuditEvent) (AuditCheckpoint, error) {
	run := AuditCheckpoint{FromSeq: e.Seq, FirstAt: e.At}
	if e.Seq == 1 {
		return run, nil
	}
	before, err := t.hashAt(ctx, e.Seq-1)
	if err == nil && before == "" {
		err = fmt.Errorf("db: PurgeAudit: event %d: %w", e.Seq-1, ErrAuditBroken)
	}
	run.Before, run.After = before, before
	return run, err
}

// removeRun puts a checkpoint in place of a run of events. It joins the checkpoints on both sides,
// so that there are never more of them than events that stayed.
func (t *Tx) removeRun(ctx context.Context, run AuditCheckpoint) error {
	from, to := run.FromSeq, run.ToSeq
	left, err := t.neighbour(ctx, from-1)
	if err != nil {
		return err
	}
	right, err := t.neighbour(ctx, to+1)
	if err != nil {
		return err
	}
	if left != nil {
		if left.After != run.Before {
			return fmt.Errorf("db: PurgeAudit: event %d: %w", from, ErrAuditBroken)
		}
		run.FromSeq, run.FirstAt, run.Before = left.FromSeq, left.FirstAt, left.Before
		run.Events += left.Events
	}
	if right != nil {
		if right.Before != run.After {
			return fmt.Errorf("db: PurgeAudit: event %d: %w", to+1, ErrAuditBroken)
		}
		run.ToSeq, run.LastAt, run.After = right.ToSeq, right.LastAt, right.After
		run.Events += right.Events
		if _, err := t.exec(ctx, "PurgeAudit", `DELETE FROM audit_checkpoints WHERE from_seq = $1`, right.FromSeq); err != nil {
			return err
		}
	}
	run.RemovedAt = t.Now
	run.KeyID, run.MAC = t.mac.sign(run.message())
	if _, err := t.exec(ctx, "PurgeAudit",
		`INSERT INTO audit_checkpoints (`+checkpointColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (from_seq) DO UPDATE SET to_seq = excluded.to_seq, events = excluded.events, first_at = excluded.first_at,
			last_at = excluded.last_at, hash_before = excluded.hash_before, hash_after = excluded.hash_after,
			removed_at = excluded.removed_at, key_id = excluded.key_id, mac = excluded.mac`,
		run.FromSeq, run.ToSeq, run.Events, unix(run.FirstAt), unix(run.LastAt), run.Before, run.After, unix(run.RemovedAt), run.KeyID, run.MAC); err != nil {
		return err
	}
	_, err = t.exec(ctx, "PurgeAudit", `DELETE FROM audit_events WHERE seq > 0 AND seq >= $1 AND seq <= $2`, from, to)
	return err
}

// neighbour returns the checkpoint at an event, or nil. One that the portal didn't sign must not
// become part of one that it signs.
func (t *Tx) neighbour(ctx context.Context, seq int64) (*AuditCheckpoint, error) {
	c, err := t.AuditCheckpoint(ctx, seq)
	if err != nil || c == nil {
		return nil, err
	}
	if ok, _ := t.mac.signed(c.KeyID, c.MAC, c.message()); !ok {
		return nil, fmt.Errorf("db: PurgeAudit: checkpoint at event %d: %w", c.FromSeq, ErrAuditBroken)
	}
	return c, nil
}
