package hub

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"

	"gatepost/db"
)

// onceContent stands in a one-time key between the key and the hash of what came with it.
const onceContent = "\x1f"

// OnceFor is a one-time key that counts for one content alone: the same key with other
// content gives *Invalid.
func OnceFor(key string, content []byte) string {
	sum := sha256.Sum256(content)
	return key + onceContent + hex.EncodeToString(sum[:])
}

// FirstTime gives *AlreadyDone when the key was used before.
func (h *Hub) FirstTime(ctx context.Context, a Actor, once string) error {
	if once == "" {
		return nil
	}
	key, content, _ := strings.Cut(once, onceContent)
	target, usedFor, err := h.DB.IdempotencyTarget(ctx, a.ID, key)
	switch {
	case IsMissing(err):
		return nil
	case err != nil:
		return err
	case content != "" && usedFor != "" && content != usedFor:
		return BadField("Idempotency-Key", "This key was used for another request. Use a new key for each thing to make.")
	}
	return &AlreadyDone{target}
}

// errUsedMeanwhile ends a transaction whose key was used by another one meanwhile.
var errUsedMeanwhile = errors.New("hub: the form's key was used meanwhile")

// UseOnce uses up a one-time key for what it made. A key that another transaction has just used
// ends this one; DoneBefore then returns *AlreadyDone.
func UseOnce(ctx context.Context, tx *db.Tx, a Actor, once, target string) error {
	if once == "" {
		return nil
	}
	key, content, _ := strings.Cut(once, onceContent)
	err := tx.UseIdempotencyKey(ctx, a.ID, key, target, content)
	if errors.Is(err, db.ErrConflict) {
		return errUsedMeanwhile
	}
	return err
}

// DoneBefore turns the failure of UseOnce into *AlreadyDone. It returns any other error as it is.
func (h *Hub) DoneBefore(ctx context.Context, a Actor, once string, err error) error {
	if errors.Is(err, errUsedMeanwhile) {
		return h.FirstTime(ctx, a, once)
	}
	return err
}
