package catalogue

import (
	"context"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/keys"
)

// SigningKeys lists the published keys to an owner, newest first.
func (cs *Catalogue) SigningKeys(ctx context.Context, a hub.Actor, ring *keys.Ring) ([]keys.Key, error) {
	if err := cs.hub.MayOwn(ctx, a, "see the portal's signing keys"); err != nil {
		return nil, err
	}
	return ring.List(ctx)
}

// RotateKey creates a new signing key, which starts to sign once every service can have loaded it. It
// returns keys.ErrRotating while another rotation is in progress.
func (cs *Catalogue) RotateKey(ctx context.Context, a hub.Actor, ring *keys.Ring) (keys.Key, error) {
	if err := cs.hub.MayOwn(ctx, a, "rotate the portal's signing key"); err != nil {
		return keys.Key{}, err
	}
	return ring.Rotate(ctx, func(ctx context.Context, tx *db.Tx, kid string) error {
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionKeyRotated, Target: hub.Target{Type: hub.TargetSigningKey, ID: kid, Name: kid}})
	})
}
