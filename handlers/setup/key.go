package setup

import (
	"context"
	"errors"
	"fmt"
	"os"

	"gatepost/db"
	"gatepost/handlers/hub"
	"gatepost/handlers/secret"
)

// openKeys reads the portal's keys, or creates one for a new database. It refuses keys that don't
// belong to the database before anything uses them: every secret would look forged.
func openKeys(ctx context.Context, d *db.DB, source *secret.Source) (*secret.Keyring, error) {
	keys, created, err := source.Open()
	if err != nil {
		return nil, err
	}
	ring, err := hub.OpenKeys(ctx, d, keys)
	if err != nil && created {
		_ = os.Remove(source.File) // the next start would take it for the real one
	}
	var missing *hub.KeyMissing
	switch {
	case errors.Is(err, hub.ErrForeignKey) && created:
		return nil, fmt.Errorf("%s is missing: restore the one that this database was created with (GATEPOST_KEY_FILE says where it is)", source)
	case errors.Is(err, hub.ErrForeignKey):
		return nil, fmt.Errorf("%s does not belong to this database: set GATEPOST_KEY_FILE, or GATEPOST_KEY, to the one that it was created with", source)
	case errors.As(err, &missing):
		return nil, fmt.Errorf("%s does not hold all keys of this database: %w", source, err)
	case err != nil:
		return nil, err
	}
	return ring, nil
}
