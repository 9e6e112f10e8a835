package setup

import (
	"context"
	"errors"
	"slices"
	"strings"

	"gatepost/assets"
	"gatepost/db"
)

// settingScopes is the setting with the scopes of assets/scopes.json that the database has
// received, separated by spaces.
const settingScopes = "scopes_given"

// fillScopes adds each scope of assets/scopes.json once: all of them to a new portal, and to an
// older one those that it has not received yet, at the end of its list. Changes that an owner
// made to the catalogue stay.
func fillScopes(ctx context.Context, d *db.DB) error {
	catalogue, err := assets.Scopes()
	if err != nil {
		return err
	}
	missing := func(given string) (out []assets.Scope) {
		for _, s := range catalogue {
			if !slices.Contains(strings.Fields(given), s.Name) {
				out = append(out, s)
			}
		}
		return out
	}
	if given, err := d.Setting(ctx, settingScopes); err == nil && missing(given) == nil {
		return nil
	} else if err != nil && !errors.Is(err, db.ErrNotFound) {
		return err
	}
	return d.Tx(ctx, func(tx *db.Tx) error {
		given, err := tx.KeepSetting(ctx, settingScopes, "")
		if err != nil {
			return err
		}
		have, err := tx.Scopes(ctx)
		if err != nil {
			return err
		}
		next := 0
		if len(have) > 0 {
			next = have[len(have)-1].Position + 1
		}
		for i, s := range missing(given) {
			if err := tx.KeepScope(ctx, db.Scope{Name: s.Name, Sentence: s.Sentence, AdminOnly: s.AdminOnly, Position: next + i}); err != nil {
				return err
			}
			given += " " + s.Name
		}
		return tx.PutSetting(ctx, settingScopes, strings.TrimSpace(given))
	})
}
