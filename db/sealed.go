package db

import (
	"context"
	"encoding/hex"
)

// Sealed are bytes that a key of the portal has sealed, somewhere in the database.
type Sealed struct {
	ID    string // of the row
	Thing string // what they were sealed for
	Body  []byte
}

// SealedPlace is a column with sealed bytes. Purpose is what its key is derived for. Thing is an expression
// for what a row was sealed for: it must be what those who seal it say.
type SealedPlace struct {
	Purpose                string
	table, id, thing, body string
	text                   bool // the column holds hexadecimal digits
}

// SealedPlaces is the table of everything that the portal's key seals in the database.
var SealedPlaces = []SealedPlace{
	{Purpose: "signing keys", table: "signing_keys", id: "kid", thing: "kid", body: "private_key"},
	{Purpose: "totp", table: "totp_factors", id: "person_id", thing: "person_id", body: "secret"},
	{Purpose: "mails", table: "outbox", id: "id", thing: "id", body: "body"},
	{Purpose: "handovers", table: "handovers", id: "id", thing: "id || ' ' || client_id || ' ' || secret_id || ' ' || to_id", body: "ciphertext", text: true},
	{Purpose: "kept keys", table: "portal_keys", id: "id", thing: "id", body: "kept"},
}

// encode returns sealed bytes as the column holds them.
func (p SealedPlace) encode(sealed []byte) any {
	if p.text {
		return hex.EncodeToString(sealed)
	}
	return sealed
}

// otherwise is the condition for rows whose sealed bytes don't start with $1, of 8 bytes.
func (p SealedPlace) otherwise() string {
	start := `substr(` + p.body + `, 1, 8)`
	if p.text {
		start = `substr(` + p.body + `, 1, 16)`
	}
	return `length(` + p.body + `) > 0 AND ` + start + ` <> $1`
}

// SealedOtherwise lists up to limit sealed bytes that don't start with prefix, which has 8 bytes, by the
// ids of their rows, which come after the given one.
func (r *Reader) SealedOtherwise(ctx context.Context, p SealedPlace, prefix []byte, after string, limit int) ([]Sealed, error) {
	scan := func(s scanner) (out Sealed, err error) {
		if !p.text {
			err = s.Scan(&out.ID, &out.Thing, &out.Body)
			return out, err
		}
		var digits string
		if err = s.Scan(&out.ID, &out.Thing, &digits); err == nil {
			out.Body, err = hex.DecodeString(digits)
		}
		return out, err
	}
	return all(ctx, r, "SealedOtherwise", scan,
		`SELECT `+p.id+`, `+p.thing+`, `+p.body+`
		FROM `+p.table+`
		WHERE `+p.otherwise()+` AND `+p.id+` > $2
		ORDER BY `+p.id+` LIMIT $3`, p.encode(prefix), after, limit)
}

// CountSealedOtherwise counts the sealed bytes that don't start with prefix, which has 8 bytes.
func (r *Reader) CountSealedOtherwise(ctx context.Context, p SealedPlace, prefix []byte) (int, error) {
	return one(ctx, r, "CountSealedOtherwise", value[int], `SELECT COUNT(*) FROM `+p.table+` WHERE `+p.otherwise(), p.encode(prefix))
}

// Reseal replaces sealed bytes by others, unless they have changed since they were read.
func (t *Tx) Reseal(ctx context.Context, p SealedPlace, old Sealed, body []byte) error {
	_, err := t.exec(ctx, "Reseal",
		`UPDATE `+p.table+` SET `+p.body+` = $3 WHERE `+p.id+` = $1 AND `+p.body+` = $2`, old.ID, p.encode(old.Body), p.encode(body))
	return err
}
