package hub

import (
	"context"

	"gatepost/db"
)

// LabelSecret gives a secret of an app another label, in whatever state it is.
func (h *Hub) LabelSecret(ctx context.Context, a Actor, clientID, secretID, label string) error {
	app, err := h.mayManageApp(ctx, a, clientID, "label a secret of this app")
	if err != nil {
		return err
	}
	if label, err = h.checkSecret(NewSecret{Label: label}); err != nil {
		return err
	}
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		s, err := secretOf(ctx, &tx.Reader, clientID, secretID)
		if err != nil || s.Label == label {
			return err
		}
		if err := tx.LabelSecret(ctx, secretID, clientID, label); err != nil {
			return err
		}
		return a.record(ctx, tx, "secret.labelled", app.TeamID, "app", clientID, app.Name, "secret .."+s.Hint+" was "+s.Label+", is "+label)
	})
}
