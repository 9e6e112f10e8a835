package db

import "context"

// Scope is one entry of the portal's catalogue.
type Scope struct {
	Name      string
	Sentence  string // what a token with it may do, for people
	AdminOnly bool   // only an admin or owner may give it to an app
	Position  int
}

// Scopes lists the catalogue in its order.
func (r *Reader) Scopes(ctx context.Context) ([]Scope, error) {
	scan := func(s scanner) (x Scope, err error) {
		return x, s.Scan(&x.Name, &x.Sentence, &x.AdminOnly, &x.Position)
	}
	return all(ctx, r, "Scopes", scan, `SELECT name, sentence, admin_only, position FROM scopes ORDER BY position, name`)
}

// KeepScope adds a scope to the catalogue unless it is there: an owner's edit stands.
func (t *Tx) KeepScope(ctx context.Context, s Scope) error {
	_, err := t.exec(ctx, "KeepScope",
		`INSERT INTO scopes (name, sentence, admin_only, position)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (name) DO NOTHING`,
		s.Name, s.Sentence, s.AdminOnly, s.Position)
	return err
}
