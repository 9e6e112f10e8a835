package app

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"time"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/team"
	"gatepost/handlers/secret"
	"gatepost/views/mail"
)

// The shortest and the longest lifetime of an app's access tokens.
const (
	MinTokenLifetime = time.Minute
	MaxTokenLifetime = 24 * time.Hour
)

// MaxRefreshGrace is the longest time for which a used refresh token can still answer: long enough for a
// retry of a slow request, too short for most thieves.
const MaxRefreshGrace = time.Minute

// Apps applies the rules of apps. It is safe for concurrent use.
type Apps struct {
	hub   *hub.Hub
	teams *team.Teams
}

// New returns the rules of apps.
func New(h *hub.Hub, teams *team.Teams) *Apps {
	return &Apps{hub: h, teams: teams}
}

// NewApp holds the settings of an app to create.
type NewApp struct {
	TeamID, Name, Description string
	Kind                      string   // server (also empty), web or native
	Grants                    []string // grant types; empty: those of the kind, by Refresh
	RedirectURIs              []string
	Refresh                   bool // unlimited access: a token for a person comes with a refresh token
	Scopes                    []string
	QueryParameters           bool // accepts token requests in the query string, as Netrex's document has them
	SecretLabel               string
	SecretExpiresAt           time.Time      // zero: never
	RefreshGrace              *time.Duration // nil: the default
	Once                      string         // the form's one-time key; empty: none
	// Settings returns the other settings of the app, which it gets as its kind has them, or an error if
	// they don't fit it. Nil: those of the kind.
	Settings func(db.App) (Change, error)
}

// Created is a new app with its first secret. Secret is zero for an app without one: a native app, or one
// that authenticates with its own keys.
type Created struct {
	App    db.App
	Secret Revealed
}

// Create adds an app, with its first secret if it authenticates with one. A repeated Once returns
// *hub.AlreadyDone with the client id of the app that the first call created.
func (as *Apps) Create(ctx context.Context, a hub.Actor, in NewApp) (Created, error) {
	rights, err := as.hub.MayDevelop(ctx, a, in.TeamID, "create apps")
	if err != nil {
		return Created{}, err
	}
	if err := as.hub.CheckOnce(ctx, a, in.Once); err != nil {
		return Created{}, err
	}
	now := as.hub.Now()
	app := db.App{ClientID: secret.ID(), TeamID: in.TeamID, Kind: in.Kind, TokenLifetime: hub.DefaultTokenLifetime, CreatedBy: a.ID, CreatedAt: now, UpdatedAt: now}
	bad := &hub.Invalid{}
	checkKind(bad, &app, in)
	app.Name = hub.CleanName(bad, "name", "a name for the app", in.Name, 100)
	app.Description = hub.CleanText(bad, "description", in.Description, 500)
	if app.RefreshGrace = hub.DefaultRefreshGrace; in.RefreshGrace != nil {
		app.RefreshGrace = checkGrace(bad, *in.RefreshGrace)
	}
	if app.Scopes, err = as.checkScopes(ctx, bad, rights, in.Scopes, nil); err != nil {
		return Created{}, err
	}
	checkExpiry(bad, "secret_expires_at", now, in.SecretExpiresAt)
	if err := bad.OrNil(); err != nil {
		return Created{}, err
	}
	ofKind := app
	if app.QueryParameters = in.QueryParameters; app.QueryParameters && app.AuthMethod == db.AuthNone {
		return Created{}, hub.BadField("query_parameters", noQuery)
	}
	if in.Settings != nil {
		change, err := in.Settings(app)
		if err := bad.Take(err); err != nil {
			return Created{}, err
		}
		if err := as.changeSettings(ctx, bad, a, rights, &app, change); err != nil {
			return Created{}, err
		}
	}
	if app.AuthMethod != db.AuthSecret && !in.SecretExpiresAt.IsZero() {
		bad.Add("secret_expires_at", "This app has no secret that could expire.")
	}
	if err := bad.OrNil(); err != nil {
		return Created{}, err
	}
	if err := hub.WithinToken(a, app.Scopes); err != nil {
		return Created{}, err
	}
	var row db.ClientSecret
	var revealed Revealed
	detail := "without a secret"
	if app.AuthMethod == db.AuthSecret {
		if row, revealed, err = as.mint(ctx, a, app, in.SecretLabel, in.SecretExpiresAt); err != nil {
			return Created{}, err
		}
		detail = "with the secret .." + row.Hint
	}
	if more := changeText(ofKind, app); more != "" {
		detail += "; " + more
	}
	err = as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := hub.UseOnce(ctx, tx, a, in.Once, app.ClientID); err != nil {
			return err
		}
		if err := tx.InsertApp(ctx, app); err != nil {
			return nameTaken(err)
		}
		if row.ID != "" {
			if err := storeSecret(ctx, tx, a, app, row); err != nil {
				return err
			}
			if err := as.mailSecretMade(ctx, tx, a, app, row); err != nil {
				return err
			}
		}
		if app.MintBurst != 0 || app.MintRate != 0 {
			if err := recordMintLimit(ctx, tx, a, app); err != nil {
				return err
			}
		}
		return a.Record(ctx, tx, hub.Event{Action: hub.ActionAppCreated, TeamID: app.TeamID, Target: hub.OfApp(app), Detail: detail})
	})
	return Created{app, revealed}, as.hub.ResolveOnce(ctx, a, in.Once, err)
}

