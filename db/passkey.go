package db

import (
	"context"
	"time"
)

// Passkey is a WebAuthn credential of a person. ID is the credential's id in base64url;
// Credential is JSON: public key, counter, flags.
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

// InsertPasskey adds a passkey; an id that is taken gives ErrConflict.
func (t *Tx) InsertPasskey(ctx context.Context, p Passkey) error {
	_, err := t.exec(ctx, "InsertPasskey", `INSERT INTO passkeys (`+passkeyColumns+`) VALUES ($1, $2, $3, $4, $5, $6)`,
		p.ID, p.PersonID, p.Name, p.Credential, unix(p.CreatedAt), unix(p.LastUsedAt))
	return err
}

// UsePasskey notes that a passkey was used, with its new counter and flags. When it was used
// or removed since old was read it gives ErrNotFound.
func (t *Tx) UsePasskey(ctx context.Context, id, old, credential string) error {
	return t.mustTouch(ctx, "UsePasskey",
		`UPDATE passkeys
		SET credential = $3, last_used_at = $4
		WHERE id = $1 AND credential = $2`, id, old, credential, unix(t.Now))
}

// RenamePasskey gives a passkey of a person another name.
func (t *Tx) RenamePasskey(ctx context.Context, id, personID, name string) error {
	return t.mustTouch(ctx, "RenamePasskey", `UPDATE passkeys SET name = $3 WHERE id = $1 AND person_id = $2`, id, personID, name)
}

// DeletePasskey removes a passkey of a person, and gives what it was.
func (t *Tx) DeletePasskey(ctx context.Context, id, personID string) (Passkey, error) {
	return one(ctx, &t.Reader, "DeletePasskey", scanPasskey,
		`DELETE FROM passkeys WHERE id = $1 AND person_id = $2 RETURNING `+passkeyColumns, id, personID)
}

// DeletePasskeysOf removes all passkeys of a person, and gives their number.
func (t *Tx) DeletePasskeysOf(ctx context.Context, personID string) (int64, error) {
	return t.exec(ctx, "DeletePasskeysOf", `DELETE FROM passkeys WHERE person_id = $1`, personID)
}
