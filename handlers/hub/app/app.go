package app

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
	"gatepost/views/mail"
)

// The shortest and the longest lifetime of an app's access tokens.
const (
	MinTokenLifetime = time.Minute
	MaxTokenLifetime = 24 * time.Hour
)

// NewApp is what an app is made from.
type NewApp struct {
	TeamID, Name, Description string
	Kind                      string   // server (also empty), web or native
	Grants                    []string // grant types; empty: what the kind has, by Refresh
	RedirectURIs              []string
	Refresh                   bool // unlimited access: a refresh token comes with each token of a person
	Scopes                    []string
	SecretLabel               string
	SecretExpiresAt           time.Time // zero: never
	Once                      string    // the form's one-time key; empty: none
}

// CreatedApp is a new app with its first secret; a native app has none, and Secret is zero.
type Created struct {
	App    db.App
	Secret Revealed
}

// CreateApp makes an app, with its first secret if it can keep one. The same Once again
// gives *AlreadyDone with the client id of the app that it made.
func (as *Apps) Create(ctx context.Context, a hub.Actor, in NewApp) (Created, error) {
	rights, err := as.hub.MayDevelop(ctx, a, in.TeamID, "create apps")
	if err != nil {
		return Created{}, err
	}
	if err := as.hub.FirstTime(ctx, a, in.Once); err != nil {
		return Created{}, err
	}
	now := as.hub.Now()
	app := db.App{ClientID: secret.ID(), TeamID: in.TeamID, Kind: in.Kind, TokenLifetime: hub.DefaultTokenLifetime, CreatedBy: a.ID, CreatedAt: now, UpdatedAt: now}
	bad := &hub.Invalid{}
	checkKind(bad, &app, in)
	app.Name = hub.CleanName(bad, "name", "a name for the app", in.Name, 100)
	app.Description = hub.CleanText(bad, "description", in.Description, 500)
	if app.Scopes, err = as.checkScopes(ctx, bad, a, rights, in.Scopes, nil); err != nil {
		return Created{}, err
	}
	checkExpiry(bad, "secret_expires_at", now, in.SecretExpiresAt)
	if err := bad.OrNil(); err != nil {
		return Created{}, err
	}
	var row db.ClientSecret
	var revealed Revealed
	detail := "without a secret"
	if app.AuthMethod != db.AuthNone {
		if row, revealed, err = as.mint(ctx, a, app, in.SecretLabel, in.SecretExpiresAt); err != nil {
			return Created{}, err
		}
		detail = "with the secret .." + row.Hint
	}
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := hub.UseOnce(ctx, tx, a, in.Once, app.ClientID); err != nil {
			return err
		}
		if err := tx.InsertApp(ctx, app); err != nil {
			return nameTaken(err)
		}
		if row.ID != "" {
			if err := keepSecret(ctx, tx, a, app, row); err != nil {
				return err
			}
			if err := as.postMade(ctx, tx, a, app, row); err != nil {
				return err
			}
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionAppCreated, TeamID: app.TeamID, Target: hub.OfApp(app), Detail: detail})
	})
	return Created{app, revealed}, as.hub.DoneBefore(ctx, a, in.Once, err)
}

// AppChange is what can be changed of an app.
type Change struct {
	Name, Description string
	Scopes            []string
	TokenLifetime     time.Duration
	RedirectURIs      []string
	Refresh           bool   // unlimited access
	AuthMethod        string // client_secret or private_key_jwt; of a native app it is none, whatever stands here
	Keys, JWKSURI     string // of private_key_jwt: public keys as JWK, JWK set or PEM, or where to fetch them
	QueryParameters   bool
	Introspection     string  // empty, team or portal
	Seen              *db.App // the app that the change was made from; nil: whatever it is by now
}

