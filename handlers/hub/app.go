package hub

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// Lifetimes of an app's access tokens.
const (
	DefaultTokenLifetime = time.Hour
	MinTokenLifetime     = time.Minute
	MaxTokenLifetime     = 24 * time.Hour
)

// kinds of app that can be made, with the grants that each gets.
var kinds = map[string][]string{
	"server": {"client_credentials"},
}

// NewApp is what an app is made from.
type NewApp struct {
	TeamID, Name, Description string
	Kind                      string // empty: server
	Scopes                    []string
	SecretLabel               string
	SecretExpiresAt           time.Time // zero: never
	Once                      string    // the form's one-time key; empty: none
}

// CreatedApp is a new app with its first secret.
type CreatedApp struct {
	App    db.App
	Secret Revealed
}

// CreateApp makes an app with its first secret. The same Once again gives *AlreadyDone with
// the client id of the app that it made.
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
	if app.Kind == "" {
		app.Kind = "server"
	}
	bad := &Invalid{}
	app.Grants = kinds[app.Kind]
	if app.Grants == nil {
		bad.add("kind", "Choose server: it is the one kind that can be made now.")
	}
	app.Name = cleanName(bad, "name", "a name for the app", in.Name, 100)
	app.Description = cleanText(bad, "description", in.Description, 500)
	if app.Scopes, err = h.checkScopes(ctx, bad, a, rights, in.Scopes, nil); err != nil {
		return CreatedApp{}, err
	}
	checkExpiry(bad, now, in.SecretExpiresAt)
	if err := bad.orNil(); err != nil {
		return CreatedApp{}, err
	}
	row, revealed, err := h.mint(ctx, a, app, in.SecretLabel, in.SecretExpiresAt)
	if err != nil {
		return CreatedApp{}, err
	}
	err = h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := useOnce(ctx, tx, a, in.Once, app.ClientID); err != nil {
			return err
		}
		if err := tx.InsertApp(ctx, app); err != nil {
			return nameTaken(err)
		}
		if err := tx.InsertSecret(ctx, row, MaxLiveSecrets); err != nil {
			return err
		}
		return a.record(ctx, tx, "app.created", app.TeamID, "app", app.ClientID, app.Name, "with the secret .."+row.Hint)
	})
	return CreatedApp{app, revealed}, h.doneBefore(ctx, a, in.Once, err)
}

// AppChange is what can be changed of an app.
type AppChange struct {
	Name, Description string
	Scopes            []string
	TokenLifetime     time.Duration
}

// UpdateApp stores the settings of an app. Tokens that were issued keep what they have.
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
	had := app.Scopes
	app.Name = cleanName(bad, "name", "a name for the app", in.Name, 100)
	app.Description = cleanText(bad, "description", in.Description, 500)
	if app.Scopes, err = h.checkScopes(ctx, bad, a, rights, in.Scopes, had); err != nil {
		return err
	}
	if app.TokenLifetime = in.TokenLifetime; app.TokenLifetime < MinTokenLifetime || app.TokenLifetime > MaxTokenLifetime {
		bad.add("token_lifetime", "Choose between 1 minute and 24 hours.")
	}
	if err := bad.orNil(); err != nil {
		return err
	}
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.UpdateApp(ctx, app); err != nil {
			return nameTaken(err)
		}
		return a.record(ctx, tx, "app.changed", app.TeamID, "app", clientID, app.Name, scopeChange(had, app.Scopes))
	})
}

func scopeChange(had, have []string) string {
	if slices.Equal(had, have) {
		return ""
	}
	return fmt.Sprintf("scopes are now %v, were %v", have, had)
}

// DeleteApp removes an app with its secrets and tokens, at once.
func (h *Hub) DeleteApp(ctx context.Context, a Actor, clientID string) error {
	app, err := h.mayManageApp(ctx, a, clientID, "delete this app")
	if err != nil {
		return err
	}
	err = h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.DeleteApp(ctx, clientID); err != nil {
			return err
		}
		return a.record(ctx, tx, "app.deleted", app.TeamID, "app", clientID, app.Name, "")
	})
	if err == nil {
		h.notifyDestroyed(a, app.TeamID, "The app "+app.Name+" was deleted", "/team/audit")
	}
	return err
}

// checkScopes checks that every scope is in the catalogue and may be given by the actor;
// what the app had already may stay. It gives them in the catalogue's order.
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
		if s.AdminOnly && !slices.Contains(had, s.Name) && !mayGive(a, r, s.Name) {
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

// mayGive says whether the actor may give an admin-only scope: a client only one that it
// has itself, or it could raise its own rights.
func mayGive(a Actor, r Rights, scope string) bool {
	if a.Kind == Client {
		return slices.Contains(a.Scopes, scope)
	}
	return r.Manage
}

func nameTaken(err error) error {
	if errors.Is(err, db.ErrConflict) {
		return invalid("name", "The team has an app with this name already. Choose another name.")
	}
	return err
}

// firstTime gives *AlreadyDone when the key was used before.
func (h *Hub) firstTime(ctx context.Context, a Actor, once string) error {
	if once == "" {
		return nil
	}
	target, err := h.DB.IdempotencyTarget(ctx, a.ID, once)
	if err == nil {
		return &AlreadyDone{target}
	}
	if isMissing(err) {
		return nil
	}
	return err
}

// errUsedMeanwhile ends a transaction whose key was used by another one meanwhile.
var errUsedMeanwhile = errors.New("hub: the form's key was used meanwhile")

func useOnce(ctx context.Context, tx *db.Tx, a Actor, once, target string) error {
	if once == "" {
		return nil
	}
	err := tx.UseIdempotencyKey(ctx, a.ID, once, target)
	if errors.Is(err, db.ErrConflict) {
		return errUsedMeanwhile
	}
	return err
}

func (h *Hub) doneBefore(ctx context.Context, a Actor, once string, err error) error {
	if errors.Is(err, errUsedMeanwhile) {
		return h.firstTime(ctx, a, once)
	}
	return err
}
