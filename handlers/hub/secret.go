package hub

import (
	"context"
	"errors"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

const (
	// MaxLiveSecrets is how many secrets of an app may live at once.
	MaxLiveSecrets = 5
	// PlaygroundSecretLife is how long a secret made by the playground's button lives.
	PlaygroundSecretLife = time.Hour
	maxSecretLife        = 3 * 365 * 24 * time.Hour
)

// Revealed is a new client secret; Plain is not kept anywhere.
type Revealed struct {
	ID, ClientID, Plain, Hint, Label string
	CreatedAt, ExpiresAt             time.Time
}

// mint makes a secret and its row. The argon2 work is done here, outside of any transaction.
func (h *Hub) mint(ctx context.Context, a Actor, app db.App, label string, expires time.Time) (db.ClientSecret, Revealed, error) {
	if app.AuthMethod == db.AuthNone {
		return db.ClientSecret{}, Revealed{}, ErrNoSecrets
	}
	plain, hint := h.Minter.New(app.ClientID)
	hash, err := h.Hasher.Hash(ctx, plain)
	if err != nil {
		return db.ClientSecret{}, Revealed{}, err
	}
	row := db.ClientSecret{
		ID: secret.JTI(), ClientID: app.ClientID, Hint: hint, Label: label, Hash: hash,
		CreatedBy: a.ID, CreatedByName: a.Name, CreatedAt: h.Now(), ExpiresAt: expires,
	}
	return row, Revealed{row.ID, app.ClientID, plain, hint, label, row.CreatedAt, expires}, nil
}

func checkExpiry(bad *Invalid, now, expires time.Time) {
	if expires.IsZero() {
		return
	}
	if expires.Before(now.Add(time.Minute)) || expires.After(now.Add(maxSecretLife)) {
		bad.add("secret_expires", "Choose an end between one minute and three years from now, or none.")
	}
}

// NewSecret is what a secret is made from.
type NewSecret struct {
	Label     string
	ExpiresAt time.Time // zero: never
	Once      string
}

// checkSecret gives the label of a new secret.
func (h *Hub) checkSecret(in NewSecret) (label string, err error) {
	bad := &Invalid{}
	label = cleanText(bad, "label", in.Label, 60)
	if oneLine(label) != label {
		bad.add("label", "Use one line of text.")
	}
	checkExpiry(bad, h.Now(), in.ExpiresAt)
	return label, bad.orNil()
}

// AddSecret gives an app one more secret; the others go on working. Five live ones give
// ErrSecretLimit.
func (h *Hub) AddSecret(ctx context.Context, a Actor, clientID string, in NewSecret) (db.App, Revealed, error) {
	app, err := h.mayManageApp(ctx, a, clientID, "add a secret to this app")
	if err != nil {
		return app, Revealed{}, err
	}
	if err := h.firstTime(ctx, a, in.Once); err != nil {
		return app, Revealed{}, err
	}
	label, err := h.checkSecret(in)
	if err != nil {
		return app, Revealed{}, err
	}
	row, revealed, err := h.mint(ctx, a, app, label, in.ExpiresAt)
	if err != nil {
		return app, Revealed{}, err
	}
	err = h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := useOnce(ctx, tx, a, in.Once, clientID); err != nil {
			return err
		}
		return insertSecret(ctx, tx, a, app, row, "secret.added")
	})
	return app, revealed, h.doneBefore(ctx, a, in.Once, err)
}

func insertSecret(ctx context.Context, tx *db.Tx, a Actor, app db.App, row db.ClientSecret, action string) error {
	err := tx.InsertSecret(ctx, row, MaxLiveSecrets)
	if errors.Is(err, db.ErrConflict) {
		return ErrSecretLimit
	}
	if err != nil {
		return err
	}
	return a.record(ctx, tx, action, app.TeamID, "app", app.ClientID, app.Name, "secret .."+row.Hint+" "+row.Label)
}

// PlaygroundSecret makes a labelled secret of an app that ends after an hour. The actor's
// earlier one of the same app ends at once, so that trying often does not use up the app's
// places.
func (h *Hub) PlaygroundSecret(ctx context.Context, a Actor, clientID string) (Revealed, error) {
	app, err := h.mayManageApp(ctx, a, clientID, "make a playground secret of this app")
	if err != nil {
		return Revealed{}, err
	}
	row, revealed, err := h.mint(ctx, a, app, "playground", h.Now().Add(PlaygroundSecretLife))
	if err != nil {
		return Revealed{}, err
	}
	row.Playground = true
	err = h.DB.Tx(ctx, func(tx *db.Tx) error {
		secrets, err := tx.Secrets(ctx, clientID)
		if err != nil {
			return err
		}
		for _, s := range secrets {
			if s.Playground && s.CreatedBy == a.ID && s.Live(tx.Now) {
				if err := tx.RevokeSecret(ctx, s.ID, clientID, a.Name); err != nil {
					return err
				}
			}
		}
		return insertSecret(ctx, tx, a, app, row, "secret.added_for_playground")
	})
	return revealed, err
}