// UpdateApp stores the settings of an app. Tokens that were issued keep what they have. An
// app whose settings are no longer those of in.Seen gives ErrAppChanged.
func (as *Apps) Update(ctx context.Context, a hub.Actor, clientID string, in Change) error {
	app, err := as.hub.MayManageApp(ctx, a, clientID, "change this app")
	if err != nil {
		return err
	}
	rights, err := as.hub.Rights(ctx, a, app.TeamID)
	if err != nil {
		return err
	}
	bad := &hub.Invalid{}
	had := app
	app.Name = hub.CleanName(bad, "name", "a name for the app", in.Name, 100)
	app.Description = hub.CleanText(bad, "description", in.Description, 500)
	if app.Scopes, err = as.checkScopes(ctx, bad, a, rights, in.Scopes, had.Scopes); err != nil {
		return err
	}
	if app.TokenLifetime = in.TokenLifetime; app.TokenLifetime < MinTokenLifetime || app.TokenLifetime > MaxTokenLifetime {
		bad.Add("token_lifetime", "Choose between 1 minute and 24 hours.")
	}
	changeClient(bad, a, rights, &app, in)
	if err := bad.OrNil(); err != nil {
		return err
	}
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		now, err := tx.LockApp(ctx, clientID)
		if err != nil {
			return err
		}
		if in.Seen != nil && !sameSettings(now, *in.Seen) {
			return hub.ErrAppChanged
		}
		if err := tx.UpdateApp(ctx, app); err != nil {
			return nameTaken(err)
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionAppChanged, TeamID: app.TeamID, Target: hub.OfApp(app), Detail: appChanges(had, app)})
	})
}

// sameSettings says whether two states of an app differ in nothing that UpdateApp stores.
func sameSettings(a, b db.App) bool {
	a.UpdatedAt, a.FirstCallAt = b.UpdatedAt, b.FirstCallAt
	return reflect.DeepEqual(a, b)
}

// DeleteApp removes an app with its secrets and tokens, at once.
func (as *Apps) Delete(ctx context.Context, a hub.Actor, clientID string) error {
	app, err := as.hub.MayManageApp(ctx, a, clientID, "delete this app")
	if err != nil {
		return err
	}
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.DeleteApp(ctx, clientID); err != nil {
			return err
		}
		if err := as.hub.PostAdmins(ctx, tx, app.TeamID, func(name string) mail.Letter {
			return mail.AppDeleted{Notice: as.hub.Notice(a, name, "/team/audit"), App: app.Name}
		}); err != nil {
			return err
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionAppDeleted, TeamID: app.TeamID, Target: hub.OfApp(app)})
	})
}

// checkScopes checks that every scope is in the catalogue and may be given by the actor, who
// could otherwise make an app that may do more than they; what the app had already may stay. It gives them in the catalogue's order.
func (as *Apps) checkScopes(ctx context.Context, bad *hub.Invalid, a hub.Actor, r hub.Rights, asked, had []string) ([]string, error) {
	catalogue, err := as.hub.DB.Scopes(ctx)
	if err != nil {
		return nil, err
	}
	var given []string
	for _, s := range catalogue {
		if !slices.Contains(asked, s.Name) {
			continue
		}
		given = append(given, s.Name)
		switch {
		case slices.Contains(had, s.Name):
		case a.ByToken() && !slices.Contains(a.Scopes, s.Name):
			bad.Add("scopes", "A token gives an app only scopes that it has itself, and %s is none of them.", s.Name)
		case s.AdminOnly && !r.Manage:
			bad.Add("scopes", "Only an admin of the team can give %s to an app.", s.Name)
		}
	}
	for _, name := range asked {
		if !slices.Contains(given, name) {
			bad.Add("scopes", "Choose scopes from the portal's list only.")
			break
		}
	}
	if len(asked) == 0 {
		bad.Add("scopes", "Choose at least one scope: a token without any can do nothing.")
	}
	return given, nil
}

func nameTaken(err error) error {
	if errors.Is(err, db.ErrConflict) {
		return hub.BadField("name", "The team has an app with this name already. Choose another name.")
	}
	return err
}
