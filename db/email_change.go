package db

import (
	"context"
	"errors"
	"time"
)

// EmailChange is a change of address that both addresses must confirm. Only the SHA-256 of the
// links' tokens are stored.
type EmailChange struct {
	ID, PersonID                   string
	Old, New                       string
	OldHash, NewHash               string
	OldConfirmedAt, NewConfirmedAt time.Time
	CreatedAt, ExpiresAt           time.Time
}

// Done says whether both addresses have confirmed the change.
func (c EmailChange) Done() bool { return !c.OldConfirmedAt.IsZero() && !c.NewConfirmedAt.IsZero() }

const emailChangeColumns = `id, person_id, old_email, new_email, old_hash, new_hash, old_confirmed_at,
	new_confirmed_at, created_at, expires_at`

func scanEmailChange(s scanner) (c EmailChange, err error) {
	var old, fresh, created, expires int64
	err = s.Scan(&c.ID, &c.PersonID, &c.Old, &c.New, &c.OldHash, &c.NewHash, &old, &fresh, &created, &expires)
	c.OldConfirmedAt, c.NewConfirmedAt, c.CreatedAt, c.ExpiresAt = at(old), at(fresh), at(created), at(expires)
	return c, err
}

// EmailChangeOf returns the change that a person has started, expired or not, or ErrNotFound.
func (r *Reader) EmailChangeOf(ctx context.Context, personID string) (EmailChange, error) {
	return one(ctx, r, "EmailChangeOf", scanEmailChange,
		`SELECT `+emailChangeColumns+`
		FROM email_changes
		WHERE person_id = $1`, personID)
}

// EmailChangeByHash returns the change that a link to either address belongs to, or ErrNotFound.
func (r *Reader) EmailChangeByHash(ctx context.Context, hash string) (EmailChange, error) {
	return one(ctx, r, "EmailChangeByHash", scanEmailChange,
		`SELECT `+emailChangeColumns+` FROM email_changes WHERE old_hash = $1 OR new_hash = $1`, hash)
}

// PutEmailChange starts a change, and cancels one that the person had started before.
func (t *Tx) PutEmailChange(ctx context.Context, c EmailChange) error {
	if err := t.EndEmailChange(ctx, c.PersonID); err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	_, err := t.exec(ctx, "PutEmailChange",
		`INSERT INTO email_changes (`+emailChangeColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		c.ID, c.PersonID, c.Old, c.New, c.OldHash, c.NewHash, unix(c.OldConfirmedAt), unix(c.NewConfirmedAt), unix(c.CreatedAt), unix(c.ExpiresAt))
	return err
}

// EndEmailChange deletes the change that a person has started, along with queued mails that
// carry one of its links. It returns ErrNotFound if there is none.
func (t *Tx) EndEmailChange(ctx context.Context, personID string) error {
	c, err := one(ctx, &t.Reader, "EndEmailChange", scanEmailChange,
		`DELETE FROM email_changes WHERE person_id = $1 RETURNING `+emailChangeColumns, personID)
	if err != nil {
		return err
	}
	return t.dropLinkMails(ctx, c.OldHash, c.NewHash)
}

// ConfirmEmailChange records that the address of this link has confirmed, and returns the
// resulting change. The row is locked until the transaction ends, so that the later of two
// concurrent confirmations sees both. It returns ErrNotFound if the link is dead or was used
// before.
func (t *Tx) ConfirmEmailChange(ctx context.Context, hash string) (EmailChange, error) {
	return one(ctx, &t.Reader, "ConfirmEmailChange", scanEmailChange,
		`UPDATE email_changes
		SET old_confirmed_at = CASE WHEN old_hash = $1 THEN $2 ELSE old_confirmed_at END,
			new_confirmed_at = CASE WHEN new_hash = $1 THEN $2 ELSE new_confirmed_at END
		WHERE expires_at > $2 AND (old_hash = $1 AND old_confirmed_at = 0 OR new_hash = $1 AND new_confirmed_at = 0)
		RETURNING `+emailChangeColumns, hash, unix(t.Now))
}
