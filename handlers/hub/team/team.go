package hub

import (
	"context"
	"errors"

	"gatepost/db"
	"gatepost/handlers/secret"
)

// Teams lists the teams that the actor may work in: an owner all, others their own.
func (h *Hub) Teams(ctx context.Context, a Actor) ([]db.Team, error) {
	if !a.Owner && a.Kind == Person {
		return h.DB.TeamsOf(ctx, a.ID)
	}
	sizes, err := h.DB.Teams(ctx)
	teams := make([]db.Team, len(sizes))
	for i, t := range sizes {
		teams[i] = t.Team
	}
	return teams, err
}

// FirstTeam gives the id of the team that the actor has been in for longest, where they work
// until they choose another: a team that is made or joined later changes no page. It is empty
// for who is in none.
func (h *Hub) FirstTeam(ctx context.Context, a Actor) (id string, err error) {
	members, err := h.DB.MembershipsOf(ctx, a.ID)
	var first db.Member
	for _, m := range members {
		if first.TeamID == "" || m.CreatedAt.Before(first.CreatedAt) {
			first = m
		}
	}
	return first.TeamID, err
}

// AllTeams lists all teams of the portal, for its owners.
func (h *Hub) AllTeams(ctx context.Context, a Actor) ([]db.TeamSize, error) {
	if err := ownersOnly(a, "see all teams"); err != nil {
		return nil, err
	}
	return h.DB.Teams(ctx)
}

// AddTeam makes a team; the person who makes it becomes its first admin.
func (h *Hub) AddTeam(ctx context.Context, a Actor, name string) (db.Team, error) {
	if err := ownersOnly(a, "make teams"); err != nil {
		return db.Team{}, err
	}
	bad := &Invalid{}
	team := db.Team{ID: secret.ID(), SolutionKey: secret.ID(), CreatedAt: h.Now()}
	team.Name = cleanName(bad, "name", "a name for the team", name, 100)
	if err := bad.orNil(); err != nil {
		return team, err
	}
	return team, h.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := tx.InsertTeam(ctx, team); err != nil {
			return teamNameTaken(err)
		}
		if a.Kind == Person {
			if err := tx.PutMember(ctx, team.ID, a.ID, Admin); err != nil {
				return err
			}
		}
		return a.record(ctx, tx, Event{Action: ActionTeamCreated, TeamID: team.ID, Target: ofTeam(team.ID, team.Name)})
	})
}

// TeamChange is what changes of a team's settings; nil stays as it is.
type TeamChange struct {
	Name         *string
	SecondFactor *bool // its members need one
}

// ChangeTeam changes a team's settings, all that are told or none.
func (h *Hub) ChangeTeam(ctx context.Context, a Actor, teamID string, c TeamChange) error {
	if err := h.mayManageTeam(ctx, a, teamID, "change the team's settings"); err != nil {
		return err
	}
	return h.DB.Tx(ctx, func(tx *db.Tx) error {
		team, err := tx.Team(ctx, teamID)
		if err != nil {
			return err
		}
		if c.SecondFactor != nil && *c.SecondFactor != team.SecondFactor {
			if err := requireOfTeam(ctx, tx, a, team, *c.SecondFactor); err != nil {
				return err
			}
		}
		if c.Name != nil {
			return renameTeam(ctx, tx, a, team, *c.Name)
		}
		return nil
	})
}

func renameTeam(ctx context.Context, tx *db.Tx, a Actor, team db.Team, name string) error {
	bad := &Invalid{}
	name = cleanName(bad, "name", "a name for the team", name, 100)
	if err := bad.orNil(); err != nil || name == team.Name {
		return err
	}
	if err := tx.RenameTeam(ctx, team.ID, name); err != nil {
		return teamNameTaken(err)
	}
	return a.record(ctx, tx, Event{Action: ActionTeamRenamed, TeamID: team.ID, Target: ofTeam(team.ID, name)})
}

func requireOfTeam(ctx context.Context, tx *db.Tx, a Actor, team db.Team, required bool) error {
	detail := "a second factor is not required of members"
	if required {
		f, err := tx.SecondFactor(ctx, a.ID)
		if err != nil {
			return err
		}
		if err := hasOwn(a, f); err != nil {
			return err
		}
		detail = "a second factor is required of members"
	}
	if err := tx.RequireSecondFactor(ctx, team.ID, required); err != nil {
		return err
	}
	return a.record(ctx, tx, Event{Action: ActionTeamChanged, TeamID: team.ID, Target: ofTeam(team.ID, ""), Detail: detail})
}

// Members lists a team's members, for everyone in it with full access.
func (h *Hub) Members(ctx context.Context, a Actor, teamID string) ([]db.Member, error) {
	if _, err := h.mayDevelop(ctx, a, teamID, "see the team's members"); err != nil {
		return nil, err
	}
	return h.DB.Members(ctx, teamID)
}

// FindTeam gives the team with this id or, if there is none, with this name.
func (h *Hub) FindTeam(ctx context.Context, nameOrID string) (db.Team, error) {
	team, err := h.DB.Team(ctx, nameOrID)
	if isMissing(err) {
		return h.DB.TeamByName(ctx, nameOrID)
	}
	return team, err
}

func teamNameTaken(err error) error {
	if errors.Is(err, db.ErrConflict) {
		return badField("name", "There is a team with this name already. Choose another name.")
	}
	return err
}

// ManagedTeams lists the teams that the actor manages: a client its own, a person those where
// they are admin, an owner all.
func (h *Hub) ManagedTeams(ctx context.Context, a Actor) ([]db.Team, error) {
	if a.Kind == Client {
		t, err := h.DB.Team(ctx, a.TeamID)
		return []db.Team{t}, err
	}
	teams, err := h.Teams(ctx, a)
	if err != nil {
		return nil, err
	}
	var managed []db.Team
	for _, t := range teams {
		r, err := h.Rights(ctx, a, t.ID)
		if err != nil {
			return nil, err
		}
		if r.Manage {
			managed = append(managed, t)
		}
	}
	return managed, nil
}

// ManagedTeam gives a team that the actor manages.
func (h *Hub) ManagedTeam(ctx context.Context, a Actor, teamID string) (db.Team, error) {
	if err := h.mayManageTeam(ctx, a, teamID, "see the team's settings"); err != nil {
		return db.Team{}, err
	}
	return h.DB.Team(ctx, teamID)
}
