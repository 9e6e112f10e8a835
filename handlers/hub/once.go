package hub

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"

	"gatepost/db"
)

// onceContent separates the key from the hash of its content.
const onceContent = "\x1f"

// OnceFor returns a one-time key that is valid for one content only: with other content, the same
// key is refused with *Invalid.
func OnceFor(key string, content []byte) string {
	sum := sha256.Sum256(content)
	return key + onceContent + hex.EncodeToString(sum[:])
}

// CheckOnce returns *AlreadyDone if the actor used the key before. An empty key is always accepted.
func (h *Hub) CheckOnce(ctx context.Context, a Actor, once string) error {
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

// errUsedMeanwhile rolls back a transaction whose key another transaction used first.
var errUsedMeanwhile = errors.New("hub: another request used the key first")

// UseOnce uses a one-time key up, for the target that tx creates. If another transaction was faster, it
// returns an error that ResolveOnce turns into *AlreadyDone.
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

// ResolveOnce returns the error of a transaction that called UseOnce: *AlreadyDone if another
// transaction used the key first, otherwise err.
func (h *Hub) ResolveOnce(ctx context.Context, a Actor, once string, err error) error {
	if errors.Is(err, errUsedMeanwhile) {
		return h.CheckOnce(ctx, a, once)
	}
	return err
}
