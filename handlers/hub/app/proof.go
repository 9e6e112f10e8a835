package hub

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// Tries of a proof that an actor has in a while: each good-looking one costs an argon2.
const (
	proofTries = 20
	proofPer   = 5 * time.Minute
)

// ProveSaved says which live secret of the app somebody has pasted back from where they keep
// it, and marks it as saved. What it is given goes nowhere else.
func (h *Hub) ProveSaved(ctx context.Context, a Actor, clientID, plain string) (db.ClientSecret, error) {
	app, err := h.mayManageApp(ctx, a, clientID, "check a secret of this app")
	if err != nil {
		return db.ClientSecret{}, err
	}
	if err := h.checks.allow("proof "+a.ID, proofTries, proofPer); err != nil {
		return db.ClientSecret{}, err
	}
	s, err := h.recognise(ctx, app, plain)
	if err != nil {
		return db.ClientSecret{}, err
	}
	err = h.DB.Tx(ctx, func(tx *db.Tx) error {
		if s, err = secretOf(ctx, &tx.Reader, clientID, s.ID); err != nil {
			return err
		}
		if err := tx.MarkSaved(ctx, s.ID, clientID, oneLine(a.Name)); err != nil {
			return err
		}
		if s.SavedAt.IsZero() {
			s.SavedAt, s.SavedByName = tx.Now, oneLine(a.Name)
		}
		if err := expose(ctx, tx, s, a.ID, a.Name, db.ExposureProved); err != nil {
			return err
		}
		return a.record(ctx, tx, Event{Action: ActionSecretSaved, TeamID: app.TeamID, Target: ofApp(app), Detail: secretName(s)})
	})
	return s, err
}

// recognise finds the live secret of an app that plain is, or says what is wrong with it.
func (h *Hub) recognise(ctx context.Context, app db.App, plain string) (db.ClientSecret, error) {
	wrong := func(format string, args ...any) error { return badField("client_secret", format, args...) }
	trimmed := strings.TrimSpace(plain)
	switch {
	case trimmed == "":
		return db.ClientSecret{}, wrong("Paste the secret as you have saved it.")
	case trimmed != plain:
		return db.ClientSecret{}, wrong("There is a space or a line break before or after the secret. Saved like that it fails: save it without.")
	case !strings.HasPrefix(plain, secret.Prefix):
		return db.ClientSecret{}, wrong("This is no client secret: those start with %s.", secret.Prefix)
	case !h.Minter.Genuine(app.ClientID, plain):
		return db.ClientSecret{}, wrong("This is not a secret of %s: a part is missing or changed, or it is another app's.", app.Name)
	}
	candidates, err := h.DB.SecretsByHint(ctx, app.ClientID, secret.Hint(plain))
	if err != nil {
		return db.ClientSecret{}, err
	}
	now := h.Now()
	for _, s := range candidates {
		ok, _, err := h.Hasher.Verify(ctx, plain, s.Hash)
		switch {
		case err != nil:
			return s, err
		case !ok:
		case !s.RevokedAt.IsZero():
			return s, wrong("This is the secret ..%s, which was revoked %s. It no longer works.", s.Hint, by(s.RevokedByName)+ago(now.Sub(s.RevokedAt)))
		case s.Expired(now):
			return s, wrong("This is the secret ..%s, which ended %s. It no longer works.", s.Hint, ago(now.Sub(s.ExpiresAt)))
		default:
			return s, nil
		}
	}
	return db.ClientSecret{}, wrong("This was a secret of %s once, and is not known any more.", app.Name)
}

func by(name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf("by %s ", name)
}
