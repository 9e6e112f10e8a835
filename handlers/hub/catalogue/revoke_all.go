package catalogue

import (
	"context"
	"fmt"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// RevokeAll ends every session and revokes every code and token of the portal. After an old backup was
// restored, sessions and tokens that had been revoked since are live again.
func (cs *Catalogue) RevokeAll(ctx context.Context, a hub.Actor) (ended db.Ended, err error) {
	if err := cs.hub.MayOwn(ctx, a, "end all sessions and revoke all tokens"); err != nil {
		return ended, err
	}
	err = cs.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if ended, err = tx.RevokeAll(ctx); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{
			Action: hub.ActionPortalRevoked, Target: hub.Target{Type: hub.TargetPortal},
			Detail: fmt.Sprintf(
				"%d sessions, %d access tokens, %d authorizations, %d API tokens", ended.Sessions, ended.AccessTokens, ended.Families, ended.PersonalTokens),
		})
	})
	return ended, err
}
