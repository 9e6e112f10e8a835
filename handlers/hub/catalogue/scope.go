package catalogue

import (
	"context"
	"slices"
	"strings"

	"gatepost/db"
	"gatepost/handlers/hub"
)

// AddScopes adds scopes to the end of the catalogue. Existing ones stay unchanged.
func (cs *Catalogue) AddScopes(ctx context.Context, a hub.Actor, scopes []db.Scope) error {
	if err := cs.hub.MayOwn(ctx, a, "add scopes to the catalogue"); err != nil {
		return err
	}
	scopes, bad := slices.Clone(scopes), &hub.Invalid{}
	for i, s := range scopes {
		if !ValidScope(s.Name) {
			return hub.BadField("name", "%q can't be a scope: use visible ASCII characters only, without spaces, quotes and backslashes.", s.Name)
		}
		if scopes[i].Sentence = hub.CleanLine(bad, "sentence", hub.OneLine(s.Sentence), 300); scopes[i].Sentence == "" {
			scopes[i].Sentence = s.Name
		}
	}
	if err := bad.OrNil(); err != nil {
		return err
	}
	return cs.hub.DB.Tx(ctx, func(tx *db.Tx) error {
		catalogue, err := tx.Scopes(ctx)
		if err != nil {
			return err
		}
		position := 0
		for _, s := range catalogue {
			position = max(position, s.Position+1)
		}
		for i, s := range scopes {
			if slices.ContainsFunc(catalogue, func(c db.Scope) bool { return c.Name == s.Name }) {
				continue
			}
			s.Position = position + i
			if err := tx.KeepScope(ctx, s); err != nil {
				return err
			}
			if err := a.Record(ctx, tx, hub.Event{Action: hub.ActionScopeAdded, Target: hub.Target{Type: hub.TargetScope, ID: s.Name, Name: s.Name}, Detail: s.Sentence}); err != nil {
				return err
			}
		}
		return nil
	})
}

// ValidScope says whether a name can be a scope (RFC 6749 section 3.3). Ours have at most 100 bytes.
func ValidScope(name string) bool {
	return name != "" && len(name) <= 100 && !strings.ContainsFunc(name, func(c rune) bool { return c <= ' ' || c > '~' || c == '"' || c == '\\' })
}
