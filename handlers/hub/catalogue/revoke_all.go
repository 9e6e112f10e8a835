package hub

import (
	"context"
	"fmt"

	"gatepost/db"
)

// RevokeAll ends every session, code and token of the portal: after an old backup was
// restored, those that were revoked since live again.
func (h *Hub) RevokeAll(ctx context.Context, a Actor) (ended db.Ended, err error) {
	if err := mayOwn(a, "end all sessions and tokens"); err != nil {
		return ended, err
	}
	err = h.DB.Tx(ctx, func(tx *db.Tx) error {
		if ended, err = tx.RevokeAll(ctx); err != nil {
			return err
		}
		return a.record(ctx, tx, Event{
			Action: ActionPortalRevoked, Target: Target{Type: TargetPortal},
			Detail: fmt.Sprintf(
				"%d sessions, %d access tokens, %d authorizations, %d API tokens", ended.Sessions, ended.AccessTokens, ended.Families, ended.PersonalTokens),
		})
	})
	return ended, err
}
