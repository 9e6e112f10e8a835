package db

import "context"

// DeviceFilter says whose devices a query returns: those of a team, those that a person may see
// now, or with both set, those that are both. The zero filter matches none. Teams, unless it is nil,
// narrows what the person sees to these teams, and to what they see as a member of them: being an
// owner doesn't count.
type DeviceFilter struct {
	TeamID, PersonID string
	Teams            []string
}

const (
	// seenByPerson is the one rule about what a person may see now: every device of the teams
	// where they aren't a viewer, and where they are, the devices granted to them. A grant
	// without membership of the team shows nothing.
	seenByPerson = `(d.team_id IN (` + fullTeams + `
			UNION SELECT t.id FROM teams t JOIN people p ON p.id = $1 AND p.is_owner)
		OR d.guid IN (` + grantedToPerson + `))`
	// seenByMember is the same rule without the rights of an owner.
	seenByMember = `(d.team_id IN (` + fullTeams + `) OR d.guid IN (` + grantedToPerson + `))`
	// seenInTeam is seenByPerson for the team $2 alone, written so that what is the same for the
	// whole team is checked once instead of for each device.
	seenInTeam = `d.team_id = $2 AND ((SELECT COUNT(*) FROM memberships WHERE person_id = $1 AND team_id = $2 AND role <> 'viewer')
			+ (SELECT COUNT(*) FROM people WHERE id = $1 AND is_owner) > 0
		OR d.guid IN (` + grantedToPerson + `))`
	fullTeams       = `SELECT team_id FROM memberships WHERE person_id = $1 AND role <> 'viewer'`
	grantedToPerson = `SELECT g.device_guid
		FROM device_grants g
		JOIN devices x ON x.guid = g.device_guid
		JOIN memberships m ON m.team_id = x.team_id AND m.person_id = g.person_id
		WHERE g.person_id = $1`
)

// where returns the condition on devices d.
func (f DeviceFilter) where() conditions {
	switch {
	case f.PersonID != "" && f.Teams != nil:
		c := conditions{[]string{seenByMember}, []any{f.PersonID}}
		c.in("d.team_id", f.Teams)
		if f.TeamID != "" {
			c.and("d.team_id = ?", f.TeamID)
		}
		return c
	case f.PersonID != "" && f.TeamID != "":
		return conditions{[]string{seenInTeam}, []any{f.PersonID, f.TeamID}}
	case f.PersonID != "":
		return conditions{[]string{seenByPerson}, []any{f.PersonID}}
	}
	return conditions{[]string{"d.team_id = $1"}, []any{f.TeamID}}
}

// TeamReach is how many devices a team has, and how many of them a member sees now.
type TeamReach struct {
	TeamID         string
	Visible, Total int
}

// DeviceReach counts the devices of each team that a person is a member of and that has any, and
// how many of them the person sees as a member.
func (r *Reader) DeviceReach(ctx context.Context, personID string) ([]TeamReach, error) {
	return all(ctx, r, "DeviceReach", func(s scanner) (n TeamReach, err error) { return n, s.Scan(&n.TeamID, &n.Visible, &n.Total) },
		`SELECT d.team_id, SUM(CASE WHEN `+seenByMember+` THEN 1 ELSE 0 END), COUNT(*)
		FROM devices d
		WHERE d.team_id IN (SELECT team_id FROM memberships WHERE person_id = $1)
		GROUP BY d.team_id
		ORDER BY d.team_id`, personID)
}
