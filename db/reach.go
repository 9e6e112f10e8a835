package db

import (
	"context"
	"time"
)

// Reach is what a person has that ends when they are removed from a team, or disabled.
type Reach struct {
	Apps           int // created by them in the team (or anywhere, if no team is given)
	Authorizations int // of apps of the team (or of any app)
	PersonalTokens int // live ones, for any team
	Sessions       int
	DeviceGrants   int // devices of the team (or of any) granted to them by name
}

// ReachOf counts what a person has in a team, or (teamID empty) in the whole portal.
func (r *Reader) ReachOf(ctx context.Context, teamID, personID string, now time.Time) (Reach, error) {
	return one(ctx, r, "ReachOf", func(s scanner) (x Reach, err error) {
		return x, s.Scan(&x.Apps, &x.Authorizations, &x.PersonalTokens, &x.Sessions, &x.DeviceGrants)
	},
		`SELECT (SELECT COUNT(*) FROM apps WHERE created_by = $2 AND ($1 = '' OR team_id = $1)),
			(SELECT COUNT(*) FROM authorizations a JOIN apps ON apps.client_id = a.client_id
				WHERE a.person_id = $2 AND ($1 = '' OR apps.team_id = $1)),
			(SELECT COUNT(*) FROM personal_tokens WHERE person_id = $2 AND revoked_at = 0 AND (expires_at = 0 OR expires_at > $3)),
			(SELECT COUNT(*) FROM sessions WHERE person_id = $2 AND expires_at > $3),
			(SELECT COUNT(*) FROM device_grants g JOIN devices d ON d.guid = g.device_guid
				WHERE g.person_id = $2 AND ($1 = '' OR d.team_id = $1))`,
		teamID, personID, unix(now))
}
