package hub

import (
	"context"

	"gatepost/db"
	"gatepost/handlers/keys"
)

// SigningKeys lists the published keys, the newest first.
func (h *Hub) SigningKeys(ctx context.Context, a Actor, ring *keys.Ring) ([]keys.Key, error) {
	if err := mayOwn(a, "see the portal's signing keys"); err != nil {
		return nil, err
	}
	return ring.List(ctx)
}

// RotateKey makes a new signing key, which signs when everybody can have seen it, with its
// audit event. While such a change is under way it gives keys.ErrRotating.
func (h *Hub) RotateKey(ctx context.Context, a Actor, ring *keys.Ring) (keys.Key, error) {
	if err := mayOwn(a, "rotate the portal's signing key"); err != nil {
		return keys.Key{}, err
	}
	return ring.Rotate(ctx, func(ctx context.Context, tx *db.Tx, kid string) error {
		return a.record(ctx, tx, Event{Action: ActionKeyRotated, Target: Target{Type: TargetSigningKey, ID: kid, Name: kid}})
	})
}
