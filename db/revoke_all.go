package db

import "context"

// Ended counts what RevokeAll has ended.
type Ended struct {
	Sessions       int64
	Families       int64 // what people allowed apps, with codes and refresh tokens
	AccessTokens   int64
	PersonalTokens int64
}

// RevokeAll ends every session and revokes every code and token of the portal. Client secrets,
// and what people allowed apps, stay.
func (t *Tx) RevokeAll(ctx context.Context) (e Ended, err error) {
	var unused int64
	for _, step := range []struct {
		ended *int64
		query string
	}{
		{&e.Sessions, `DELETE FROM sessions WHERE expires_at > $1`},
		// Before their codes and tokens: whoever is issuing a token of a family has its row locked.
		{&e.Families, `UPDATE families SET revoked_at = $1 WHERE revoked_at = 0 AND expires_at > $1`},
		{&unused, `UPDATE authorization_codes SET consumed_at = $1 WHERE consumed_at = 0 AND expires_at > $1`},
		{&unused, `UPDATE refresh_tokens SET consumed_at = $1 WHERE consumed_at = 0 AND expires_at > $1`},
		{&e.AccessTokens, `UPDATE access_tokens SET revoked_at = $1 WHERE revoked_at = 0 AND expires_at > $1`},
		{&e.PersonalTokens, `UPDATE personal_tokens
			SET revoked_at = $1
			WHERE revoked_at = 0 AND (expires_at = 0 OR expires_at > $1)`},
	} {
		if *step.ended, err = t.exec(ctx, "RevokeAll", step.query, unix(t.Now)); err != nil {
			return e, err
		}
	}
	return e, nil
}
