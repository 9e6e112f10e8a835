package hub

import (
	"context"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// KeySource is where a process has the portal's keys from: a file or a variable.
type KeySource interface {
	// Load reads the keys, the first of which a new database takes.
	Load() ([]secret.Key, error)
}

// ErrForeignKey says that no key at hand belongs to the database.
var ErrForeignKey = errors.New("the key does not belong to this database")

// KeyMissing says that a key that the database needs is not at hand.
type KeyMissing struct {
	ID  string
	Old bool // it is being replaced, and not everything has a new one yet
}

func (e *KeyMissing) Error() string {
	if e.Old {
		return fmt.Sprintf("the old key %s is still needed, since not everything is encrypted again: put it back until gatepost key status says that it is retired", e.ID)
	}
	return fmt.Sprintf("the current key %s is missing: add it", e.ID)
}

// OpenKeys returns the keys at hand in the places that the database gives them. A new database takes the
// first one. Its errors are ErrForeignKey and *KeyMissing.
func OpenKeys(ctx context.Context, d *db.DB, atHand []secret.Key) (*secret.Keyring, error) {
	rows, err := d.PortalKeys(ctx)
	if err == nil && len(rows) == 0 {
		rows, err = adoptKey(ctx, d, atHand)
	}
	if err != nil {
		return nil, err
	}
	ring := secret.NewKeyring(atHand[0])
	return ring, arrangeKeys(ring, rows, atHand)
}

// adoptKey writes down the first key of a database. A database of the first release has the check of its
// key in a setting; of two processes that start at the same time one writes that setting first.
func adoptKey(ctx context.Context, d *db.DB, atHand []secret.Key) (rows []db.PortalKey, err error) {
	err = d.Tx(ctx, func(tx *db.Tx) error {
		first, err := tx.KeepSetting(ctx, "key_check", keyCheck(atHand[0]))
		if err != nil {
			return err
		}
		i := slices.IndexFunc(atHand, func(k secret.Key) bool { return sameText(keyCheck(k), first) })
		if i < 0 {
			return ErrForeignKey
		}
		if err := tx.InsertPortalKey(ctx, db.PortalKey{ID: atHand[i].ID(), Check: first, CurrentFrom: tx.Now}); err != nil {
			return err
		}
		rows, err = tx.PortalKeys(ctx)
		return err
	})
	return rows, err
}

func keyCheck(k secret.Key) string { return hex.EncodeToString(k.Derive("key check")) }

func sameText(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// currentKey returns the key that seals, among all of the database's.
func currentKey(rows []db.PortalKey) db.PortalKey {
	current := rows[0]
	for _, row := range rows {
		if !row.CurrentFrom.IsZero() {
			current = row
		}
	}
	return current
}

// arrangeKeys makes the ring hold what the database says, of the keys at hand.
func arrangeKeys(ring *secret.Keyring, rows []db.PortalKey, atHand []secret.Key) error {
	find := func(row db.PortalKey) (secret.Key, bool) {
		i := slices.IndexFunc(atHand, func(k secret.Key) bool { return sameText(keyCheck(k), row.Check) })
		if i < 0 {
			return secret.Key{}, false
		}
		return atHand[i], true
	}
	currentRow := currentKey(rows)
	current, ok := find(currentRow)
	if !ok {
		if !slices.ContainsFunc(rows, func(row db.PortalKey) bool { _, known := find(row); return known }) {
			return ErrForeignKey
		}
		return &KeyMissing{ID: currentRow.ID}
	}
	var others []secret.Key
	for _, row := range rows {
		if row.ID == currentRow.ID || !row.RetiredAt.IsZero() {
			continue
		}
		if k, ok := find(row); ok {
			others = append(others, k)
		} else if !row.CurrentFrom.IsZero() {
			return &KeyMissing{ID: row.ID, Old: true}
		}
	}
	var kept []secret.Kept
	box := secret.NewKeyring(current, others...).NewBox("kept keys")
	for _, row := range rows {
		if len(row.Kept) == 0 {
			continue
		}
		text, err := box.Open(row.Kept, row.ID)
		if err != nil {
			return fmt.Errorf("hub: what is left of the key %s: %w", row.ID, err)
		}
		k, err := secret.ReadKept(row.ID, text)
		if err != nil {
			return err
		}
		kept = append(kept, k)
	}
	ring.Hold(current, others, kept)
	return nil
}
