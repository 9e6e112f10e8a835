package hub

import (
	"context"

	"gatepost/db"
	"gatepost/handlers/hub/limit"
)

// GuessUserCode counts a user code (RFC 8628) that a person enters, before it is looked up, or returns
// *Throttled. Call right if the code was right: only wrong ones count.
func (h *Hub) GuessUserCode(ctx context.Context, a Actor) (right func() error, err error) {
	uses := []limit.Use{{ID: limit.UserCodesOfPerson, Key: a.ID}, {ID: limit.UserCodesOfPlace, Key: Place(a.Address)}}
	right = func() error {
		return h.DB.Tx(ctx, func(tx *db.Tx) error { return limit.GiveBack(ctx, tx, uses...) })
	}
	return right, h.CountAlone(ctx, uses...)
}
