package db

import (
	"context"
	"errors"
	"time"
)

// EmailChange is a new address on its way: both have to confirm it. Of the links' tokens only
// the SHA-256 are stored.
type EmailChange struct {
	ID, PersonID                   string
	Old, New                       string
	OldHash, NewHash               string
	OldConfirmedAt, NewConfirmedAt time.Time
	CreatedAt, ExpiresAt           time.Time
}

// Done says whether both addresses have confirmed it.
func (c EmailChange) Done() bool { return !c.OldConfirmedAt.IsZero() && !c.NewConfirmedAt.IsZero() }

const emailChangeColumns = `id, person_id, old_email, new_email, old_hash, new_hash, old_confirmed_at,
	new_confirmed_at, created_at, expires_at`

func scanEmailChange(s scanner) (c EmailChange, err error) {
	var old, fresh, created, expires int64
	err = s.Scan(&c.ID, &c.PersonID, &c.Old, &c.New, &c.OldHash, &c.NewHash, &old, &fresh, &created, &expires)
	c.OldConfirmedAt, c.NewConfirmedAt, c.CreatedAt, c.ExpiresAt = at(old), at(fresh), at(created), at(expires)
	return c, err
}

// EmailChangeOf gives the change that a person has begun, over or not, or ErrNotFound.
func (r *Reader) EmailChangeOf(ctx context.Context, personID string) (EmailChange, error) {
	return one(ctx, r, "EmailChangeOf", scanEmailChange,
		`SELECT `+emailChangeColumns+`
		FROM email_changes
		WHERE person_id = $1`, personID)
}

// EmailChangeByHash gives the change that a link to either address is of, or ErrNotFound.
func (r *Reader) EmailChangeByHash(ctx context.Context, hash string) (EmailChange, error) {
	return one(ctx, r, "EmailChangeByHash", scanEmailChange,
		`SELECT `+emailChangeColumns+` FROM email_changes WHERE old_hash = $1 OR new_hash = $1`, hash)
}

// PutEmailChange begins a change; the one that the person had begun before ends.
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

// EndEmailChange forgets the change that a person has begun, with mails that still wait to take
// one of its links along; ErrNotFound when there is none.
func (t *Tx) EndEmailChange(ctx context.Context, personID string) error {
	c, err := one(ctx, &t.Reader, "EndEmailChange", scanEmailChange,
		`DELETE FROM email_changes WHERE person_id = $1 RETURNING `+emailChangeColumns, personID)
	if err != nil {
		return err
	}
	return t.dropLinkMails(ctx, c.OldHash, c.NewHash)
}

// ConfirmEmailChange notes that the address of this link has confirmed, and gives the change
// as it is then; it holds the row until the transaction ends, so that of two that confirm at
// once the later sees both. A link that is dead, or has confirmed before, gives ErrNotFound.
func (t *Tx) ConfirmEmailChange(ctx context.Context, hash string) (EmailChange, error) {
	return one(ctx, &t.Reader, "ConfirmEmailChange", scanEmailChange,
		`UPDATE email_changes
		SET old_confirmed_at = CASE WHEN old_hash = $1 THEN $2 ELSE old_confirmed_at END,
			new_confirmed_at = CASE WHEN new_hash = $1 THEN $2 ELSE new_confirmed_at END
		WHERE expires_at > $2 AND (old_hash = $1 AND old_confirmed_at = 0 OR new_hash = $1 AND new_confirmed_at = 0)
		RETURNING `+emailChangeColumns, hash, unix(t.Now))
}
