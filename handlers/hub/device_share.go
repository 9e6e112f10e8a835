package hub

import (
	"context"

	"gatepost/db"
)

// ShareDevice says which viewers of its team see a device, and that no others do. seen is as
// in ReplaceDevice. A viewer who may no longer see it loses it at once, by token too.
func (h *Hub) ShareDevice(ctx context.Context, a Actor, guid string, seen []int64, viewers []string) error {
	d, err := h.mayChangeDevice(ctx, a, guid, "say who sees this device")
	if err != nil {
		return err
	}
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := holdVersion(ctx, tx, guid, seen); err != nil {
			return err
		}
		return a.shareDevice(ctx, tx, d, d.DisplayName, viewers)
	})
}
