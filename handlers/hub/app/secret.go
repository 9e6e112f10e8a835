package app

import (
	"context"
	"errors"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
	"gatepost/views/mail"
)

const (
	// MaxLiveSecrets is how many live secrets an app can have.
	MaxLiveSecrets = 5
	// playgroundSecretLife is how long a secret created in the playground is valid.
	playgroundSecretLife = time.Hour
	maxSecretLife        = 3 * 365 * 24 * time.Hour
)

// Revealed is a new client secret. Plain is not stored anywhere.
type Revealed struct {
	ID, ClientID, Plain, Hint, Label string
	CreatedAt, ExpiresAt             time.Time
}

// mint creates a secret and its row. It computes the argon2 hash, which must not happen in a transaction.
func (as *Apps) mint(ctx context.Context, a hub.Actor, app db.App, label string, expires time.Time) (db.ClientSecret, Revealed, error) {
	if app.AuthMethod == db.AuthNone {
		return db.ClientSecret{}, Revealed{}, hub.ErrNoSecrets
	}
	if err := a.Prove(ctx, &as.hub.DB.Reader, hub.ActionSecretAdded); err != nil {
		return db.ClientSecret{}, Revealed{}, err
	}
	if err := hub.WithinToken(a, app.Scopes); err != nil {
		return db.ClientSecret{}, Revealed{}, err
	}
	plain, hint := as.hub.Minter.New(app.ClientID)
	hash, err := as.hub.Hasher.Hash(ctx, a.Hashing(), plain)
	if err != nil {
		return db.ClientSecret{}, Revealed{}, err
	}
	row := db.ClientSecret{
		ID: secret.JTI(), ClientID: app.ClientID, Hint: hint, Label: label, Hash: hash,
		CreatedBy: a.ID, CreatedByName: a.Name, CreatedAt: as.hub.Now(), ExpiresAt: expires,
	}
	return row, Revealed{row.ID, app.ClientID, plain, hint, label, row.CreatedAt, expires}, nil
}

// checkExpiry checks when a secret expires; the zero time, never, is fine. Requests name the field
// differently: an app's first secret comes with the fields of the app.
func checkExpiry(bad *hub.Invalid, field string, now, expires time.Time) {
	if !expires.IsZero() && (expires.Before(now.Add(time.Minute)) || expires.After(now.Add(maxSecretLife))) {
		bad.Add(field, "Choose an expiry between one minute and three years from now, or none.")
	}
}

// NewSecret holds the settings of a secret to create.
type NewSecret struct {
	Label     string
	ExpiresAt time.Time // zero: never
	Once      string
}

// checkNewSecret checks the settings of a new secret and returns its label.
func (as *Apps) checkNewSecret(in NewSecret) (label string, err error) {
	bad := &hub.Invalid{}
	label = checkLabel(bad, in.Label)
	checkExpiry(bad, "expires_at", as.hub.Now(), in.ExpiresAt)
	return label, bad.OrNil()
}

func checkLabel(bad *hub.Invalid, label string) string {
	return hub.CleanLine(bad, "label", label, 60)
}

// AddSecret adds a secret to an app; the others keep working. It returns hub.ErrSecretLimit if the app
// already has MaxLiveSecrets, and *hub.AlreadyDone with the client id for a repeated Once.
func (as *Apps) AddSecret(ctx context.Context, a hub.Actor, clientID string, in NewSecret) (db.App, Revealed, error) {
	app, err := as.hub.MayManageApp(ctx, a, clientID, "add a secret to this app")
	if err != nil {
		return app, Revealed{}, err
	}
	if err := as.hub.CheckOnce(ctx, a, in.Once); err != nil {
		return app, Revealed{}, err
	}
	label, err := as.checkNewSecret(in)
	if err != nil {
		return app, Revealed{}, err
	}
	row, revealed, err := as.mint(ctx, a, app, label, in.ExpiresAt)
	if err != nil {
		return app, Revealed{}, err
	}
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := hub.UseOnce(ctx, tx, a, in.Once, clientID); err != nil {
			return err
		}
		if err := insertSecret(ctx, tx, a, app, row, hub.ActionSecretAdded); err != nil {
			return err
		}
		return as.mailSecretMade(ctx, tx, a, app, row)
	})
	return app, revealed, as.hub.ResolveOnce(ctx, a, in.Once, err)
}

// mailSecretMade mails the team's admins about a new secret.
func (as *Apps) mailSecretMade(ctx context.Context, tx *db.Tx, a hub.Actor, app db.App, row db.ClientSecret) error {
	return as.hub.PostAdmins(ctx, tx, app.TeamID, func(name string) mail.Letter {
		return mail.SecretMade{Notice: as.hub.Notice(a, name, secretsPath(app.ClientID)), App: app.Name, Hint: row.Hint, Label: row.Label, Expires: row.ExpiresAt}
	})
}

func secretsPath(clientID string) string { return "/apps/" + clientID + "/secrets" }

