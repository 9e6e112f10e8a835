package db

import (
	"context"
	"fmt"
	"time"
)

// Purposes of a link.
const (
	LinkOwner      = "owner"      // creates the first owner
	LinkInvitation = "invitation" // creates or activates an account, and a membership
	LinkReset      = "reset"      // sets a new password
)

// Link is a link that works once. Only the SHA-256 of its token is stored. PersonID is set if the
// link is for an existing account.
type Link struct {
	ID, TokenHash, Purpose  string
	Email, PersonID         string
	TeamID, Role            string
	MakesOwner              bool
	CreatedBy               string
	CreatedAt, ExpiresAt    time.Time
	ConsumedAt, CancelledAt time.Time
}

const linkColumns = `id, token_hash, purpose, email, person_id, team_id, role, makes_owner, created_by,
	created_at, expires_at, consumed_at, cancelled_at`

func scanLink(s scanner) (l Link, err error) {
	var created, expires, consumed, cancelled int64
	err = s.Scan(&l.ID, &l.TokenHash, &l.Purpose, &l.Email, &l.PersonID, &l.TeamID, &l.Role, &l.MakesOwner, &l.CreatedBy,
		&created, &expires, &consumed, &cancelled)
	l.CreatedAt, l.ExpiresAt, l.ConsumedAt, l.CancelledAt = at(created), at(expires), at(consumed), at(cancelled)
	return l, err
}

// LinkByTokenHash returns the link with this token hash, whatever its state, or ErrNotFound.
func (r *Reader) LinkByTokenHash(ctx context.Context, hash string) (Link, error) {
	return one(ctx, r, "LinkByTokenHash", scanLink, `SELECT `+linkColumns+` FROM links WHERE token_hash = $1`, hash)
}

// Link returns the link with this id, or ErrNotFound.
func (r *Reader) Link(ctx context.Context, id string) (Link, error) {
	return one(ctx, r, "Link", scanLink, `SELECT `+linkColumns+` FROM links WHERE id = $1`, id)
}

// PendingInvitations lists a team's invitations that haven't been used or cancelled, including
// expired ones, newest first.
func (r *Reader) PendingInvitations(ctx context.Context, teamID string) ([]Link, error) {
	return all(ctx, r, "PendingInvitations", scanLink,
		`SELECT `+linkColumns+`
		FROM links
		WHERE team_id = $1 AND purpose = 'invitation' AND consumed_at = 0 AND cancelled_at = 0
		ORDER BY created_at DESC, id`, teamID)
}

// InsertLink adds a link.
func (t *Tx) InsertLink(ctx context.Context, l Link) error {
	_, err := t.exec(ctx, "InsertLink",
		`INSERT INTO links (`+linkColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		l.ID, l.TokenHash, l.Purpose, l.Email, l.PersonID, l.TeamID, l.Role, l.MakesOwner, l.CreatedBy,
		unix(l.CreatedAt), unix(l.ExpiresAt), unix(l.ConsumedAt), unix(l.CancelledAt))
	return err
}

// ConsumeLink uses a link up: one of several concurrent callers gets it. The others get
// ErrNotFound, as for a link that is unknown, expired, cancelled or already used.
func (t *Tx) ConsumeLink(ctx context.Context, tokenHash, purpose string) (Link, error) {
	return one(ctx, &t.Reader, "ConsumeLink", scanLink,
		`UPDATE links
		SET consumed_at = $3
		WHERE token_hash = $1 AND purpose = $2 AND consumed_at = 0 AND cancelled_at = 0 AND expires_at > $3
		RETURNING `+linkColumns, tokenHash, purpose, unix(t.Now))
}

// CancelLink cancels a pending link of a team, or returns ErrNotFound.
func (t *Tx) CancelLink(ctx context.Context, id, teamID string) error {
	n, err := t.cancelLinks(ctx, "CancelLink", `id = $2 AND team_id = $3`, id, teamID)
	if err == nil && n == 0 {
		err = fmt.Errorf("db: CancelLink: %w", ErrNotFound)
	}
	return err
}

// CancelLinkByHash cancels a pending link and returns it, or ErrNotFound if it is unknown, expired, cancelled or used.
func (t *Tx) CancelLinkByHash(ctx context.Context, tokenHash string) (Link, error) {
	l, err := one(ctx, &t.Reader, "CancelLinkByHash", scanLink,
		`UPDATE links
		SET cancelled_at = $2
		WHERE token_hash = $1 AND consumed_at = 0 AND cancelled_at = 0 AND expires_at > $2
		RETURNING `+linkColumns, tokenHash, unix(t.Now))
	if err != nil {
		return l, err
	}
	return l, t.dropLinkMails(ctx, tokenHash)
}

// CancelLinksFor cancels every pending link of this purpose for an address in a team (teamID is
// empty for resets), because a newer one replaces them.
func (t *Tx) CancelLinksFor(ctx context.Context, purpose, email, teamID string) error {
	_, err := t.cancelLinks(ctx, "CancelLinksFor", `purpose = $2 AND email = $3 AND team_id = $4`, purpose, email, teamID)
	return err
}

// CancelOwnerLinks cancels every pending link that creates the first owner.
func (t *Tx) CancelOwnerLinks(ctx context.Context) error {
	return t.CancelLinksFor(ctx, LinkOwner, "", "")
}

// CancelResetLinks cancels every pending link that resets a person's password.
func (t *Tx) CancelResetLinks(ctx context.Context, personID string) error {
	_, err := t.cancelLinks(ctx, "CancelResetLinks", `purpose = 'reset' AND person_id = $2`, personID)
	return err
}

// cancelLinks cancels the pending links that match a condition, whose arguments start at $2,
// along with queued mails that carry one, and returns how many there were.
func (t *Tx) cancelLinks(ctx context.Context, what, where string, args ...any) (int, error) {
	hashes, err := all(ctx, &t.Reader, what, value[string],
		`UPDATE links
		SET cancelled_at = $1
		WHERE consumed_at = 0 AND cancelled_at = 0 AND (`+where+`)
		RETURNING token_hash`,
		append([]any{unix(t.Now)}, args...)...)
	if err != nil {
		return 0, err
	}
	return len(hashes), t.dropLinkMails(ctx, hashes...)
}
