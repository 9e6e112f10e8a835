package db

import (
	"context"
	"time"
)

// Passkey is a WebAuthn credential of a person. ID is the id of the credential in base64url;
// Credential is JSON with the public key, counter and flags.
type Passkey struct {
	ID, PersonID, Name, Credential string
	CreatedAt, LastUsedAt          time.Time
}

const passkeyColumns = `id, person_id, name, credential, created_at, last_used_at`

func scanPasskey(s scanner) (p Passkey, err error) {
	var created, used int64
	err = s.Scan(&p.ID, &p.PersonID, &p.Name, &p.Credential, &created, &used)
	p.CreatedAt, p.LastUsedAt = at(created), at(used)
	return p, err
}

// Passkeys lists a person's passkeys, oldest first.
func (r *Reader) Passkeys(ctx context.Context, personID string) ([]Passkey, error) {
	return all(ctx, r, "Passkeys", scanPasskey,
		`SELECT `+passkeyColumns+` FROM passkeys WHERE person_id = $1 ORDER BY created_at, id`, personID)
}

// InsertPasskey adds a passkey. It returns ErrConflict if the id is taken.
func (t *Tx) InsertPasskey(ctx context.Context, p Passkey) error {
	_, err := t.exec(ctx, "InsertPasskey", `INSERT INTO passkeys (`+passkeyColumns+`) VALUES ($1, $2, $3, $4, $5, $6)`,
		p.ID, p.PersonID, p.Name, p.Credential, unix(p.CreatedAt), unix(p.LastUsedAt))
	return err
}

// UsePasskey records a use of a passkey, with its new counter and flags. It returns ErrNotFound
// if the passkey was used or removed since old was read.
func (t *Tx) UsePasskey(ctx context.Context, id, old, credential string) error {
	return t.mustTouch(ctx, "UsePasskey",
		`UPDATE passkeys
		SET credential = $3, last_used_at = $4
		WHERE id = $1 AND credential = $2`, id, old, credential, unix(t.Now))
}

// RenamePasskey renames a passkey of a person.
func (t *Tx) RenamePasskey(ctx context.Context, id, personID, name string) error {
	return t.mustTouch(ctx, "RenamePasskey", `UPDATE passkeys SET name = $3 WHERE id = $1 AND person_id = $2`, id, personID, name)
}

// DeletePasskey removes a passkey of a person and returns it.
func (t *Tx) DeletePasskey(ctx context.Context, id, personID string) (Passkey, error) {
	return one(ctx, &t.Reader, "DeletePasskey", scanPasskey,
		`DELETE FROM passkeys WHERE id = $1 AND person_id = $2 RETURNING `+passkeyColumns, id, personID)
}

// DeletePasskeysOf removes all passkeys of a person, and returns how many there were.
func (t *Tx) DeletePasskeysOf(ctx context.Context, personID string) (int64, error) {
	return t.exec(ctx, "DeletePasskeysOf", `DELETE FROM passkeys WHERE person_id = $1`, personID)
}
