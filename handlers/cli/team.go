package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"gatepost/db"
	"gatepost/handlers/hub"
)

func teamAdd(flags *flag.FlagSet) func(context.Context, *call) error {
	name := flags.String("name", "", "`name` of the team (required)")
	return func(ctx context.Context, c *call) error {
		team, err := c.portal.Teams.Add(ctx, hub.OperatorActor(), *name)
		if err != nil {
			return err
		}
		return c.print(struct {
			ID          string `json:"id"`
			Name        string `json:"name"`
			SolutionKey string `json:"solution_key"`
		}{team.ID, team.Name, team.SolutionKey}, "team "+team.Name, "id "+team.ID, "solution key "+team.SolutionKey)
	}
}

// listedTeam is one team of "team list".
type listedTeam struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	SolutionKey string `json:"solution_key"`
	Members     int    `json:"members"`
	Apps        int    `json:"apps"`
	CreatedAt   string `json:"created_at"`
}

func teamList(*flag.FlagSet) func(context.Context, *call) error {
	return func(ctx context.Context, c *call) error {
		teams, err := c.portal.Teams.All(ctx, hub.OperatorActor())
		if err != nil {
			return err
		}
		out, lines := []listedTeam{}, []string{}
		for _, t := range teams {
			out = append(out, listedTeam{t.ID, t.Name, t.SolutionKey, t.Members, t.Apps, timeText(t.CreatedAt)})
			lines = append(lines, fmt.Sprintf("%s  %s  solution key %s  members %d  apps %d", t.ID, t.Name, t.SolutionKey, t.Members, t.Apps))
		}
		if len(lines) == 0 {
			lines = []string{"No teams yet. To add one, run gatepost team add."}
		}
		return c.print(out, lines...)
	}
}

// findTeam returns the team that a --team flag names.
func (c *call) findTeam(ctx context.Context, nameOrID string) (db.Team, error) {
	if nameOrID == "" {
		return db.Team{}, &errUsage{"--team: write the name or id of a team"}
	}
	team, err := c.portal.Teams.Find(ctx, nameOrID)
	if errors.Is(err, db.ErrNotFound) {
		return team, fmt.Errorf("there is no team %q; gatepost team list shows all teams", nameOrID)
	}
	return team, err
}
