package db

import (
	"context"
	"time"
)

// Handover is a secret that one teammate hands to another, encrypted in the sender's browser: the
// key is in the link's fragment and never reaches the portal.
type Handover struct {
	ID, ClientID, SecretID string
	FromID, FromName       string
	ToID, ToName           string // ToName is the name of the person's account
	CreatedAt, ExpiresAt   time.Time
	OpenedAt               time.Time
	OpenedAddress          string
	CancelledAt            time.Time
}

// Waiting says whether the handover can be opened at now.
func (h Handover) Waiting(now time.Time) bool {
	return h.OpenedAt.IsZero() && h.CancelledAt.IsZero() && now.Before(h.ExpiresAt)
}

// handoverColumns leaves out the ciphertext, which only the recipient reads.
const handoverColumns = `h.id, h.client_id, h.secret_id, h.from_id, h.from_name, h.to_id, p.name,
	h.created_at, h.expires_at, h.opened_at, h.opened_address, h.cancelled_at`

func scanHandover(s scanner) (h Handover, err error) {
	var created, expires, opened, cancelled int64
	err = s.Scan(&h.ID, &h.ClientID, &h.SecretID, &h.FromID, &h.FromName, &h.ToID, &h.ToName,
		&created, &expires, &opened, &h.OpenedAddress, &cancelled)
	h.CreatedAt, h.ExpiresAt, h.OpenedAt, h.CancelledAt = at(created), at(expires), at(opened), at(cancelled)
	return h, err
}

// Handover returns the handover with this id, whatever its state, or ErrNotFound.
func (r *Reader) Handover(ctx context.Context, id string) (Handover, error) {
	return one(ctx, r, "Handover", scanHandover,
		`SELECT `+handoverColumns+`
		FROM handovers h
		JOIN people p ON p.id = h.to_id
		WHERE h.id = $1`, id)
}

// Handovers lists an app's handovers, newest first.
func (r *Reader) Handovers(ctx context.Context, clientID string) ([]Handover, error) {
	return all(ctx, r, "Handovers", scanHandover,
		`SELECT `+handoverColumns+`
		FROM handovers h
		JOIN people p ON p.id = h.to_id
		WHERE h.client_id = $1
		ORDER BY h.created_at DESC, h.id DESC`, clientID)
}

// InsertHandover adds a handover with its ciphertext. It replaces one of the same secret to the
// same person that is still waiting.
func (t *Tx) InsertHandover(ctx context.Context, h Handover, ciphertext string) error {
	if _, err := t.exec(ctx, "InsertHandover",
		`UPDATE handovers
		SET cancelled_at = $3, ciphertext = ''
		WHERE client_id = $4 AND secret_id = $1 AND to_id = $2 AND opened_at = 0 AND cancelled_at = 0`,
		h.SecretID, h.ToID, unix(t.Now), h.ClientID); err != nil {
		return err
	}
	_, err := t.exec(ctx, "InsertHandover",
		`INSERT INTO handovers (id, client_id, secret_id, from_id, from_name, to_id, ciphertext, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		h.ID, h.ClientID, h.SecretID, h.FromID, h.FromName, h.ToID, ciphertext, unix(h.CreatedAt), unix(h.ExpiresAt))
	return err
}

// OpenHandover uses a handover up and returns its ciphertext, which is then deleted: one of
// several concurrent callers gets it. The others get ErrNotFound, as for a handover that is
// unknown, for somebody else, expired, cancelled or opened.
func (t *Tx) OpenHandover(ctx context.Context, id, toID, address string) (ciphertext string, err error) {
	const waiting = ` WHERE id = $1 AND to_id = $2 AND opened_at = 0 AND cancelled_at = 0 AND expires_at > $3`
	ciphertext, err = one(ctx, &t.Reader, "OpenHandover", value[string],
		`SELECT ciphertext FROM handovers`+waiting, id, toID, unix(t.Now))
	if err != nil {
		return "", err
	}
	// Another caller that read it meanwhile finds no row to change here.
	return ciphertext, t.mustTouch(ctx, "OpenHandover",
		`UPDATE handovers SET opened_at = $3, opened_address = $4, ciphertext = ''`+waiting, id, toID, unix(t.Now), address)
}

// CancelHandover cancels a handover that is waiting, or returns ErrNotFound.
func (t *Tx) CancelHandover(ctx context.Context, id string) error {
	return t.mustTouch(ctx, "CancelHandover",
		`UPDATE handovers
		SET cancelled_at = $2, ciphertext = ''
		WHERE id = $1 AND opened_at = 0 AND cancelled_at = 0 AND expires_at > $2`, id, unix(t.Now))
}
