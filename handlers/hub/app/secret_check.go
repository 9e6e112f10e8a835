package app

import (
	"context"
	"fmt"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/limit"
	"gatepost/handlers/secret"
	"gatepost/views/words"
)

// CheckSecret returns the live secret of an app that plain is, as pasted from the place where it is
// kept, and marks it as saved. plain is neither stored nor logged.
func (as *Apps) CheckSecret(ctx context.Context, a hub.Actor, clientID, plain string) (db.ClientSecret, error) {
	app, err := as.hub.MayManageApp(ctx, a, clientID, "check a secret of this app")
	if err != nil {
		return db.ClientSecret{}, err
	}
	if err := as.hub.CountAlone(ctx, limit.Use{ID: limit.PastedSecrets, Key: a.ID}); err != nil {
		return db.ClientSecret{}, err
	}
	s, err := as.findSecret(ctx, a, app, plain)
	if err != nil {
		return db.ClientSecret{}, err
	}
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if s, err = secretOf(ctx, &tx.Reader, clientID, s.ID); err != nil {
			return err
		}
		if err := tx.MarkSaved(ctx, s.ID, clientID, hub.OneLine(a.Name)); err != nil {
			return err
		}
		if s.SavedAt.IsZero() {
			s.SavedAt, s.SavedByName = tx.Now, hub.OneLine(a.Name)
		}
		if err := expose(ctx, tx, s, a.ID, a.Name, db.ExposureProved); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionSecretSaved, TeamID: app.TeamID, Target: hub.OfApp(app), Detail: secretName(s)})
	})
	return s, err
}

// findSecret returns the live secret of an app that plain is, or *hub.Invalid with what is wrong.
func (as *Apps) findSecret(ctx context.Context, a hub.Actor, app db.App, plain string) (db.ClientSecret, error) {
	wrong := func(format string, args ...any) error { return hub.BadField("client_secret", format, args...) }
	trimmed := strings.TrimSpace(plain)
	switch {
	case trimmed == "":
		return db.ClientSecret{}, wrong("Paste the secret as you have saved it.")
	case trimmed != plain:
		return db.ClientSecret{}, wrong("There is a space or a line break before or after the secret. It doesn't work like that. Save it without.")
	case !strings.HasPrefix(plain, secret.Prefix):
		return db.ClientSecret{}, wrong("This isn't a client secret. Client secrets start with %s.", secret.Prefix)
	case !as.hub.Minter.Genuine(app.ClientID, plain):
		return db.ClientSecret{}, wrong("This isn't a secret of %s. Part of it is missing or changed, or it belongs to another app.", app.Name)
	}
	candidates, err := as.hub.DB.SecretsByHint(ctx, app.ClientID, secret.Hint(plain))
	if err != nil {
		return db.ClientSecret{}, err
	}
	now := as.hub.Now()
	for _, s := range candidates {
		ok, _, err := as.hub.Hasher.Verify(ctx, a.Hashing(), plain, s.Hash)
		switch {
		case err != nil:
			return s, err
		case !ok:
		case !s.RevokedAt.IsZero():
			return s, wrong("This is the secret ..%s, which was revoked %s. It no longer works.", s.Hint, byName(s.RevokedByName)+words.Ago(now.Sub(s.RevokedAt)))
		case s.Expired(now):
			return s, wrong("This is the secret ..%s, which expired %s. It no longer works.", s.Hint, words.Ago(now.Sub(s.ExpiresAt)))
		default:
			return s, nil
		}
	}
	return db.ClientSecret{}, wrong("This used to be a secret of %s, but the portal no longer has it.", app.Name)
}

func byName(name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf("by %s ", name)
}
