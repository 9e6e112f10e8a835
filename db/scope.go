package db

import "context"

// Scope is an entry of the portal's catalogue.
type Scope struct {
	Name      string
	Sentence  string // tells people what a token with it may do
	AdminOnly bool   // only an admin or an owner may add it to an app
	Position  int
}

// Scopes lists the catalogue in order.
func (r *Reader) Scopes(ctx context.Context) ([]Scope, error) {
	scan := func(s scanner) (x Scope, err error) {
		return x, s.Scan(&x.Name, &x.Sentence, &x.AdminOnly, &x.Position)
	}
	return all(ctx, r, "Scopes", scan, `SELECT name, sentence, admin_only, position FROM scopes ORDER BY position, name`)
}

// KeepScope adds a scope to the catalogue unless it exists: an owner's edit is kept.
func (t *Tx) KeepScope(ctx context.Context, s Scope) error {
	_, err := t.exec(ctx, "KeepScope",
		`INSERT INTO scopes (name, sentence, admin_only, position)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (name) DO NOTHING`,
		s.Name, s.Sentence, s.AdminOnly, s.Position)
	return err
}
