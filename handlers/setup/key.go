package setup

import (
	"context"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"os"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// loadKey reads the portal's key, or creates one for a new database. It refuses a key that
// doesn't belong to the database before anything uses it: every secret would look forged.
func loadKey(ctx context.Context, d *db.DB, file string) (secret.Key, error) {
	key, created, err := secret.LoadKey(file)
	if err != nil {
		return secret.Key{}, err
	}
	check := hex.EncodeToString(key.Derive("key check"))
	var kept string
	err = d.Tx(ctx, func(tx *db.Tx) (err error) {
		kept, err = tx.KeepSetting(ctx, "key_check", check)
		return err
	})
	if err != nil {
		return secret.Key{}, err
	}
	if subtle.ConstantTimeCompare([]byte(kept), []byte(check)) == 1 {
		return key, nil
	}
	if created {
		_ = os.Remove(file) // the next start would take it for the real one
		return secret.Key{}, fmt.Errorf("the key file %s is missing: restore the one that this database was created with (GATEPOST_KEY_FILE says where it is)", file)
	}
	return secret.Key{}, fmt.Errorf("the key file %s does not belong to this database: set GATEPOST_KEY_FILE to the one that it was created with", file)
}
