package hub

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"time"

	"gatepost/db"
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
type CreatedApp struct {
	App    db.App
	Secret Revealed
}

// CreateApp makes an app, with its first secret if it can keep one. The same Once again
// gives *AlreadyDone with the client id of the app that it made.
func (h *Hub) CreateApp(ctx context.Context, a Actor, in NewApp) (CreatedApp, error) {
	rights, err := h.mayDevelop(ctx, a, in.TeamID, "create apps")
	if err != nil {
		return CreatedApp{}, err
	}
	if err := h.firstTime(ctx, a, in.Once); err != nil {
		return CreatedApp{}, err
	}
	now := h.Now()
	app := db.App{ClientID: secret.ID(), TeamID: in.TeamID, Kind: in.Kind, TokenLifetime: DefaultTokenLifetime, CreatedBy: a.ID, CreatedAt: now, UpdatedAt: now}
	bad := &Invalid{}
	checkKind(bad, &app, in)
	app.Name = cleanName(bad, "name", "a name for the app", in.Name, 100)
	app.Description = cleanText(bad, "description", in.Description, 500)
	if app.Scopes, err = h.checkScopes(ctx, bad, a, rights, in.Scopes, nil); err != nil {
		return CreatedApp{}, err
	}
	checkExpiry(bad, now, in.SecretExpiresAt)
	if err := bad.orNil(); err != nil {
		return CreatedApp{}, err
	}
	var row db.ClientSecret
	var revealed Revealed
	detail := "without a secret"
	if app.AuthMethod != db.AuthNone {
		if row, revealed, err = h.mint(ctx, a, app, in.SecretLabel, in.SecretExpiresAt); err != nil {
			return CreatedApp{}, err
		}
		detail = "with the secret .." + row.Hint
	}
	err = h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := useOnce(ctx, tx, a, in.Once, app.ClientID); err != nil {
			return err
		}
		if err := tx.InsertApp(ctx, app); err != nil {
			return nameTaken(err)
		}
		if row.ID != "" {
			if err := keepSecret(ctx, tx, a, app, row); err != nil {
				return err
			}
			if err := h.postMade(ctx, tx, a, app, row); err != nil {
				return err
			}
		}
		return a.record(ctx, tx, Event{Action: ActionAppCreated, TeamID: app.TeamID, Target: ofApp(app), Detail: detail})
	})
	return CreatedApp{app, revealed}, h.doneBefore(ctx, a, in.Once, err)
}

// AppChange is what can be changed of an app.
type AppChange struct {
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
func (h *Hub) UpdateApp(ctx context.Context, a Actor, clientID string, in AppChange) error {
	app, err := h.mayManageApp(ctx, a, clientID, "change this app")
	if err != nil {
		return err
	}
	rights, err := h.Rights(ctx, a, app.TeamID)
	if err != nil {
		return err
	}
	bad := &Invalid{}
	had := app
	app.Name = cleanName(bad, "name", "a name for the app", in.Name, 100)
	app.Description = cleanText(bad, "description", in.Description, 500)
	if app.Scopes, err = h.checkScopes(ctx, bad, a, rights, in.Scopes, had.Scopes); err != nil {
		return err
	}
	if app.TokenLifetime = in.TokenLifetime; app.TokenLifetime < MinTokenLifetime || app.TokenLifetime > MaxTokenLifetime {
		bad.add("token_lifetime", "Choose between 1 minute and 24 hours.")
	}
	changeClient(bad, a, rights, &app, in)
	if err := bad.orNil(); err != nil {
		return err
	}
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		now, err := tx.LockApp(ctx, clientID)
		if err != nil {
			return err
		}
		if in.Seen != nil && !sameSettings(now, *in.Seen) {
			return ErrAppChanged
		}
		if err := tx.UpdateApp(ctx, app); err != nil {
			return nameTaken(err)
		}
		return a.record(ctx, tx, Event{Action: ActionAppChanged, TeamID: app.TeamID, Target: ofApp(app), Detail: appChanges(had, app)})
	})
}

// sameSettings says whether two states of an app differ in nothing that UpdateApp stores.
func sameSettings(a, b db.App) bool {
	a.UpdatedAt, a.FirstCallAt = b.UpdatedAt, b.FirstCallAt
	return reflect.DeepEqual(a, b)
}

// DeleteApp removes an app with its secrets and tokens, at once.
func (h *Hub) DeleteApp(ctx context.Context, a Actor, clientID string) error {
	app, err := h.mayManageApp(ctx, a, clientID, "delete this app")
	if err != nil {
		return err
	}
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.DeleteApp(ctx, clientID); err != nil {
			return err
		}
		if err := h.postAdmins(ctx, tx, app.TeamID, func(name string) mail.Letter {
			return mail.AppDeleted{Notice: h.notice(a, name, "/team/audit"), App: app.Name}
		}); err != nil {
			return err
		}
		return a.record(ctx, tx, Event{Action: ActionAppDeleted, TeamID: app.TeamID, Target: ofApp(app)})
	})
}

// checkScopes checks that every scope is in the catalogue and may be given by the actor, who
// could otherwise make an app that may do more than they; what the app had already may stay. It gives them in the catalogue's order.
func (h *Hub) checkScopes(ctx context.Context, bad *Invalid, a Actor, r Rights, asked, had []string) ([]string, error) {
	catalogue, err := h.DB.Scopes(ctx)
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
		case a.byToken() && !slices.Contains(a.Scopes, s.Name):
			bad.add("scope", "A token gives an app only scopes that it has itself, and %s is none of them.", s.Name)
		case s.AdminOnly && !r.Manage:
			bad.add("scope", "Only an admin of the team can give %s to an app.", s.Name)
		}
	}
	for _, name := range asked {
		if !slices.Contains(given, name) {
			bad.add("scope", "Choose scopes from the portal's list only.")
			break
		}
	}
	if len(asked) == 0 {
		bad.add("scope", "Choose at least one scope: a token without any can do nothing.")
	}
	return given, nil
}

func nameTaken(err error) error {
	if errors.Is(err, db.ErrConflict) {
		return badField("name", "The team has an app with this name already. Choose another name.")
	}
	return err
}
