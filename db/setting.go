package db

import "context"

// Setting returns the value of a portal-wide setting, or ErrNotFound.
func (r *Reader) Setting(ctx context.Context, name string) (string, error) {
	return one(ctx, r, "Setting", value[string],
		`SELECT value FROM settings WHERE name = $1`, name)
}

// KeepSetting stores value under name unless there is a value already, and returns the one that
// is stored: two processes that start at the same time both use the first one's.
func (t *Tx) KeepSetting(ctx context.Context, name, value string) (string, error) {
	if _, err := t.exec(ctx, "KeepSetting",
		`INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, name, value); err != nil {
		return "", err
	}
	return t.Setting(ctx, name)
}

// PutSetting stores value under name, replacing any other.
func (t *Tx) PutSetting(ctx context.Context, name, value string) error {
	_, err := t.exec(ctx, "PutSetting",
		`INSERT INTO settings (name, value)
		VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	return err
}
