package db

import (
	"context"
	"time"
)

// Person is somebody with an account. Email is in lower case and unique. PasswordHash is
// argon2id, empty until the account is activated.
type Person struct {
	ID, Email, Name, Phone, City string
	PasswordHash                 string
	Owner                        bool
	CreatedAt                    time.Time
	PasswordChangedAt            time.Time
	DisabledAt                   time.Time
}

const personColumns = `id, email, name, phone, city, password_hash, is_owner, created_at, password_changed_at, disabled_at`

func scanPerson(s scanner) (p Person, err error) {
	var created, changed, disabled int64
	err = s.Scan(&p.ID, &p.Email, &p.Name, &p.Phone, &p.City, &p.PasswordHash, &p.Owner, &created, &changed, &disabled)
	p.CreatedAt, p.PasswordChangedAt, p.DisabledAt = at(created), at(changed), at(disabled)
	return p, err
}

// Person gives the person with this id, or ErrNotFound.
func (r *Reader) Person(ctx context.Context, id string) (Person, error) {
	return one(ctx, r, "Person", scanPerson, `SELECT `+personColumns+` FROM people WHERE id = $1`, id)
}

// PersonByEmail gives the person with this address (in lower case), or ErrNotFound.
func (r *Reader) PersonByEmail(ctx context.Context, email string) (Person, error) {
	return one(ctx, r, "PersonByEmail", scanPerson, `SELECT `+personColumns+` FROM people WHERE email = $1`, email)
}

// CountOwners counts the active owners of the portal.
func (r *Reader) CountOwners(ctx context.Context) (int, error) {
	return one(ctx, r, "CountOwners", value[int],
		`SELECT COUNT(*) FROM people WHERE is_owner AND password_hash <> '' AND disabled_at = 0`)
}

// InsertPerson adds a person; an address that is taken gives ErrConflict.
func (t *Tx) InsertPerson(ctx context.Context, p Person) error {
	_, err := t.exec(ctx, "InsertPerson",
		`INSERT INTO people (`+personColumns+`, search) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		p.ID, p.Email, p.Name, p.Phone, p.City, p.PasswordHash, p.Owner, unix(p.CreatedAt), unix(p.PasswordChangedAt), unix(p.DisabledAt), folded(p.Name))
	return err
}

// UpdatePersonFields stores the fields that people may change themselves.
func (t *Tx) UpdatePersonFields(ctx context.Context, id, name, phone, city string) error {
	return t.mustTouch(ctx, "UpdatePersonFields",
		`UPDATE people SET name = $2, phone = $3, city = $4, search = $5 WHERE id = $1`, id, name, phone, city, folded(name))
}

// SetPassword stores a new password hash and its time.
func (t *Tx) SetPassword(ctx context.Context, id, hash string) error {
	return t.mustTouch(ctx, "SetPassword",
		`UPDATE people SET password_hash = $2, password_changed_at = $3 WHERE id = $1`, id, hash, unix(t.Now))
}

// RehashPassword replaces the hash of an unchanged password, after its cost was raised; it
// does nothing when the password was changed meanwhile.
func (t *Tx) RehashPassword(ctx context.Context, id, old, hash string) error {
	_, err := t.exec(ctx, "RehashPassword",
		`UPDATE people SET password_hash = $3 WHERE id = $1 AND password_hash = $2`, id, old, hash)
	return err
}
