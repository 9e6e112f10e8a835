package db

import "context"

const checkpointColumns = `from_seq, to_seq, events, first_at, last_at, hash_before, hash_after, removed_at, key_id, mac`

func scanCheckpoint(s scanner) (c AuditCheckpoint, err error) {
	var first, last, removed int64
	err = s.Scan(&c.FromSeq, &c.ToSeq, &c.Events, &first, &last, &c.Before, &c.After, &removed, &c.KeyID, &c.MAC)
	c.FirstAt, c.LastAt, c.RemovedAt = at(first), at(last), at(removed)
	return c, err
}

// AuditCheckpoint returns the checkpoint that replaces an event, or nil.
func (r *Reader) AuditCheckpoint(ctx context.Context, seq int64) (*AuditCheckpoint, error) {
	list, err := all(ctx, r, "AuditCheckpoint", scanCheckpoint,
		`SELECT `+checkpointColumns+`
		FROM audit_checkpoints
		WHERE from_seq <= $1
		ORDER BY from_seq DESC LIMIT 1`, seq)
	if err != nil || len(list) == 0 || list[0].ToSeq < seq {
		return nil, err
	}
	return &list[0], nil
}

// checkpointsFrom lists up to limit checkpoints that begin after an event, in order.
func (r *Reader) checkpointsFrom(ctx context.Context, after int64, limit int) ([]AuditCheckpoint, error) {
	return all(ctx, r, "checkpointsFrom", scanCheckpoint,
		`SELECT `+checkpointColumns+`
		FROM audit_checkpoints
		WHERE from_seq > $1
		ORDER BY from_seq LIMIT $2`, after, limit)
}

// AuditChain lists up to limit events in the order of the chain, after one number and up to
// another.
func (r *Reader) AuditChain(ctx context.Context, after, upTo int64, limit int) ([]AuditEvent, error) {
	return all(ctx, r, "AuditChain", scanAudit, nextEvents, after, upTo, limit)
}

// nextEvents says seq > 0 because the index only holds such events.
const nextEvents = `SELECT ` + auditColumns + `
	FROM audit_events
	WHERE seq > 0 AND seq > $1 AND seq <= $2
	ORDER BY seq LIMIT $3`

// hashAt returns the hash of an event, also of a removed one that a checkpoint ends with; empty
// if neither is there.
func (r *Reader) hashAt(ctx context.Context, seq int64) (string, error) {
	events, err := r.AuditChain(ctx, seq-1, seq, 1)
	if err != nil {
		return "", err
	}
	if len(events) > 0 {
		return events[0].Hash, nil
	}
	c, err := r.AuditCheckpoint(ctx, seq)
	if err != nil || c == nil || c.ToSeq != seq {
		return "", err
	}
	return c.After, nil
}
