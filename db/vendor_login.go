package db

import "context"

// VendorLoginApp gives the app that stands for password logins of a team's people, or ErrNotFound
// when there is none, or none any more.
func (r *Reader) VendorLoginApp(ctx context.Context, teamID string) (App, error) {
	return one(ctx, r, "VendorLoginApp", scanApp,
		`SELECT `+appColumns+`
		FROM apps
		WHERE client_id = (SELECT login_client_id FROM teams WHERE id = $1)`, teamID)
}

// SetVendorLoginApp makes an app the one that stands for password logins.
func (t *Tx) SetVendorLoginApp(ctx context.Context, teamID, clientID string) error {
	return t.mustTouch(ctx, "SetVendorLoginApp", `UPDATE teams SET login_client_id = $2 WHERE id = $1`, teamID, clientID)
}

// RevokeVendorLoginsOf ends what a person's logins by password over the API have given (IoTConnect's document).
func (t *Tx) RevokeVendorLoginsOf(ctx context.Context, personID string) (int64, error) {
	return t.revokeFamilies(ctx, `person_id = $2 AND client_id IN (SELECT login_client_id FROM teams)`, personID)
}
