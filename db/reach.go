package db

import "context"

// AppsOf lists by name the apps of all teams where the person is not a viewer; an owner's
// are all.
func (r *Reader) AppsOf(ctx context.Context, personID string) ([]App, error) {
	return all(ctx, r, "AppsOf", scanApp, `SELECT `+appColumns+` FROM apps
		WHERE team_id IN (SELECT team_id FROM memberships WHERE person_id = $1 AND role <> 'viewer'
			UNION SELECT t.id FROM teams t JOIN people p ON p.id = $1 AND p.is_owner)
		ORDER BY name, client_id`, personID)
}
