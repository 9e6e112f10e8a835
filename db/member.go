package db

import (
	"context"
	"time"
)

// CountAdmins counts the active admins of a team but the person except.
func (r *Reader) CountAdmins(ctx context.Context, teamID, except string) (int, error) {
	return one(ctx, r, "CountAdmins", value[int],
		`SELECT COUNT(*) FROM memberships m JOIN people p ON p.id = m.person_id
		WHERE m.team_id = $1 AND m.role = 'admin' AND m.person_id <> $2 AND p.password_hash <> '' AND p.disabled_at = 0`, teamID, except)
}

// MembershipsOf lists a person's memberships by the teams' names; Name is the team's.
func (r *Reader) MembershipsOf(ctx context.Context, personID string) ([]Member, error) {
	scan := func(s scanner) (m Member, err error) {
		var created int64
		err = s.Scan(&m.TeamID, &m.PersonID, &m.Role, &m.Name, &created)
		m.CreatedAt = at(created)
		return m, err
	}
	return all(ctx, r, "MembershipsOf", scan,
		`SELECT m.team_id, m.person_id, m.role, t.name, m.created_at FROM memberships m JOIN teams t ON t.id = m.team_id
		WHERE m.person_id = $1 ORDER BY t.name, t.id`, personID)
}

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
	}, `SELECT (SELECT COUNT(*) FROM apps WHERE created_by = $2 AND ($1 = '' OR team_id = $1)),
		(SELECT COUNT(*) FROM authorizations a JOIN apps ON apps.client_id = a.client_id WHERE a.person_id = $2 AND ($1 = '' OR apps.team_id = $1)),
		(SELECT COUNT(*) FROM personal_tokens WHERE person_id = $2 AND revoked_at = 0 AND (expires_at = 0 OR expires_at > $3)),
		(SELECT COUNT(*) FROM sessions WHERE person_id = $2 AND expires_at > $3),
		(SELECT COUNT(*) FROM device_grants g JOIN devices d ON d.guid = g.device_guid WHERE g.person_id = $2 AND ($1 = '' OR d.team_id = $1))`,
		teamID, personID, unix(now))
}

// SetRole changes a member's role, and that of the invitation that waits for them; ErrNotFound
// when the person is not in the team.
func (t *Tx) SetRole(ctx context.Context, teamID, personID, role string) error {
	if err := t.mustTouch(ctx, "SetRole", `UPDATE memberships SET role = $3 WHERE team_id = $1 AND person_id = $2`, teamID, personID, role); err != nil {
		return err
	}
	_, err := t.exec(ctx, "SetRole",
		`UPDATE links SET role = $3 WHERE team_id = $1 AND purpose = 'invitation' AND consumed_at = 0 AND cancelled_at = 0
		AND email = (SELECT email FROM people WHERE id = $2)`, teamID, personID, role)
	return err
}

// JoinTeam makes a person a member; who is one already keeps their role.
func (t *Tx) JoinTeam(ctx context.Context, teamID, personID, role string) error {
	_, err := t.exec(ctx, "JoinTeam",
		`INSERT INTO memberships (team_id, person_id, role, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (team_id, person_id) DO NOTHING`,
		teamID, personID, role, unix(t.Now))
	return err
}

// RemoveMember ends a membership with all that hangs on it: what the person allowed the
// team's apps, with the codes and tokens that came of it; devices granted to them; the
// address of the team's calendar; secrets of the team's apps on their way to them; and
// invitations of their address into the team. It gives the number of families of tokens that
// ended. A person who is not in the team gives ErrNotFound.
func (t *Tx) RemoveMember(ctx context.Context, teamID, personID string) (ended int64, err error) {
	if err := t.mustTouch(ctx, "RemoveMember", `DELETE FROM memberships WHERE team_id = $1 AND person_id = $2`, teamID, personID); err != nil {
		return 0, err
	}
	ended, err = t.revokeFamilies(ctx, `person_id = $2 AND client_id IN (SELECT client_id FROM apps WHERE team_id = $3)`, personID, teamID)
	if err != nil {
		return 0, err
	}
	for _, query := range []string{
		`DELETE FROM authorizations WHERE person_id = $2 AND client_id IN (SELECT client_id FROM apps WHERE team_id = $1)`,
		`DELETE FROM device_grants WHERE person_id = $2 AND device_guid IN (SELECT guid FROM devices WHERE team_id = $1)`,
		`DELETE FROM calendar_feeds WHERE team_id = $1 AND person_id = $2`,
	} {
		if _, err := t.exec(ctx, "RemoveMember", query, teamID, personID); err != nil {
			return 0, err
		}
	}
	if _, err := t.cancelLinks(ctx, "RemoveMember",
		`team_id = $2 AND purpose = 'invitation' AND email = (SELECT email FROM people WHERE id = $3)`, teamID, personID); err != nil {
		return 0, err
	}
	_, err = t.exec(ctx, "RemoveMember", `UPDATE handovers SET ciphertext = '', cancelled_at = $3
		WHERE to_id = $2 AND opened_at = 0 AND cancelled_at = 0 AND client_id IN (SELECT client_id FROM apps WHERE team_id = $1)`, teamID, personID, unix(t.Now))
	return ended, err
}

// RevokePersonalTokensOf ends every live personal token of a person, and gives their number.
func (t *Tx) RevokePersonalTokensOf(ctx context.Context, personID string) (int64, error) {
	return t.exec(ctx, "RevokePersonalTokensOf",
		`UPDATE personal_tokens SET revoked_at = $2 WHERE person_id = $1 AND revoked_at = 0 AND (expires_at = 0 OR expires_at > $2)`, personID, unix(t.Now))
}

// MoveApp gives an app to another team. A name that the team has already gives ErrConflict.
// Secrets of it on their way to somebody are stopped: whom they are for was a teammate.
func (t *Tx) MoveApp(ctx context.Context, clientID, teamID string) error {
	if err := t.mustTouch(ctx, "MoveApp", `UPDATE apps SET team_id = $2, updated_at = $3 WHERE client_id = $1`, clientID, teamID, unix(t.Now)); err != nil {
		return err
	}
	_, err := t.exec(ctx, "MoveApp",
		`UPDATE handovers SET ciphertext = '', cancelled_at = $2 WHERE client_id = $1 AND opened_at = 0 AND cancelled_at = 0`, clientID, unix(t.Now))
	return err
}
