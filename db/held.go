package db

import "context"

// HoldSession keeps a person's session from being ended until the transaction ends. It returns
// ErrNotFound if it has ended already.
func (t *Tx) HoldSession(ctx context.Context, id, personID string) error {
	_, err := share(ctx, t, "HoldSession", value[string], `SELECT id FROM sessions WHERE id = $1 AND person_id = $2`, id, personID)
	return err
}

// HoldPersonalToken is HoldSession for a personal token, by its id.
func (t *Tx) HoldPersonalToken(ctx context.Context, id, personID string) error {
	_, err := share(ctx, t, "HoldPersonalToken", value[string],
		`SELECT id FROM personal_tokens WHERE id = $1 AND person_id = $2 AND revoked_at = 0`, id, personID)
	return err
}

// HoldAccessToken is HoldSession for an access token, by its id, the claim jti.
func (t *Tx) HoldAccessToken(ctx context.Context, jti string) error {
	_, err := share(ctx, t, "HoldAccessToken", value[string], `SELECT jti FROM access_tokens WHERE jti = $1 AND revoked_at = 0`, jti)
	return err
}