// RevokeSecret ends a secret at once; with tokensToo, the tokens that it issued as well.
func (h *Hub) RevokeSecret(ctx context.Context, a Actor, clientID, id string, tokensToo bool) error {
	app, err := h.mayManageApp(ctx, a, clientID, "revoke a secret of this app")
	if err != nil {
		return err
	}
	hint := ""
	err = h.DB.Tx(ctx, func(tx *db.Tx) error {
		secrets, err := tx.Secrets(ctx, clientID)
		if err != nil {
			return err
		}
		for _, s := range secrets {
			if s.ID == id {
				hint = s.Hint
				return revoke(ctx, tx, a, app, s, tokensToo)
			}
		}
		return db.ErrNotFound
	})
	if err == nil {
		h.notifyDestroyed(a, app.TeamID, "The secret .."+hint+" of "+app.Name+" was revoked", "/apps/"+clientID+"/secrets")
	}
	return err
}

func revoke(ctx context.Context, tx *db.Tx, a Actor, app db.App, s db.ClientSecret, tokensToo bool) error {
	err := tx.RevokeSecret(ctx, s.ID, app.ClientID, a.Name)
	if isMissing(err) {
		return ErrSecretEnded
	}
	if err != nil {
		return err
	}
	detail := "secret .." + s.Hint + " " + s.Label
	if tokensToo {
		if _, err := tx.RevokeTokensOfSecret(ctx, app.ClientID, s.ID); err != nil {
			return err
		}
		detail += ", with its tokens"
	}
	return a.record(ctx, tx, "secret.revoked", app.TeamID, "app", app.ClientID, app.Name, detail)
}

// RevokeSecretByHint is RevokeSecret by the last four characters. A hint that fits no live
// secret gives db.ErrNotFound.
func (h *Hub) RevokeSecretByHint(ctx context.Context, a Actor, clientID, hint string) (db.ClientSecret, error) {
	secrets, err := h.DB.SecretsByHint(ctx, clientID, hint)
	if err != nil {
		return db.ClientSecret{}, err
	}
	for _, s := range secrets {
		if s.RevokedAt.IsZero() {
			return s, h.RevokeSecret(ctx, a, clientID, s.ID, false)
		}
	}
	return db.ClientSecret{}, db.ErrNotFound
}

// Rotate adds a new secret, and ends the newest one so far after keepOld (0: at once). Older
// ones keep the end that they have, so that rotating again inside a window never cuts a
// promise short. OldEndsAt is zero when there was no live secret.
func (h *Hub) Rotate(ctx context.Context, a Actor, clientID string, keepOld time.Duration) (revealed Revealed, oldEndsAt time.Time, err error) {
	return h.RotateWith(ctx, a, clientID, keepOld, NewSecret{})
}

// MaxKeepOld is how long RotateWith can keep the old secret.
const MaxKeepOld = 90 * 24 * time.Hour

// RotateWith is Rotate with what the new secret is made from.
func (h *Hub) RotateWith(ctx context.Context, a Actor, clientID string, keepOld time.Duration, in NewSecret) (revealed Revealed, oldEndsAt time.Time, err error) {
	app, err := h.mayManageApp(ctx, a, clientID, "rotate a secret of this app")
	if err != nil {
		return Revealed{}, oldEndsAt, err
	}
	if err := h.firstTime(ctx, a, in.Once); err != nil {
		return Revealed{}, oldEndsAt, err
	}
	label, err := h.checkSecret(in)
	if err != nil {
		return Revealed{}, oldEndsAt, err
	}
	row, revealed, err := h.mint(ctx, a, app, label, in.ExpiresAt)
	if err != nil {
		return Revealed{}, oldEndsAt, err
	}
	err = h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := useOnce(ctx, tx, a, in.Once, clientID); err != nil {
			return err
		}
		oldEndsAt = time.Time{}
		old, err := newestLive(ctx, tx, clientID)
		if err != nil && !isMissing(err) {
			return err
		}
		if err == nil {
			if oldEndsAt, err = retire(ctx, tx, a, app, old, keepOld); err != nil {
				return err
			}
		}
		return insertSecret(ctx, tx, a, app, row, "secret.rotated")
	})
	return revealed, oldEndsAt, h.doneBefore(ctx, a, in.Once, err)
}

func newestLive(ctx context.Context, tx *db.Tx, clientID string) (db.ClientSecret, error) {
	secrets, err := tx.Secrets(ctx, clientID) // newest first
	if err != nil {
		return db.ClientSecret{}, err
	}
	for _, s := range secrets {
		if s.Live(tx.Now) && !s.Playground {
			return s, nil
		}
	}
	return db.ClientSecret{}, db.ErrNotFound
}

func retire(ctx context.Context, tx *db.Tx, a Actor, app db.App, old db.ClientSecret, keep time.Duration) (time.Time, error) {
	if keep == 0 {
		return tx.Now, revoke(ctx, tx, a, app, old, false)
	}
	end := tx.Now.Add(keep)
	if !old.ExpiresAt.IsZero() && old.ExpiresAt.Before(end) {
		return old.ExpiresAt, nil
	}
	return end, tx.EndSecret(ctx, old.ID, app.ClientID, end)
}
