package app

import (
	"context"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// SecretChange holds what changes about a secret. A nil field stays as it is.
type SecretChange struct {
	Label     *string
	ExpiresAt *time.Time // live secrets only; zero: never
	Seen      *SeenSecret
}

// SeenSecret is what ChangeSecret changes, as its caller read it.
type SeenSecret struct {
	Label     string
	ExpiresAt time.Time
}

// SeenOf returns what ChangeSecret changes about a secret.
func SeenOf(s db.ClientSecret) *SeenSecret { return &SeenSecret{s.Label, s.ExpiresAt} }

// ChangeSecret changes the label and the expiry of a secret, both or neither. Of a secret that has
// expired or was revoked, only the label can change; a new expiry returns hub.ErrSecretEnded.
// If they are no longer as in c.Seen, it returns *hub.Changed.
func (as *Apps) ChangeSecret(ctx context.Context, a hub.Actor, clientID, secretID string, c SecretChange) error {
	app, err := as.hub.MayManageApp(ctx, a, clientID, "change a secret of this app")
	if err != nil {
		return err
	}
	bad := &hub.Invalid{}
	var label string
	if c.Label != nil {
		label = checkLabel(bad, *c.Label)
	}
	var expires time.Time
	if c.ExpiresAt != nil {
		expires = c.ExpiresAt.Truncate(time.Second)
		checkExpiry(bad, "expires_at", as.hub.Now(), expires)
	}
	if err := bad.OrNil(); err != nil {
		return err
	}
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.LockApp(ctx, clientID); err != nil { // changes of an app's secrets take turns
			return err
		}
		s, err := secretOf(ctx, &tx.Reader, clientID, secretID)
		if err != nil {
			return err
		}
		if err := hub.CheckSeen(c.Seen, *SeenOf(s), hub.ErrChanged); err != nil {
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
		if c.ExpiresAt == nil {
			return nil
		}
		return as.setExpiry(ctx, tx, a, app, s, expires)
	})
}
