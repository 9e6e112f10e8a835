package app

import (
	"cmp"
	"context"
	"fmt"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/hub/limit"
)

// MaxMintLimit is the highest limit of tokens that an app can have, in a burst and per second.
const MaxMintLimit = 1_000_000

// MintLimit returns how many tokens an app gets in a burst, and how many more per second.
func MintLimit(app db.App) (burst, rate int) {
	l := limit.Of(limit.Tokens)
	return cmp.Or(app.MintBurst, l.Number), cmp.Or(app.MintRate, l.PerSecond)
}

// changeMintLimit sets the app's limit of tokens. The portal's default is stored as none, so that it
// follows when that changes.
func (as *Apps) changeMintLimit(ctx context.Context, bad *hub.Invalid, a hub.Actor, app *db.App, in Change) error {
	l := limit.Of(limit.Tokens)
	burst, rate := in.MintBurst, in.MintRate
	if burst == l.Number {
		burst = 0
	}
	if rate == l.PerSecond {
		rate = 0
	}
	if burst == app.MintBurst && rate == app.MintRate {
		return nil
	}
	if err := as.hub.MayOwn(ctx, a, "change how many tokens an app gets"); err != nil {
		return err
	}
	for _, f := range []struct {
		name  string
		value int
	}{{"mint_burst", burst}, {"mint_rate", rate}} {
		if f.value < 0 || f.value > MaxMintLimit {
			bad.Add(f.name, "Enter a number from 1 to 1,000,000.")
		}
	}
	app.MintBurst, app.MintRate = burst, rate
	return nil
}

// SetMintLimit sets how many tokens an app gets in a burst and per second, and nothing else; zero means the
// portal's default. It is for owners and the operator, and returns the app.
func (as *Apps) SetMintLimit(ctx context.Context, a hub.Actor, clientID string, burst, rate int) (db.App, error) {
	if _, err := as.hub.MayManageApp(ctx, a, clientID, "change this app"); err != nil {
		return db.App{}, err
	}
	var app db.App
	err := as.hub.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		if app, err = tx.LockApp(ctx, clientID); err != nil {
			return err
		}
		bad := &hub.Invalid{}
		if err := as.changeMintLimit(ctx, bad, a, &app, Change{MintBurst: burst, MintRate: rate}); err != nil {
			return err
		}
		if err := bad.OrNil(); err != nil {
			return err
		}
		if err := tx.UpdateApp(ctx, app); err != nil {
			return err
		}
		return recordMintLimit(ctx, tx, a, app)
	})
	return app, err
}

func recordMintLimit(ctx context.Context, tx *db.Tx, a hub.Actor, app db.App) error {
	return a.Record(ctx, tx, hub.Event{Action: hub.ActionAppMintLimitChanged, TeamID: app.TeamID, Target: hub.OfApp(app), Detail: mintText(app)})
}

func mintText(app db.App) string {
	burst, rate := MintLimit(app)
	return fmt.Sprintf("to %d in a burst and %d per second", burst, rate)
}
