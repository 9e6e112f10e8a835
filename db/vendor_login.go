package db

import "context"

// VendorLoginApp returns the app that stands for a team's vendor logins, or ErrNotFound if there
// is none, or it was deleted. A vendor login is a person's sign-in by password over the API
// (IoTConnect's document).
func (r *Reader) VendorLoginApp(ctx context.Context, teamID string) (App, error) {
	return one(ctx, r, "VendorLoginApp", scanApp,
		`SELECT `+appColumns+`
		FROM apps
		WHERE client_id = (SELECT login_client_id FROM teams WHERE id = $1)`, teamID)
}

// SetVendorLoginApp sets the app that stands for a team's vendor logins.
func (t *Tx) SetVendorLoginApp(ctx context.Context, teamID, clientID string) error {
	return t.mustTouch(ctx, "SetVendorLoginApp", `UPDATE teams SET login_client_id = $2 WHERE id = $1`, teamID, clientID)
}

// RevokeVendorLoginsOf revokes the tokens of a person's vendor logins, and returns how many
// families there were.
func (t *Tx) RevokeVendorLoginsOf(ctx context.Context, personID string) (int64, error) {
	return t.revokeFamilies(ctx, `person_id = $2 AND client_id IN (SELECT login_client_id FROM teams)`, personID)
}
