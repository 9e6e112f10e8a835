package db

import (
	"context"
	"time"
)

// Team owns apps and devices. SolutionKey identifies it publicly in the iotconnect dialect.
type Team struct {
	ID, Name, SolutionKey string
	CreatedAt             time.Time
	SecondFactor          bool // demanded of its members
}

// TeamSize is a team with how much it has.
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

// Team returns the team with this id, or ErrNotFound.
func (r *Reader) Team(ctx context.Context, id string) (Team, error) {
	return one(ctx, r, "Team", scanTeam, `SELECT `+teamColumns+` FROM teams WHERE id = $1`, id)
}

// TeamByName returns the team with this name, or ErrNotFound.
func (r *Reader) TeamByName(ctx context.Context, name string) (Team, error) {
	return one(ctx, r, "TeamByName", scanTeam, `SELECT `+teamColumns+` FROM teams WHERE name = $1`, name)
}

// TeamBySolutionKey returns the team with this solution key, or ErrNotFound.
func (r *Reader) TeamBySolutionKey(ctx context.Context, key string) (Team, error) {
	return one(ctx, r, "TeamBySolutionKey", scanTeam, `SELECT `+teamColumns+` FROM teams WHERE solution_key = $1`, key)
}

// LockTeam locks a team until the transaction ends, or returns ErrNotFound.
func (t *Tx) LockTeam(ctx context.Context, teamID string) error {
	_, err := lock(ctx, t, "LockTeam", value[string], `SELECT id FROM teams WHERE id = $1`, teamID)
	return err
}

// TeamsOf lists the teams that a person is a member of, by name.
func (r *Reader) TeamsOf(ctx context.Context, personID string) ([]Team, error) {
	return all(ctx, r, "TeamsOf", scanTeam,
		`SELECT `+teamColumns+`
		FROM teams
		WHERE id IN (SELECT team_id FROM memberships WHERE person_id = $1)
		ORDER BY name`, personID)
}

// Teams lists all teams by name, with their numbers of members and apps.
func (r *Reader) Teams(ctx context.Context) ([]TeamSize, error) {
	scan := func(s scanner) (t TeamSize, err error) {
		var created int64
		err = s.Scan(&t.ID, &t.Name, &t.SolutionKey, &created, &t.SecondFactor, &t.Members, &t.Apps)
		t.CreatedAt = at(created)
		return t, err
	}
	return all(ctx, r, "Teams", scan,
		`SELECT `+teamColumns+`,
			(SELECT COUNT(*) FROM memberships WHERE team_id = teams.id),
			(SELECT COUNT(*) FROM apps WHERE team_id = teams.id)
		FROM teams
		ORDER BY name`)
}

// InsertTeam adds a team. It returns ErrConflict if the name is taken.
func (t *Tx) InsertTeam(ctx context.Context, team Team) error {
	_, err := t.exec(ctx, "InsertTeam", `INSERT INTO teams (`+teamColumns+`) VALUES ($1, $2, $3, $4, $5)`,
		team.ID, team.Name, team.SolutionKey, unix(team.CreatedAt), team.SecondFactor)
	return err
}

// RenameTeam changes a team's name. It returns ErrConflict if the name is taken.
func (t *Tx) RenameTeam(ctx context.Context, id, name string) error {
	return t.mustTouch(ctx, "RenameTeam", `UPDATE teams SET name = $2 WHERE id = $1`, id, name)
}
