package db

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// AuditHead returns the end of the chain.
func (r *Reader) AuditHead(ctx context.Context) (AuditHead, error) {
	return one(ctx, r, "AuditHead", scanAuditHead, auditHead)
}

// lockAuditHead makes transactions that append to the chain take turns.
func (t *Tx) lockAuditHead(ctx context.Context) (AuditHead, error) {
	return lock(ctx, t, "AuditHead", scanAuditHead, auditHead)
}

const auditHead = `SELECT seq, hash, at, key_id, mac FROM audit_head WHERE id = 1`

func scanAuditHead(s scanner) (h AuditHead, err error) {
	var when int64
	err = s.Scan(&h.Seq, &h.Hash, &when, &h.KeyID, &h.MAC)
	h.At = at(when)
	return h, err
}

// chainHash returns an event's hash: SHA-256 over the hash of the event before it and its own
// fields, framed.
func chainHash(previous string, e AuditEvent) string {
	h := sha256.New()
	writeFramed(h, previous, fmt.Sprint(e.Seq), e.ID, fmt.Sprint(unix(e.At)), e.Actor, e.ActorName, e.TeamID, e.Action,
		e.TargetType, e.TargetID, e.TargetName, e.Detail, e.Address, e.UserAgent)
	return hex.EncodeToString(h.Sum(nil))
}

// InsertAudit adds an event at the transaction's time. It is written once the transaction's
// function has succeeded, as part of the transaction. Events are never changed.
func (t *Tx) InsertAudit(_ context.Context, e AuditEvent) error {
	e.At = t.Now
	for _, s := range []*string{
		&e.Actor, &e.ActorName, &e.TeamID, &e.Action, &e.TargetType, &e.TargetID, &e.TargetName, &e.Detail, &e.Address, &e.UserAgent,
	} {
		*s = storable(*s)
	}
	t.events = append(t.events, e)
	return nil
}

// appendEvents writes a transaction's events at the end of the chain. It is the last step before
// the commit, so that transactions wait for each other only here, for the time of a commit, and
// only once they have all their other locks: no two can wait for each other.
func (t *Tx) appendEvents(ctx context.Context) error {
	if len(t.events) == 0 {
		return nil
	}
	head, err := t.lockAuditHead(ctx)
	if err != nil {
		return err
	}
	vouched, err := t.vouched(head)
	if err != nil {
		return err
	}
	for _, e := range t.events {
		e.Seq = head.Seq + 1
		e.Hash = chainHash(head.Hash, e)
		if _, err := t.exec(ctx, "InsertAudit",
			`INSERT INTO audit_events (`+auditColumns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
			e.ID, unix(e.At), e.Actor, e.ActorName, e.TeamID, e.Action,
			e.TargetType, e.TargetID, e.TargetName, e.Detail, e.Address, e.UserAgent, e.Seq, e.Hash); err != nil {
			return err
		}
		head = AuditHead{Seq: e.Seq, Hash: e.Hash, At: e.At}
	}
	if vouched {
		head.KeyID, head.MAC = t.mac.sign(head.message())
	}
	return t.mustTouch(ctx, "InsertAudit",
		`UPDATE audit_head
		SET seq = $1, hash = $2, at = $3, key_id = $4, mac = $5
		WHERE id = 1`, head.Seq, head.Hash, unix(head.At), head.KeyID, head.MAC)
}

// chainRows is how many events are read at a time when all of them are read.
const chainRows = 1000

// chainOld adds the events from before the chain existed, ordered by id and so by time. The
// migration that calls it has just made the head, which has only its number and hash.
func (t *Tx) chainOld(ctx context.Context) error {
	var head AuditHead
	for last := ""; ; {
		events, err := all(ctx, &t.Reader, "chain", scanAudit,
			`SELECT `+auditColumns+`
			FROM audit_events
			WHERE id > $1 AND seq = 0
			ORDER BY id LIMIT $2`, last, chainRows)
		if err != nil {
			return err
		}
		for _, e := range events {
			e.Seq = head.Seq + 1
			head = AuditHead{Seq: e.Seq, Hash: chainHash(head.Hash, e)}
			if err := t.mustTouch(ctx, "chain",
				`UPDATE audit_events
				SET seq = $1, hash = $2
				WHERE id = $3`, head.Seq, head.Hash, e.ID); err != nil {
				return err
			}
			last = e.ID
		}
		if len(events) < chainRows {
			break
		}
	}
	if head.Seq == 0 {
		return nil
	}
	return t.mustTouch(ctx, "chain", `UPDATE audit_head SET seq = $1, hash = $2 WHERE id = 1`, head.Seq, head.Hash)
}
