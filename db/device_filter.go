package db

import "context"

// DeviceFilter says whose devices a query returns: those of a team, those that a person may see
// now, or with both set, those that are both. The zero filter matches none.
type DeviceFilter struct{ TeamID, PersonID string }

const (
	// teamsOfPerson are the teams whose devices count as a person's; an owner's are all teams.
	teamsOfPerson = `SELECT team_id
		FROM memberships
		WHERE person_id = $1
		UNION
		SELECT t.id
		FROM teams t
		JOIN people p ON p.id = $1 AND p.is_owner`
	// seenByPerson is the one rule about what a person may see now: every device of the teams
	// where they aren't a viewer, and where they are, the devices granted to them. A grant
	// without membership of the team shows nothing.
	seenByPerson = `(d.team_id IN (SELECT team_id FROM memberships WHERE person_id = $1 AND role <> 'viewer'
			UNION SELECT t.id FROM teams t JOIN people p ON p.id = $1 AND p.is_owner)
		OR d.guid IN (` + grantedToPerson + `))`
	// seenInTeam is the same rule for the team $2 alone, written so that what is the same for the
	// whole team is checked once instead of for each device.
	seenInTeam = `d.team_id = $2 AND ((SELECT COUNT(*) FROM memberships WHERE person_id = $1 AND team_id = $2 AND role <> 'viewer')
			+ (SELECT COUNT(*) FROM people WHERE id = $1 AND is_owner) > 0
		OR d.guid IN (` + grantedToPerson + `))`
	grantedToPerson = `SELECT g.device_guid
		FROM device_grants g
		JOIN devices x ON x.guid = g.device_guid
		JOIN memberships m ON m.team_id = x.team_id AND m.person_id = g.person_id
		WHERE g.person_id = $1`
)

// where returns the condition on devices d.
func (f DeviceFilter) where() conditions {
	switch {
	case f.PersonID != "" && f.TeamID != "":
		return conditions{[]string{seenInTeam}, []any{f.PersonID, f.TeamID}}
	case f.PersonID != "":
		return conditions{[]string{seenByPerson}, []any{f.PersonID}}
	}
	return conditions{[]string{"d.team_id = $1"}, []any{f.TeamID}}
}

// DeviceReach counts the devices of all of a person's teams, and how many of them the person may
// see now.
func (r *Reader) DeviceReach(ctx context.Context, personID string) (visible, total int, err error) {
	type reach struct{ visible, total int }
	n, err := one(ctx, r, "DeviceReach", func(s scanner) (n reach, err error) { return n, s.Scan(&n.visible, &n.total) },
		`SELECT COALESCE(SUM(CASE WHEN `+seenByPerson+` THEN 1 ELSE 0 END), 0), COUNT(*)
		FROM devices d
		WHERE d.team_id IN (`+teamsOfPerson+`)`, personID)
	return n.visible, n.total, err
}
