package db

import (
	"context"
	"time"
)

// Team owns apps and devices. SolutionKey is its public identifier in the iotconnect dialect.
type Team struct {
	ID, Name, SolutionKey string
	CreatedAt             time.Time
	SecondFactor          bool // its members need one
}

// Member is a person in a team.
type Member struct {
	TeamID, PersonID string
	Role             string // admin, developer or viewer
	Name, Email      string
	Owner            bool
	Active           bool // has a password and is not disabled
	CreatedAt        time.Time
}

// TeamSize is a team with what it holds.
type TeamSize struct {
	Team
	Members, Apps int
}

const teamColumns = `id, name, solution_key, created_at, requires_second_factor`

func scanTeam(s scanner) (t Team, err error) {
	var created int64
	err = s.Scan(&t.ID, &t.Name, &t.SolutionKey, &created, &t.SecondFactor)
	t.CreatedAt = at(created)
	return t, err
}

// Team gives the team with this id, or ErrNotFound.
func (r *Reader) Team(ctx context.Context, id string) (Team, error) {
	return one(ctx, r, "Team", scanTeam, `SELECT `+teamColumns+` FROM teams WHERE id = $1`, id)
}

// TeamByName gives the team with this name, or ErrNotFound.
func (r *Reader) TeamByName(ctx context.Context, name string) (Team, error) {
	return one(ctx, r, "TeamByName", scanTeam, `SELECT `+teamColumns+` FROM teams WHERE name = $1`, name)
}

// TeamBySolutionKey gives the team with this solution key, or ErrNotFound.
func (r *Reader) TeamBySolutionKey(ctx context.Context, key string) (Team, error) {
	return one(ctx, r, "TeamBySolutionKey", scanTeam, `SELECT `+teamColumns+` FROM teams WHERE solution_key = $1`, key)
}

// VendorLoginApp gives the app that stands for password logins of a team's people, or ErrNotFound
// when there is none, or none any more.
func (r *Reader) VendorLoginApp(ctx context.Context, teamID string) (App, error) {
	return one(ctx, r, "VendorLoginApp", scanApp,
		`SELECT `+appColumns+` FROM apps WHERE client_id = (SELECT login_client_id FROM teams WHERE id = $1)`, teamID)
}

// SetVendorLoginApp makes an app the one that stands for password logins.
func (t *Tx) SetVendorLoginApp(ctx context.Context, teamID, clientID string) error {
	return t.mustTouch(ctx, "SetVendorLoginApp", `UPDATE teams SET login_client_id = $2 WHERE id = $1`, teamID, clientID)
}

// LockTeam keeps others from changing a team until the transaction ends, so that they take turns.
func (t *Tx) LockTeam(ctx context.Context, teamID string) error {
	return t.mustTouch(ctx, "LockTeam", `UPDATE teams SET name = name WHERE id = $1`, teamID)
}

// TeamsOf lists the teams that a person is a member of, by name.
func (r *Reader) TeamsOf(ctx context.Context, personID string) ([]Team, error) {
	return all(ctx, r, "TeamsOf", scanTeam,
		`SELECT `+teamColumns+` FROM teams WHERE id IN (SELECT team_id FROM memberships WHERE person_id = $1) ORDER BY name`, personID)
}

// Teams lists all teams by name, with their numbers of members and apps.
func (r *Reader) Teams(ctx context.Context) ([]TeamSize, error) {
	scan := func(s scanner) (t TeamSize, err error) {
		var created int64
		err = s.Scan(&t.ID, &t.Name, &t.SolutionKey, &created, &t.SecondFactor, &t.Members, &t.Apps)
		t.CreatedAt = at(created)
		return t, err
	}
	return all(ctx, r, "Teams", scan, `SELECT `+teamColumns+`,
		(SELECT COUNT(*) FROM memberships WHERE team_id = teams.id),
		(SELECT COUNT(*) FROM apps WHERE team_id = teams.id)
		FROM teams ORDER BY name`)
}

// Members lists a team's members by name.
func (r *Reader) Members(ctx context.Context, teamID string) ([]Member, error) {
	return all(ctx, r, "Members", scanMember, memberQuery+` WHERE m.team_id = $1 ORDER BY p.name, p.id`, teamID)
}

// Member gives one person's membership of a team, or ErrNotFound.
func (r *Reader) Member(ctx context.Context, teamID, personID string) (Member, error) {
	return one(ctx, r, "Member", scanMember, memberQuery+` WHERE m.team_id = $1 AND m.person_id = $2`, teamID, personID)
}

const memberQuery = `SELECT m.team_id, m.person_id, m.role, p.name, p.email, p.is_owner,
	p.password_hash <> '' AND p.disabled_at = 0, m.created_at
	FROM memberships m JOIN people p ON p.id = m.person_id`

func scanMember(s scanner) (m Member, err error) {
	var created int64
	err = s.Scan(&m.TeamID, &m.PersonID, &m.Role, &m.Name, &m.Email, &m.Owner, &m.Active, &created)
	m.CreatedAt = at(created)
	return m, err
}

// InsertTeam adds a team; a name that is taken gives ErrConflict.
func (t *Tx) InsertTeam(ctx context.Context, team Team) error {
	_, err := t.exec(ctx, "InsertTeam", `INSERT INTO teams (`+teamColumns+`) VALUES ($1, $2, $3, $4, $5)`,
		team.ID, team.Name, team.SolutionKey, unix(team.CreatedAt), team.SecondFactor)
	return err
}

// RenameTeam changes a team's name; a name that is taken gives ErrConflict.
func (t *Tx) RenameTeam(ctx context.Context, id, name string) error {
	return t.mustTouch(ctx, "RenameTeam", `UPDATE teams SET name = $2 WHERE id = $1`, id, name)
}

// PutMember makes a person a member of a team, or changes the role of one who is.
func (t *Tx) PutMember(ctx context.Context, teamID, personID, role string) error {
	_, err := t.exec(ctx, "PutMember",
		`INSERT INTO memberships (team_id, person_id, role, created_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (team_id, person_id) DO UPDATE SET role = excluded.role`, teamID, personID, role, unix(t.Now))
	return err
}
