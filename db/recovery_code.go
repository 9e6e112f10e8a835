package db

import "context"

// CountRecoveryCodes counts the recovery codes that a person has left.
func (r *Reader) CountRecoveryCodes(ctx context.Context, personID string) (int, error) {
	return one(ctx, r, "CountRecoveryCodes", value[int],
		`SELECT COUNT(*) FROM recovery_codes WHERE person_id = $1 AND used_at = 0`, personID)
}

// ReplaceRecoveryCodes replaces all codes of a person by new ones, given by their hashes.
func (t *Tx) ReplaceRecoveryCodes(ctx context.Context, personID string, hashes []string) error {
	if err := t.DeleteRecoveryCodes(ctx, personID); err != nil {
		return err
	}
	for _, hash := range hashes {
		if _, err := t.exec(ctx, "ReplaceRecoveryCodes",
			`INSERT INTO recovery_codes (hash, person_id, created_at)
			VALUES ($1, $2, $3)`, hash, personID, unix(t.Now)); err != nil {
			return err
		}
	}
	return nil
}

// UseRecoveryCode uses a code up: one of two concurrent callers gets it, the other gets
// ErrNotFound.
func (t *Tx) UseRecoveryCode(ctx context.Context, personID, hash string) error {
	return t.mustTouch(ctx, "UseRecoveryCode",
		`UPDATE recovery_codes SET used_at = $3 WHERE hash = $2 AND person_id = $1 AND used_at = 0`, personID, hash, unix(t.Now))
}

// DeleteRecoveryCodes removes all codes of a person.
func (t *Tx) DeleteRecoveryCodes(ctx context.Context, personID string) error {
	_, err := t.exec(ctx, "DeleteRecoveryCodes", `DELETE FROM recovery_codes WHERE person_id = $1`, personID)
	return err
}