func insertSecret(ctx context.Context, tx *db.Tx, a hub.Actor, app db.App, row db.ClientSecret, action hub.Action) error {
	err := storeSecret(ctx, tx, a, app, row)
	if errors.Is(err, db.ErrConflict) {
		return hub.ErrSecretLimit
	}
	if err != nil {
		return err
	}
	// While the hash was computed, the app may have got a scope that only admins can give.
	if _, err := hub.MayManageAppIn(ctx, &tx.Reader, a, app.ClientID, "add a secret to this app"); err != nil {
		return err
	}
	return a.Record(ctx, tx, hub.Event{Action: action, TeamID: app.TeamID, Target: hub.OfApp(app), Detail: secretName(row)})
}

// storeSecret stores a new secret, and that its creator knows it. It returns db.ErrConflict if the app
// already has MaxLiveSecrets. Whoever chose an expiry within the team's warning period needs no
// warning about it.
func storeSecret(ctx context.Context, tx *db.Tx, a hub.Actor, app db.App, row db.ClientSecret) error {
	rules, err := tx.TeamRules(ctx, app.TeamID)
	if err != nil {
		return err
	}
	row.WarnedDays = warnStep(rules.WarnDays, row, tx.Now)
	if err := tx.InsertSecret(ctx, row, MaxLiveSecrets); err != nil {
		return err
	}
	return expose(ctx, tx, row, a.ID, a.Name, db.ExposureMade)
}

// PlaygroundSecret adds a secret with the label playground that expires after an hour. It revokes the
// actor's earlier one, so that repeated use of the playground doesn't reach MaxLiveSecrets.
func (as *Apps) PlaygroundSecret(ctx context.Context, a hub.Actor, clientID string) (Revealed, error) {
	app, err := as.hub.MayManageApp(ctx, a, clientID, "create a playground secret of this app")
	if err != nil {
		return Revealed{}, err
	}
	row, revealed, err := as.mint(ctx, a, app, "playground", as.hub.Now().Add(playgroundSecretLife))
	if err != nil {
		return Revealed{}, err
	}
	row.Playground = true
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
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
		return insertSecret(ctx, tx, a, app, row, hub.ActionSecretAddedForPlayground)
	})
	return revealed, err
}

// RevokeSecret revokes a secret immediately and, with tokensToo, the tokens that were issued for it. It
// returns hub.ErrSecretEnded if the secret has expired or was revoked before.
func (as *Apps) RevokeSecret(ctx context.Context, a hub.Actor, clientID, id string, tokensToo bool) error {
	app, err := as.hub.MayManageApp(ctx, a, clientID, "revoke a secret of this app")
	if err != nil {
		return err
	}
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		s, err := secretOf(ctx, &tx.Reader, clientID, id)
		if err != nil {
			return err
		}
		if err := revoke(ctx, tx, a, app, s, tokensToo); err != nil {
			return err
		}
		return as.mailExpiry(ctx, tx, a, app, s, tx.Now)
	})
}

func revoke(ctx context.Context, tx *db.Tx, a hub.Actor, app db.App, s db.ClientSecret, tokensToo bool) error {
	if err := endSecret(ctx, tx, a.Name, s, tokensToo); err != nil {
		return err
	}
	detail := secretName(s)
	if tokensToo {
		detail += ", with its tokens"
	}
	return a.Record(ctx, tx, hub.Event{Action: hub.ActionSecretRevoked, TeamID: app.TeamID, Target: hub.OfApp(app), Detail: detail})
}

// endSecret revokes a secret with its drill and, with tokensToo, its tokens. It returns hub.ErrSecretEnded if the secret
// was revoked before.
func endSecret(ctx context.Context, tx *db.Tx, byName string, s db.ClientSecret, tokensToo bool) error {
	err := tx.RevokeSecret(ctx, s.ID, s.ClientID, byName)
	if hub.IsMissing(err) {
		return hub.ErrSecretEnded
	}
	if err != nil {
		return err
	}
	if err := tx.EndDrill(ctx, s.ClientID, s.ID); err != nil && !hub.IsMissing(err) {
		return err // a revoked secret has no running drill
	}
	if tokensToo {
		_, err = tx.RevokeTokensOfSecret(ctx, s.ClientID, s.ID)
	}
	return err
}

// RevokeSecretByHint is RevokeSecret for the secret with these last four characters. It returns
// db.ErrNotFound if no live secret of the app has them.
func (as *Apps) RevokeSecretByHint(ctx context.Context, a hub.Actor, clientID, hint string) (db.ClientSecret, error) {
	secrets, err := as.hub.DB.SecretsByHint(ctx, clientID, hint)
	if err != nil {
		return db.ClientSecret{}, err
	}
	for _, s := range secrets {
		if s.RevokedAt.IsZero() {
			return s, as.RevokeSecret(ctx, a, clientID, s.ID, false)
		}
	}
	return db.ClientSecret{}, db.ErrNotFound
}

// secretName names a secret in the audit log.
func secretName(s db.ClientSecret) string { return "secret .." + s.Hint + " " + s.Label }