// Change holds all settings of an app that can change.
type Change struct {
	Name, Description string
	Scopes            []string
	TokenLifetime     time.Duration
	RefreshGrace      time.Duration // for which a used refresh token still answers
	RedirectURIs      []string
	Refresh           bool   // unlimited access
	AuthMethod        string // client_secret or private_key_jwt; ignored for a native app, which has none
	Keys, JWKSURI     string // of private_key_jwt: public keys as JWK, JWK set or PEM, or where to fetch them
	QueryParameters   bool
	Introspection     string // empty, team or portal
	// How many tokens the app gets in a burst, and per second. Zero means the portal's default. Only an
	// owner can change them.
	MintBurst, MintRate int
	Seen                *db.App // the app as the caller read it; nil: change it whatever it is now
}

// Update stores the settings of an app. Tokens already issued keep their lifetime, and their scopes as far
// as the app keeps them; those that came by something that is switched off now are revoked: parameters in the
// query string, and refresh tokens with their families. People are asked again for what endConsents names,
// and the team's admins get a mail about everything but a new name or description. If the settings no longer
// match in.Seen, it returns *hub.Changed with hub.ErrAppChanged.
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
	before := app
	app.Name = hub.CleanName(bad, "name", "a name for the app", in.Name, 100)
	app.Description = hub.CleanText(bad, "description", in.Description, 500)
	if app.Scopes, err = as.checkScopes(ctx, bad, rights, in.Scopes, before.Scopes); err != nil {
		return err
	}
	if err := as.changeSettings(ctx, bad, a, rights, &app, in); err != nil {
		return err
	}
	if err := bad.OrNil(); err != nil {
		return err
	}
	return as.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		now, err := tx.LockApp(ctx, clientID)
		if err != nil {
			return err
		}
		if in.Seen != nil && !sameSettings(now, *in.Seen) {
			return &hub.Changed{Refusal: hub.ErrAppChanged, Now: now}
		}
		if _, err := hub.MayManageAppIn(ctx, &tx.Reader, a, clientID, "change this app"); err != nil {
			return err // since the app was read, it may have got a scope that only admins can give
		}
		if widens(now, app) {
			if err := hub.WithinToken(a, app.Scopes); err != nil {
				return err
			}
		}
		if err := tx.UpdateApp(ctx, app); err != nil {
			return nameTaken(err)
		}
		if err := errors.Join(endConsents(ctx, tx, now, app), endSwitchedOff(ctx, tx, now, app)); err != nil {
			return err
		}
		if err := as.mailReach(ctx, tx, a, now, app); err != nil {
			return err
		}
		if app.MintBurst != now.MintBurst || app.MintRate != now.MintRate {
			if err := recordMintLimit(ctx, tx, a, app); err != nil {
				return err
			}
		}
		action := hub.ActionAppChanged
		if len(reachChanges(now, app)) > 0 {
			action = hub.ActionAppReachChanged
		}
		return a.Record(ctx, tx, hub.Event{Action: action, TeamID: app.TeamID, Target: hub.OfApp(app), Detail: changeText(now, app)})
	})
}

// sameSettings reports whether two states of an app agree in everything that Update stores.
func sameSettings(a, b db.App) bool {
	a.UpdatedAt, a.FirstCallAt = b.UpdatedAt, b.FirstCallAt
	return reflect.DeepEqual(a, b)
}

// Delete removes an app with its secrets and tokens, immediately.
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

// checkScopes checks that every scope is in the catalogue and that the actor's role may give it to an app:
// otherwise they could create an app that may do more than they may. An app keeps scopes that it
// already has. checkScopes returns the scopes in the catalogue's order.
func (as *Apps) checkScopes(ctx context.Context, bad *hub.Invalid, r hub.Rights, asked, before []string) ([]string, error) {
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
		case slices.Contains(before, s.Name):
		case s.AdminOnly && !r.Manage:
			bad.Add("scopes", "Only an admin of the team can give %s to an app.", s.Name)
		}
	}
	for _, name := range asked {
		if !slices.Contains(given, name) {
			bad.Add("scopes", "Choose scopes from the portal's list.")
			break
		}
	}
	if len(asked) == 0 {
		bad.Add("scopes", "Choose at least one scope. A token without scopes can't do anything.")
	}
	return given, nil
}

func nameTaken(err error) error {
	if errors.Is(err, db.ErrConflict) {
		return hub.BadField("name", "The team already has an app with this name. Choose another name.")
	}
	return err
}
