package db

import (
	"context"
	"time"
)

// UseAssertion records that a client used the assertion with this jti, which expires at expires.
// It returns ErrConflict if the assertion was used before (RFC 7523 section 3).
func (t *Tx) UseAssertion(ctx context.Context, clientID, jti string, expires time.Time) error {
	n, err := t.exec(ctx, "UseAssertion",
		`INSERT INTO client_assertions (client_id, jti, expires_at)
		VALUES ($1, $2, $3)
		ON CONFLICT (client_id, jti) DO NOTHING`, clientID, jti, unix(expires))
	if err == nil && n == 0 {
		return t.conflict("UseAssertion")
	}
	return err
}
