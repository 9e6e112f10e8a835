package db

import (
	"context"
	"fmt"
	"time"
)

// ClaimAnchor returns the head of the audit log and whether it changed since the last claim. Of
// several processes that ask at the same time one is told that it changed, and keeps it outside
// of the database. It returns ErrAuditBroken if the portal didn't sign the head.
func (d *DB) ClaimAnchor(ctx context.Context) (head AuditHead, changed bool, err error) {
	err = d.Tx(ctx, func(tx *Tx) error {
		if head, err = tx.AuditHead(ctx); err != nil {
			return err
		}
		if ok, _ := tx.mac.signed(head.KeyID, head.MAC, head.message()); !ok && head.Seq > 0 {
			return fmt.Errorf("db: ClaimAnchor: %w", ErrAuditBroken)
		}
		n, err := tx.exec(ctx, "ClaimAnchor",
			`UPDATE audit_anchor
			SET seq = $1, at = $2
			WHERE id = 1 AND seq <> $1`, head.Seq, unix(tx.Now))
		changed = n > 0 && head.Seq > 0
		return err
	})
	return head, changed, err
}

// UnclaimAnchor makes the next claim succeed, after keeping the head has failed.
func (d *DB) UnclaimAnchor(ctx context.Context) error {
	return d.Tx(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, "UnclaimAnchor", `UPDATE audit_anchor SET seq = 0 WHERE id = 1`)
		return err
	})
}

// ClaimAnchorMail says whether the head was mailed at least a period ago, and has changed since;
// then the transaction mails it.
func (t *Tx) ClaimAnchorMail(ctx context.Context, head AuditHead, every time.Duration) (bool, error) {
	n, err := t.exec(ctx, "ClaimAnchorMail",
		`UPDATE audit_anchor
		SET mailed_seq = $1, mailed_at = $2
		WHERE id = 1 AND mailed_seq <> $1 AND mailed_at <= $3`, head.Seq, unix(t.Now), unix(t.Now.Add(-every)))
	return n > 0, err
}
