package app

import (
	"context"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// SecretChange is what changes of a secret; nil stays as it is.
type SecretChange struct {
	Label *string
	End   *time.Time // of a live one; zero: it has none
}

// ChangeSecret changes a secret of an app, all that is told or nothing. The label of one that
// has ended can change too.
func (as *Apps) ChangeSecret(ctx context.Context, a hub.Actor, clientID, secretID string, c SecretChange) error {
	app, err := as.hub.MayManageApp(ctx, a, clientID, "change a secret of this app")
	if err != nil {
		return err
	}
	label := ""
	if c.Label != nil {
		if label, err = as.checkSecret(NewSecret{Label: *c.Label}); err != nil {
			return err
		}
	}
	var end time.Time
	if c.End != nil {
		if end = c.End.Truncate(time.Second); oddExpiry(as.hub.Now(), end) {
			return hub.BadField("end", "Choose an end between one minute and three years from now, or none.")
		}
	}
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		s, err := secretOf(ctx, &tx.Reader, clientID, secretID)
		if err != nil {
			return err
		}
		if c.Label != nil && s.Label != label {
			if err := tx.LabelSecret(ctx, secretID, clientID, label); err != nil {
				return err
			}
			if err := a.Record(ctx, tx, hub.Event{Action: hub.ActionSecretLabelled, TeamID: app.TeamID, Target: hub.OfApp(app), Detail: "secret .." + s.Hint + " was " + s.Label + ", is " + label}); err != nil {
				return err
			}
			s.Label = label
		}
		if c.End == nil {
			return nil
		}
		return as.moveEnd(ctx, tx, a, app, s, end)
	})
}
