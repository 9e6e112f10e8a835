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
	// MaxLiveSecrets is how many secrets of an app may live at once.
	MaxLiveSecrets = 5
	// playgroundSecretLife is how long a secret made by the playground's button lives.
	playgroundSecretLife = time.Hour
	maxSecretLife        = 3 * 365 * 24 * time.Hour
)

// Revealed is a new client secret; Plain is not kept anywhere.
type Revealed struct {
	ID, ClientID, Plain, Hint, Label string
	CreatedAt, ExpiresAt             time.Time
}

// mint makes a secret and its row. The argon2 work is done here, outside of any transaction.
func (as *Apps) mint(ctx context.Context, a hub.Actor, app db.App, label string, expires time.Time) (db.ClientSecret, Revealed, error) {
	if app.AuthMethod == db.AuthNone {
		return db.ClientSecret{}, Revealed{}, hub.ErrNoSecrets
	}
	plain, hint := as.hub.Minter.New(app.ClientID)
	hash, err := as.hub.Hasher.Hash(ctx, plain)
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

// NewSecret is what a secret is made from.
type NewSecret struct {
	Label     string
	ExpiresAt time.Time // zero: never
	Once      string
}

// checkSecret checks a new secret and returns its label.
func (as *Apps) checkSecret(in NewSecret) (label string, err error) {
	bad := &hub.Invalid{}
	label = checkLabel(bad, in.Label)
	checkExpiry(bad, "expires_at", as.hub.Now(), in.ExpiresAt)
	return label, bad.OrNil()
}

func checkLabel(bad *hub.Invalid, label string) string {
	label = hub.CleanText(bad, "label", label, 60)
	if hub.OneLine(label) != label {
		bad.Add("label", "Use one line of text.")
	}
	return label
}

// AddSecret gives an app one more secret; the others go on working. Five live ones give
// ErrSecretLimit.
func (as *Apps) AddSecret(ctx context.Context, a hub.Actor, clientID string, in NewSecret) (db.App, Revealed, error) {
	app, err := as.hub.MayManageApp(ctx, a, clientID, "add a secret to this app")
	if err != nil {
		return app, Revealed{}, err
	}
	if err := as.hub.FirstTime(ctx, a, in.Once); err != nil {
		return app, Revealed{}, err
	}
	label, err := as.checkSecret(in)
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
		return as.postMade(ctx, tx, a, app, row)
	})
	return app, revealed, as.hub.DoneBefore(ctx, a, in.Once, err)
}

// postMade tells the team's admins of a new secret.
func (as *Apps) postMade(ctx context.Context, tx *db.Tx, a hub.Actor, app db.App, row db.ClientSecret) error {
	return as.hub.PostAdmins(ctx, tx, app.TeamID, func(name string) mail.Letter {
		return mail.SecretMade{Notice: as.hub.Notice(a, name, secretsPath(app.ClientID)), App: app.Name, Hint: row.Hint, Label: row.Label, Ends: row.ExpiresAt}
	})
}

func secretsPath(clientID string) string { return "/apps/" + clientID + "/secrets" }

func insertSecret(ctx context.Context, tx *db.Tx, a hub.Actor, app db.App, row db.ClientSecret, action hub.Action) error {
	err := keepSecret(ctx, tx, a, app, row)
	if errors.Is(err, db.ErrConflict) {
		return hub.ErrSecretLimit
	}
	if err != nil {
		return err
	}
	return a.Record(ctx, tx, hub.Event{Action: action, TeamID: app.TeamID, Target: hub.OfApp(app), Detail: secretName(row)})
}

// keepSecret stores a new secret, and that its maker knows it. A full app gives db.ErrConflict.
// Who chose an end within the team's warnings has no need of those.
func keepSecret(ctx context.Context, tx *db.Tx, a hub.Actor, app db.App, row db.ClientSecret) error {
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

// PlaygroundSecret makes a labelled secret of an app that ends after an hour. The actor's
// earlier one of the same app ends at once, so that trying often does not use up the app's
// places.
func (as *Apps) PlaygroundSecret(ctx context.Context, a hub.Actor, clientID string) (Revealed, error) {
	app, err := as.hub.MayManageApp(ctx, a, clientID, "make a playground secret of this app")
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

// RevokeSecret ends a secret at once; with tokensToo, the tokens that it issued as well.
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
		return as.postEnd(ctx, tx, a, app, s, tx.Now)
	})
}

func revoke(ctx context.Context, tx *db.Tx, a hub.Actor, app db.App, s db.ClientSecret, tokensToo bool) error {
	err := tx.RevokeSecret(ctx, s.ID, app.ClientID, a.Name)
	if hub.IsMissing(err) {
		return hub.ErrSecretEnded
	}
	if err != nil {
		return err
	}
	if err := tx.EndDrill(ctx, app.ClientID, s.ID); err != nil && !hub.IsMissing(err) {
		return err // what is over for good has no drill that runs
	}
	detail := "secret .." + s.Hint + " " + s.Label
	if tokensToo {
		if _, err := tx.RevokeTokensOfSecret(ctx, app.ClientID, s.ID); err != nil {
			return err
		}
		detail += ", with its tokens"
	}
	return a.Record(ctx, tx, hub.Event{Action: hub.ActionSecretRevoked, TeamID: app.TeamID, Target: hub.OfApp(app), Detail: detail})
}

// RevokeSecretByHint is RevokeSecret by the last four characters. A hint that fits no live
// secret gives db.ErrNotFound.
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

// secretName is a secret in the audit log.
func secretName(s db.ClientSecret) string { return "secret .." + s.Hint + " " + s.Label }
