package db

import (
	"context"
	"time"
)

// Reach is what a person holds that a removal from a team, or a disabling, ends.
type Reach struct {
	Apps           int // that they made in the team (all of theirs where no team was named)
	Authorizations int // given to apps of the team (all of theirs)
	PersonalTokens int // live ones, wherever they reach
	Sessions       int
	DeviceGrants   int // devices of the team that were granted to them alone
}

// ReachOf counts what a person holds in a team, or (teamID empty) in the whole portal.
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
