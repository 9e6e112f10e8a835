package db

import "context"

// Setting gives the value of a portal-wide setting, or ErrNotFound.
func (r *Reader) Setting(ctx context.Context, name string) (string, error) {
	return one(ctx, r, "Setting", value[string],
		`SELECT value FROM settings WHERE name = $1`, name)
}

// KeepSetting stores value under name unless there is one already, and gives the one that
// stands: of two processes that start at once, both go on with the first one's value.
func (t *Tx) KeepSetting(ctx context.Context, name, value string) (string, error) {
	if _, err := t.exec(ctx, "KeepSetting",
		`INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, name, value); err != nil {
		return "", err
	}
	return t.Setting(ctx, name)
}

// PutSetting stores value under name, whatever stood there.
func (t *Tx) PutSetting(ctx context.Context, name, value string) error {
	_, err := t.exec(ctx, "PutSetting",
		`INSERT INTO settings (name, value)
		VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	return err
}
