package db

import (
	"context"
	"time"
)

// Member is a person in a team.
type Member struct {
	TeamID, PersonID string
	Role             string // admin, developer or viewer
	Name, Email      string
	Owner            bool
	Active           bool // has a password and is not disabled
	CreatedAt        time.Time
}

const memberQuery = `SELECT m.team_id, m.person_id, m.role, p.name, p.email, p.is_owner,
		p.password_hash <> '' AND p.disabled_at = 0, m.created_at
	FROM memberships m
	JOIN people p ON p.id = m.person_id`

func scanMember(s scanner) (m Member, err error) {
	var created int64
	err = s.Scan(&m.TeamID, &m.PersonID, &m.Role, &m.Name, &m.Email, &m.Owner, &m.Active, &created)
	m.CreatedAt = at(created)
	return m, err
}

// Members lists a team's members by name.
func (r *Reader) Members(ctx context.Context, teamID string) ([]Member, error) {
	return all(ctx, r, "Members", scanMember, memberQuery+` WHERE m.team_id = $1 ORDER BY p.name, p.id`, teamID)
}

// Member returns a person's membership of a team, or ErrNotFound.
func (r *Reader) Member(ctx context.Context, teamID, personID string) (Member, error) {
	return one(ctx, r, "Member", scanMember, memberQuery+` WHERE m.team_id = $1 AND m.person_id = $2`, teamID, personID)
}

// MembershipsOf lists a person's memberships by team name; Name is the team's.
func (r *Reader) MembershipsOf(ctx context.Context, personID string) ([]Member, error) {
	scan := func(s scanner) (m Member, err error) {
		var created int64
		err = s.Scan(&m.TeamID, &m.PersonID, &m.Role, &m.Name, &created)
		m.CreatedAt = at(created)
		return m, err
	}
	return all(ctx, r, "MembershipsOf", scan,
		`SELECT m.team_id, m.person_id, m.role, t.name, m.created_at
		FROM memberships m
		JOIN teams t ON t.id = m.team_id
		WHERE m.person_id = $1
		ORDER BY t.name, t.id`, personID)
}

// CountAdmins counts a team's active admins other than the person except.
func (r *Reader) CountAdmins(ctx context.Context, teamID, except string) (int, error) {
	return one(ctx, r, "CountAdmins", value[int],
		`SELECT COUNT(*)
		FROM memberships m
		JOIN people p ON p.id = m.person_id
		WHERE m.team_id = $1 AND m.role = 'admin' AND m.person_id <> $2
			AND p.password_hash <> '' AND p.disabled_at = 0`, teamID, except)
}

// KnownToTeam says whether a team has anything to do with a person: they are a member, have left
// or were removed, or are recorded as knowing a secret of one of its apps, live or not.
func (r *Reader) KnownToTeam(ctx context.Context, teamID, personID string) (bool, error) {
	return one(ctx, r, "KnownToTeam", value[bool],
		`SELECT EXISTS (SELECT 1 FROM memberships WHERE team_id = $1 AND person_id = $2)
			OR EXISTS (SELECT 1 FROM secret_exposures
				WHERE person_id = $2 AND client_id IN (SELECT client_id FROM apps WHERE team_id = $1))
			OR EXISTS (SELECT 1 FROM audit_events
				WHERE team_id = $1 AND target_type = 'person' AND target_id = $2 AND action IN ('member.removed', 'team.left'))`,
		teamID, personID)
}

// PutMember makes a person a member of a team, or changes the role of one who is.
func (t *Tx) PutMember(ctx context.Context, teamID, personID, role string) error {
	_, err := t.exec(ctx, "PutMember",
		`INSERT INTO memberships (team_id, person_id, role, created_at)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (team_id, person_id) DO UPDATE SET role = excluded.role`, teamID, personID, role, unix(t.Now))
	return err
}

// JoinTeam makes a person a member; an existing member keeps their role.
func (t *Tx) JoinTeam(ctx context.Context, teamID, personID, role string) error {
	_, err := t.exec(ctx, "JoinTeam",
		`INSERT INTO memberships (team_id, person_id, role, created_at)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (team_id, person_id) DO NOTHING`,
		teamID, personID, role, unix(t.Now))
	return err
}

// SetRole changes a member's role, and that of a pending invitation of theirs. It returns
// ErrNotFound if the person isn't in the team.
func (t *Tx) SetRole(ctx context.Context, teamID, personID, role string) error {
	if err := t.mustTouch(ctx, "SetRole",
		`UPDATE memberships
		SET role = $3
		WHERE team_id = $1 AND person_id = $2`, teamID, personID, role); err != nil {
		return err
	}
	_, err := t.exec(ctx, "SetRole",
		`UPDATE links
		SET role = $3
		WHERE team_id = $1 AND purpose = 'invitation' AND consumed_at = 0 AND cancelled_at = 0
			AND email = (SELECT email FROM people WHERE id = $2)`, teamID, personID, role)
	return err
}

// RemoveMember ends a membership and everything that depends on it: what the person allowed the
// team's apps (vendor logins among them), with the codes and tokens issued under it; devices granted
// to them; their address for the team's calendar; secrets of the team's apps being handed to them or
// by them; and pending invitations to the team, of their address or sent by them. Other apps that the
// person allowed to reach the team lose it, also if the person joins again. It returns how many
// families of tokens it revoked, and ErrNotFound if the person isn't in the team.
func (t *Tx) RemoveMember(ctx context.Context, teamID, personID string) (revoked int64, err error) {
	if err := t.mustTouch(ctx, "RemoveMember",
		`DELETE FROM memberships
		WHERE team_id = $1 AND person_id = $2`, teamID, personID); err != nil {
		return 0, err
	}
	revoked, err = t.revokeFamilies(ctx,
		`person_id = $2 AND client_id IN (SELECT client_id FROM apps WHERE team_id = $3)`, personID, teamID)
	if err != nil {
		return 0, err
	}
	if err := t.revokeOwnTokens(ctx, `person_id = $2 AND client_id IN (SELECT client_id FROM apps WHERE team_id = $3)`, personID, teamID); err != nil {
		return 0, err
	}
	if err := t.unbindTeam(ctx, teamID, personID); err != nil {
		return 0, err
	}
	for _, query := range []string{
		`DELETE FROM consent_requests
		WHERE person_id = $2 AND answered_at = 0 AND client_id IN (SELECT client_id FROM apps WHERE team_id = $1)`,
		`DELETE FROM authorizations
		WHERE person_id = $2 AND client_id IN (SELECT client_id FROM apps WHERE team_id = $1)`,
		`DELETE FROM device_grants
		WHERE person_id = $2 AND device_guid IN (SELECT guid FROM devices WHERE team_id = $1)`,
		`DELETE FROM calendar_feeds WHERE team_id = $1 AND person_id = $2`,
	} {
		if _, err := t.exec(ctx, "RemoveMember", query, teamID, personID); err != nil {
			return 0, err
		}
	}
	if _, err := t.cancelLinks(ctx, "RemoveMember",
		`team_id = $2 AND purpose = 'invitation' AND (email = (SELECT email FROM people WHERE id = $3) OR created_by = $3)`, teamID, personID); err != nil {
		return 0, err
	}
	_, err = t.exec(ctx, "RemoveMember",
		`UPDATE handovers
		SET ciphertext = '', cancelled_at = $3
		WHERE (to_id = $2 OR from_id = $2) AND opened_at = 0 AND cancelled_at = 0
			AND client_id IN (SELECT client_id FROM apps WHERE team_id = $1)`, teamID, personID, unix(t.Now))
	return revoked, err
}
